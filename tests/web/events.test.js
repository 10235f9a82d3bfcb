import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

// What a browser has and node has not. The listeners only ask whether something is one.
Object.assign(globalThis, {
  Node: class {},
  KeyboardEvent: class extends Event {
    /** @param {string} name @param {{key: string, isComposing?: boolean, cancelable?: boolean}} options */
    constructor(name, { key, isComposing = false, cancelable = true }) {
      super(name, { cancelable });
      this.key = key;
      this.isComposing = isComposing;
    }
  },
});

const { Listener, isChoice, pluck } = await import("../../web/events.js");

/** An element that notes what happened, and flushes as elements do. */
class Owner {
  debouncing = new Set();
  /** @type {unknown[][]} */
  heard = [];

  /** @param {any[]} happening */
  happened(...happening) {
    for (const listener of [...this.debouncing]) listener.flush();
    this.pass(...happening);
  }

  /** @param {any[]} happening */
  pass(...[listener, values, , motion]) {
    this.heard.push([listener.slot, values, motion]);
  }
}

/** @type {Owner} */
let owner;
/** @param {[string, string][]} modifiers @param {any} [data] */
const listen = (modifiers, data = 1) => new Listener(/** @type {any} */ (owner), { kind: "event", name: "x", modifiers: new Map(modifiers) }, data);

/** Dispatch on a real target. @param {any} listener @param {Event} event @param {object} [properties] */
function dispatch(listener, event, properties = {}) {
  const target = Object.assign(new EventTarget(), properties);
  target.addEventListener(event.type, listener);
  target.dispatchEvent(event);
  target.removeEventListener(event.type, listener);
  return event;
}

beforeEach(() => {
  owner = new Owner();
});

test("without modifiers an event is told with its slot and fields", () => {
  dispatch(listen([], [4, { text: "target.value", n: "target.missing.deep" }]), new Event("input"), { value: "typed" });
  assert.deepEqual(owner.heard, [[4, { text: "typed", n: null }, false]]);
});

test("prevent and stop act at once", () => {
  const event = new Event("submit", { cancelable: true });
  let stopped = 0;
  event.stopPropagation = () => {
    stopped += 1;
  };
  dispatch(
    listen([
      ["prevent", ""],
      ["stop", ""],
    ]),
    event,
  );
  assert.equal(event.defaultPrevented, true);
  assert.equal(stopped, 1);
});

test("key takes that key only, never while an input method composes, and prevents nothing else", () => {
  const listener = listen([
    ["key", "Enter"],
    ["prevent", ""],
  ]);
  const Key = /** @type {any} */ (globalThis).KeyboardEvent;
  assert.equal(dispatch(listener, new Key("keydown", { key: "a" })).defaultPrevented, false);
  assert.equal(dispatch(listener, new Key("keydown", { key: "Enter", isComposing: true })).defaultPrevented, false);
  dispatch(listener, new Event("keydown"));
  assert.equal(owner.heard.length, 0);
  assert.equal(dispatch(listener, new Key("keydown", { key: "Enter" })).defaultPrevented, true);
  assert.equal(owner.heard.length, 1);
});

test("self takes only what happened on the element itself", () => {
  const listener = listen([["self", ""]]);
  const event = new Event("click");
  Object.defineProperty(event, "target", { value: {} });
  dispatch(listener, event);
  assert.equal(owner.heard.length, 0);
  dispatch(listener, new Event("click"));
  assert.equal(owner.heard.length, 1);
});

test("once is once for each message, and a new message may be sent once again", () => {
  const listener = listen([["once", ""]]);
  dispatch(listener, new Event("click"));
  dispatch(listener, new Event("click"));
  assert.equal(owner.heard.length, 1);
  listener.bind(1);
  dispatch(listener, new Event("click"));
  assert.equal(owner.heard.length, 1);
  listener.bind(2);
  dispatch(listener, new Event("click"));
  assert.deepEqual(
    owner.heard.map(([slot]) => slot),
    [1, 2],
  );
});

test("throttle takes the first and none until its time is over", (context) => {
  const listener = listen([["throttle", "100"]]);
  for (const at of [0, 50, 99, 100, 130, 250]) {
    const event = new Event("click");
    Object.defineProperty(event, "timeStamp", { value: at });
    dispatch(listener, event);
  }
  assert.equal(owner.heard.length, 3);
  context.diagnostic("at 0, 100 and 250");
});

test("debounce takes the last, with what it said when it happened", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const listener = listen([["debounce", "300"]], [1, { text: "target.value" }]);
  dispatch(listener, new Event("input"), { value: "a" });
  mock.timers.tick(299);
  dispatch(listener, new Event("input"), { value: "ab" });
  mock.timers.tick(299);
  assert.equal(owner.heard.length, 0);
  mock.timers.tick(1);
  assert.deepEqual(owner.heard, [[1, { text: "ab" }, false]]);
  assert.equal(owner.debouncing.size, 0);
  mock.timers.reset();
});

test("a pending debounce leaves before any other event of its element", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  dispatch(listen([["debounce", "300"]], [1, { text: "target.value" }]), new Event("input"), { value: "a" });
  dispatch(listen([], 2), new Event("click"));
  mock.timers.tick(300);
  assert.deepEqual(
    owner.heard.map(([slot]) => slot),
    [1, 2],
  );
  mock.timers.reset();
});

test("several pending debounces leave in the order in which they began", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  dispatch(listen([["debounce", "300"]], 1), new Event("input"));
  dispatch(listen([["debounce", "900"]], 2), new Event("input"));
  dispatch(listen([], 3), new Event("click"));
  assert.deepEqual(
    owner.heard.map(([slot]) => slot),
    [1, 2, 3],
  );
  mock.timers.reset();
});

test("motion is marked, because of motion only the last is kept before Python is ready", () => {
  dispatch(listen([]), new Event("pointermove"));
  dispatch(listen([]), new Event("pointerdown"));
  assert.deepEqual(
    owner.heard.map(([, , motion]) => motion),
    [true, false],
  );
});

test("the control that an event carries is known from inside its dispatch, and from a choice without any field", () => {
  const event = new Event("input");
  /** @type {unknown} */
  let carrier;
  const listener = listen([], [1, { text: "target.value" }]);
  const target = new EventTarget();
  target.addEventListener("input", (heard) => {
    carrier = listener.carrier(heard);
  });
  target.dispatchEvent(event);
  assert.equal(carrier, target);
  assert.equal(isChoice(/** @type {any} */ ({ type: "checkbox" })), true);
  assert.equal(isChoice(/** @type {any} */ ({ type: "text" })), false);
  assert.equal(isChoice(null), false);
});

test("what is picked from an event is plain data", () => {
  /** @param {unknown} detail */
  const picked = (detail) => pluck(/** @type {any} */ ({ detail }), "detail");
  assert.deepEqual(picked({ a: [1, "b", true, null], f: () => 1 }), { a: [1, "b", true, null], f: null });
  assert.equal(picked(Number.NaN), null);
  assert.equal(picked(undefined), null);
  assert.equal(picked(10n), "10");
  assert.equal(picked(new Event("x")), null);
  /** @type {{self?: unknown}} */
  const circle = {};
  circle.self = circle;
  assert.ok(JSON.stringify(picked(circle)).length < 200);
});
