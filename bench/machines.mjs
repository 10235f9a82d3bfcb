/**
 * XState's side of the machine benchmark: reads one order a line as JSON, and answers each in a line.
 *
 * The first line is the charts, as `bench/charts.py` has them. `{steps, chart}` sends that many events to a new actor,
 * `{compile, chart}` makes that many machines and starts each, `{memory, chart}` keeps that many actors, and snapshots.
 */

import { createInterface } from "node:readline";
import { assign, createActor, createMachine, initialTransition } from "xstate";

let noted = 0;
const implementations = {
  actions: {
    inc: assign({ n: ({ context }) => context.n + 1 }),
    reset: assign({ n: 0 }),
    note: () => {
      noted += 1;
    },
  },
  guards: { below: ({ context }) => context.n < 1000, even: ({ context }) => context.n % 2 === 0 },
};

const clock = () => performance.now() / 1000;

function steps({ config, events }, count) {
  noted = 0;
  const actor = createActor(createMachine(config, implementations)).start();
  const cycle = events.map((type) => ({ type }));
  const began = clock();
  for (let left = count / cycle.length; left > 0; left -= 1) {
    for (const event of cycle) actor.send(event);
  }
  const seconds = clock() - began;
  const { value, context } = actor.getSnapshot();
  return { seconds, end: { value, context: context ?? {}, noted } };
}

function compile({ config }, count) {
  const began = clock();
  for (let left = count; left > 0; left -= 1) createActor(createMachine(config, implementations)).start();
  return { seconds: clock() - began };
}

function memory({ config }, count) {
  const machine = createMachine(config, implementations);
  const each = (make) => {
    make();
    globalThis.gc();
    const before = process.memoryUsage().heapUsed;
    const kept = Array.from({ length: count }, make);
    globalThis.gc();
    return (process.memoryUsage().heapUsed - before) / kept.length;
  };
  return { actor: each(() => createActor(machine).start()), snapshot: each(() => initialTransition(machine)[0]) };
}

let charts;
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  if (charts === undefined) charts = order;
  else {
    const chart = charts[order.chart];
    const answer = order.steps ? steps(chart, order.steps) : order.compile ? compile(chart, order.compile) : memory(chart, order.memory);
    console.log(JSON.stringify(answer));
  }
}
