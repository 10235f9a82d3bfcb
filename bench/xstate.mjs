// XState machines in JavaScript: what an actor in Pyodide is measured against. Prints {workload: seconds}.
import { assign, createActor, createMachine, sendTo } from "xstate";

const count = Number(process.argv[2]);
const clock = () => performance.now() / 1000;

function counting() {
  const machine = createMachine({ context: { count: 0 }, on: { PING: { actions: assign({ count: ({ context, event }) => context.count + event.by }) } } });
  const actor = createActor(machine).start();
  const began = clock();
  for (let number = 0; number < count; number += 1) actor.send({ type: "PING", by: 1 });
  return clock() - began;
}

function pingPong() {
  const refs = [];
  const player = (other) =>
    createMachine({
      context: { left: count / 2 },
      on: {
        BALL: [
          {
            guard: ({ context }) => context.left > 0,
            actions: [assign({ left: ({ context }) => context.left - 1 }), sendTo(() => refs[other], { type: "BALL" })],
          },
        ],
      },
    });
  refs.push(createActor(player(1)), createActor(player(0)));
  for (const ref of refs) ref.start();
  const began = clock();
  refs[0].send({ type: "BALL" });
  return clock() - began;
}

for (let round = 0; round < 2; round += 1) {
  counting();
  pingPong();
}
console.log(JSON.stringify({ counting: counting(), "ping-pong": pingPong() }));
