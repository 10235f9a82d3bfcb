// XState machines in JavaScript, with the workloads of bench/actors.py: what an actor in Pyodide is measured against.
// Prints {workload: seconds}.
import { assign, createActor, createMachine, sendTo } from "xstate";

const count = Number(process.argv[2]);
const clock = () => performance.now() / 1000;

/** Start actors of these machines, send the first events, and give the seconds until all is done. */
function race(refs, machines, first) {
  for (const machine of machines) refs.push(createActor(machine));
  for (const ref of refs) ref.start();
  const began = clock();
  for (const [place, event] of first) refs[place].send(event);
  return clock() - began;
}

function pingPong() {
  const refs = [];
  const ping = createMachine({
    context: { left: count / 2 },
    on: {
      PONG: {
        guard: ({ context }) => context.left > 0,
        actions: [assign({ left: ({ context }) => context.left - 1 }), sendTo(() => refs[1], { type: "PING" })],
      },
    },
  });
  const pong = createMachine({
    context: { count: 0 },
    on: { PING: { actions: [assign({ count: ({ context }) => context.count + 1 }), sendTo(() => refs[0], { type: "PONG" })] } },
  });
  return race(refs, [ping, pong], [[0, { type: "PONG" }]]);
}

function counting() {
  const machine = createMachine({ context: { count: 0 }, on: { PING: { actions: assign({ count: ({ context, event }) => context.count + event.by }) } } });
  const actor = createActor(machine).start();
  const began = clock();
  for (let number = 0; number < count; number += 1) actor.send({ type: "PING", by: 1 });
  return clock() - began;
}

function fan(leaves = 100) {
  const refs = [];
  const everyLeaf = Array.from({ length: leaves }, (_, place) => sendTo(() => refs[place + 1], { type: "PING" }));
  const hub = createMachine({
    context: { waiting: 1, left: count / (2 * leaves) },
    on: {
      PONG: [
        { guard: ({ context }) => context.waiting > 1, actions: assign({ waiting: ({ context }) => context.waiting - 1 }) },
        {
          guard: ({ context }) => context.left > 0,
          actions: [assign({ waiting: leaves, left: ({ context }) => context.left - 1 }), ...everyLeaf],
        },
      ],
    },
  });
  const leaf = createMachine({
    context: { count: 0 },
    on: { PING: { actions: [assign({ count: ({ context }) => context.count + 1 }), sendTo(() => refs[0], { type: "PONG" })] } },
  });
  return race(refs, [hub, ...Array(leaves).fill(leaf)], [[0, { type: "PONG" }]]);
}

function ring(size = 100) {
  const refs = [];
  const member = (place) =>
    createMachine({
      context: { count: 0 },
      on: {
        PING: {
          guard: ({ event }) => event.by > 0,
          actions: [
            assign({ count: ({ context }) => context.count + 1 }),
            sendTo(
              () => refs[(place + 1) % size],
              ({ event }) => ({ type: "PING", by: event.by - 1 }),
            ),
          ],
        },
      },
    });
  const machines = Array.from({ length: size }, (_, place) => member(place));
  return race(refs, machines, [[0, { type: "PING", by: count - 1 }]]);
}

function big(size = 32) {
  const refs = [];
  const next = (chance) => (Math.imul(chance, 1103515245) + 12345) & 0x7fffffff;
  const member = (place) =>
    createMachine({
      context: { left: count / (2 * size), chance: place },
      on: {
        PING: { actions: sendTo(({ event }) => refs[event.by], { type: "PONG" }) },
        PONG: {
          guard: ({ context }) => context.left >= 1,
          actions: [
            assign({ left: ({ context }) => context.left - 1, chance: ({ context }) => next(context.chance) }),
            sendTo(({ context }) => refs[context.chance % size], { type: "PING", by: place }),
          ],
        },
      },
    });
  const machines = Array.from({ length: size }, (_, place) => member(place));
  return race(
    refs,
    machines,
    machines.map((_, place) => [place, { type: "PONG" }]),
  );
}

const workloads = { "ping-pong": pingPong, counting, fan, ring, big };
const seconds = {};
for (let round = 0; round < 3; round += 1) {
  for (const [name, workload] of Object.entries(workloads)) seconds[name] = workload();
}
console.log(JSON.stringify(seconds));
