/** One page: its elements, what goes out, and the frames that come in. */

import { Outbox } from "./outbox.js";
import { resolvers } from "./promises.js";
import { StaticsTable } from "./statics.js";

/** @import {Failure, Frame, Json, Port} from "./types.js" */
/** @import {ActorElement} from "./element.js" */

export class Page {
  outbox = new Outbox();
  /** Elements that are not in the document, until the task's end: a move in the tree is no end. @type {Set<ActorElement>} */
  leaving = new Set();
  #table = new StaticsTable();
  /** @type {Map<number, ActorElement>} */
  #elements = new Map();
  /** @type {Map<number, PromiseWithResolvers<Json>>} */
  #asks = new Map();
  /** @type {Frame[]} */
  #frames = [];
  #scheduled = false;
  #lastElement = 0;
  #lastAsk = 0;
  /** @type {Failure | null} */
  #failure = null;
  /** @type {(() => void)[]} */
  #laters = [];
  #channel = new MessageChannel();

  constructor() {
    this.#channel.port1.onmessage = () => {
      const laters = this.#laters;
      this.#laters = [];
      for (const later of laters) later();
    };
    // A document that is hidden before its animation frame comes gets none.
    document.addEventListener("visibilitychange", () => this.#showAll());
  }

  /** @param {Port} port */
  open(port) {
    this.outbox.open(port);
  }

  /** Call a function when the task that runs now has ended. @param {() => void} function_ */
  later(function_) {
    this.#laters.push(function_);
    if (this.#laters.length === 1) this.#channel.port2.postMessage(0);
  }

  /** @param {ActorElement} element @param {{[name: string]: Json}} values @returns {number} */
  mount(element, values) {
    this.#lastElement += 1;
    this.#elements.set(this.#lastElement, element);
    this.outbox.add(["mount", this.#lastElement, element.localName, values]);
    if (this.#failure !== null) this.later(() => element.setState("failed", /** @type {Failure} */ (this.#failure).text));
    return this.#lastElement;
  }

  /** @param {ActorElement} element */
  unmount(element) {
    this.#elements.delete(element.number);
    this.outbox.add(["unmount", element.number]);
  }

  /** Put an operation of an element out; one that is not in the document has no actor. @param {ActorElement} element @param {Json[]} op */
  addFor(element, op) {
    if (element.number === 0)
      throw new Error(`AW-714 <${element.localName}> is not in the document, so it has no actor\nExpected: an element that is connected\nDo: append it first`);
    this.outbox.add(op);
  }

  /** @param {ActorElement} element @param {Json} message @param {number} seconds @returns {Promise<Json>} */
  ask(element, message, seconds) {
    if (this.#failure !== null) return Promise.reject(new Error(this.#failure.text));
    const made = resolvers();
    this.#lastAsk += 1;
    this.#asks.set(this.#lastAsk, made);
    this.addFor(element, ["ask", element.number, this.#lastAsk, message, seconds]);
    return made.promise;
  }

  /** The host cannot run: every element shows it. @param {Failure} failure */
  fail(failure) {
    this.#failure = failure;
    for (const element of this.#elements.values()) element.setState("failed", failure.text);
    for (const ask of this.#asks.values()) ask.reject(new Error(failure.text));
    this.#asks.clear();
  }

  /** Take a batch of the host. It is shown on the next animation frame, at once in a hidden document. @param {string} text */
  receive(text) {
    const frame = /** @type {Frame} */ (JSON.parse(text));
    this.#frames.push(frame);
    for (const [level, words] of frame.console ?? []) console[level](words);
    if (document.hidden) this.#showAll();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      requestAnimationFrame(() => this.#showAll());
    }
  }

  #showAll() {
    this.#scheduled = false;
    const frames = this.#frames;
    this.#frames = [];
    for (const frame of frames) this.#show(frame);
  }

  /** @param {Frame} frame */
  #show(frame) {
    if (frame.statics !== undefined) this.#table.add(frame.statics);
    for (const [number, values] of frame.values ?? []) this.#elements.get(number)?.setRead(values);
    for (const [number, snapshot] of frame.snapshots ?? []) this.#elements.get(number)?.setSnapshot(snapshot);
    for (const [number, acknowledged, look] of frame.elements ?? []) {
      try {
        this.#elements.get(number)?.frame(acknowledged, look, this.#table);
      } catch (error) {
        reportError(error); // a setter of some other element raised: this element's trouble, not the page's
      }
    }
    this.outbox.acknowledge(frame.frame);
    for (const [number, state, text] of frame.states ?? []) this.#elements.get(number)?.setState(state, text);
    for (const [number, names] of frame.custom ?? []) this.#elements.get(number)?.setCustomStates(names);
    for (const [number, name, detail, bubbles, composed] of frame.events ?? []) {
      this.#elements.get(number)?.dispatchEvent(new CustomEvent(name, { detail, bubbles, composed }));
    }
    for (const [number, value, error] of frame.replies ?? []) {
      const ask = this.#asks.get(number);
      this.#asks.delete(number);
      if (error === null) ask?.resolve(value);
      else ask?.reject(Object.assign(new Error(error.text), { name: error.name, code: error.code }));
    }
  }
}
