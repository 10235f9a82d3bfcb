/** DOM events: what the shim decides at once, and what it picks from an event for the host. */

/** @import {Json, Statics} from "./types.js" */
/** @import {ActorElement} from "./element.js" */

const CARRIES = new Set(["target.value", "target.checked", "target.selected", "currentTarget.value", "currentTarget.checked", "target.valueAsNumber"]);
const MOTION = new Set(["mousemove", "pointermove", "touchmove", "scroll", "wheel", "drag", "dragover", "resize"]);

const OPERATES = new Set(["click", "input", "change"]);

/** Tell whether a control is operated as a whole, not typed into. @param {EventTarget | null} target */
export function isChoice(target) {
  const { type } = /** @type {{type?: unknown}} */ (target ?? {});
  return type === "checkbox" || type === "radio" || type === "select-one" || type === "select-multiple";
}

/** @type {[string, string][]} */
const NONE = [];

/** One event binding. It stays the same object for lit-html while its slot changes. */
export class Listener {
  /** @type {{values: {[field: string]: Json}, carrier: EventTarget | null, timer: ReturnType<typeof setTimeout>} | null} */
  #pending = null;
  #once = false;
  #throttledUntil = 0;
  slot = 0;
  /** @type {[string, string][]} */
  fields = NONE;

  /**
   * @param {ActorElement} owner
   * @param {Statics["holes"][number]} hole
   * @param {Json} data
   */
  constructor(owner, hole, data) {
    this.owner = owner;
    this.hole = hole;
    this.bind(data);
  }

  /** @param {Json} data a slot, or `[slot, {field: path}]` */
  bind(data) {
    const slot = /** @type {number} */ (Array.isArray(data) ? data[0] : data);
    if (slot !== this.slot) this.#once = false;
    this.slot = slot;
    this.fields = Array.isArray(data) ? Object.entries(/** @type {{[field: string]: string}} */ (data[1])) : NONE;
  }

  /** @param {Listener} other */
  take(other) {
    this.slot = other.slot;
    this.fields = other.fields;
  }

  /** @param {Event} event */
  handleEvent(event) {
    const { modifiers } = this.hole;
    if (modifiers.has("self") && event.target !== event.currentTarget) return;
    const key = modifiers.get("key");
    if (key !== undefined && !(event instanceof KeyboardEvent && event.key === key && !event.isComposing)) return;
    if (modifiers.has("prevent")) event.preventDefault();
    if (modifiers.has("stop")) event.stopPropagation();
    if (modifiers.has("once")) {
      if (this.#once) return;
      this.#once = true;
    }
    const values = Object.fromEntries(this.fields.map(([field, path]) => [field, pluck(event, path)]));
    // Now, because after its dispatch an event no longer knows what inside the shadow root it came from.
    const carrier = this.carrier(event);
    const debounce = modifiers.get("debounce");
    if (debounce !== undefined) {
      if (this.#pending !== null) clearTimeout(this.#pending.timer);
      this.#pending = { values, carrier, timer: setTimeout(() => this.flush(), Number(debounce)) };
      this.owner.debouncing.add(this);
      return;
    }
    const throttle = modifiers.get("throttle");
    if (throttle !== undefined) {
      if (event.timeStamp < this.#throttledUntil) return;
      this.#throttledUntil = event.timeStamp + Number(throttle);
    }
    this.owner.happened(this, values, carrier, MOTION.has(event.type));
  }

  /** Let a pending debounce out now: before any other event of the element, so that order is kept. */
  flush() {
    const pending = this.#pending;
    this.owner.debouncing.delete(this);
    if (pending === null) return;
    clearTimeout(pending.timer);
    this.#pending = null;
    this.owner.pass(this, pending.values, pending.carrier, false);
  }

  /**
   * The control whose value an event carries. What operates a choice says it even without a field: `@change={Toggle(id)}`.
   * @param {Event} event
   */
  carrier(event) {
    const target = event.composedPath()[0] ?? event.target;
    return this.fields.some(([, path]) => CARRIES.has(path)) || (OPERATES.has(event.type) && isChoice(target)) ? target : null;
  }
}

/**
 * Pick a value from an event, as plain data.
 * @param {Event} event
 * @param {string} path
 * @returns {Json}
 */
export function pluck(event, path) {
  /** @type {unknown} */
  let value = event;
  for (const name of path.split(".")) {
    if (value === null || value === undefined) return null;
    value = /** @type {{[name: string]: unknown}} */ (value)[name];
  }
  return plain(value, 0);
}

/** @param {unknown} value @param {number} depth @returns {Json} */
function plain(value, depth) {
  if (value === null || value === undefined || typeof value === "function" || typeof value === "symbol" || depth > 8) return null;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object") return /** @type {string | boolean} */ (value);
  if (Array.isArray(value)) return value.map((part) => plain(part, depth + 1));
  if (value instanceof Node || value instanceof Event) return null;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part, depth + 1)]));
}
