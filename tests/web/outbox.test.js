import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "../../web/outbox.js";

/** A port that keeps what was posted. */
function port() {
  /** @type {{ack: number, ops: unknown[]}[]} */
  const batches = [];
  return { batches, post: (/** @type {string} */ text) => batches.push(JSON.parse(text)) };
}

test("nothing leaves before there is a host, then all of it in order, as one batch", () => {
  const outbox = new Outbox();
  outbox.add(["mount", 1]);
  outbox.add(["event", 1]);
  assert.equal(outbox.length, 2);
  const host = port();
  outbox.open(host);
  assert.deepEqual(host.batches, [
    {
      ack: 0,
      ops: [
        ["mount", 1],
        ["event", 1],
      ],
    },
  ]);
  assert.equal(outbox.length, 0);
});

test("what comes in one task leaves in one batch", async () => {
  const outbox = new Outbox();
  const host = port();
  outbox.open(host);
  outbox.add(["a"]);
  outbox.add(["b"]);
  assert.equal(host.batches.length, 0);
  await Promise.resolve();
  assert.deepEqual(host.batches, [{ ack: 0, ops: [["a"], ["b"]] }]);
  outbox.add(["c"]);
  await Promise.resolve();
  assert.deepEqual(host.batches[1].ops, [["c"]]);
});

test("an acknowledgement travels with the next batch, and alone once the host keeps many frames", async () => {
  const outbox = new Outbox();
  const host = port();
  outbox.open(host);
  outbox.acknowledge(7);
  await Promise.resolve();
  assert.equal(host.batches.length, 0);
  outbox.add(["a"]);
  await Promise.resolve();
  assert.equal(host.batches[0].ack, 7);
  outbox.acknowledge(38);
  await Promise.resolve();
  assert.equal(host.batches.length, 1);
  outbox.acknowledge(39);
  await Promise.resolve();
  assert.deepEqual(host.batches[1], { ack: 39, ops: [] });
});

test("to open with nothing to say says nothing", () => {
  const host = port();
  new Outbox().open(host);
  assert.deepEqual(host.batches, []);
});
