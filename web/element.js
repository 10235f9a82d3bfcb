/** The class of a custom element, made from the manifest: it works before Python does. */

import { Controls } from "./controls.js";
import { Listener } from "./events.js";
import * as kept from "./kept.js";
import { resolvers } from "./promises.js";
import { check, convert, EXPECTED } from "./properties.js";
import { firstLook, lookFrom } from "./render.js";
import { show, showSlot } from "./show.js";

/** @import {ElementSpec, ElementState, Json, PropertySpec} from "./types.js" */
/** @import {Page} from "./page.js" */
/** @import {Look} from "./render.js" */
/** @import {StaticsTable} from "./statics.js" */

const HELD = 1000;

/** @typedef {{listener: Listener, values: {[field: string]: Json}, carrier: EventTarget | null, motion: boolean}} Happening */

/** What all elements share. A subclass for each tag knows its spec and its page. */
export class ActorElement extends HTMLElement {
  /** @type {ElementSpec} */
  static spec;
  /** @type {Page} */
  static page;
  /** @type {CSSStyleSheet | null} */
  static sheet = null;

  static get observedAttributes() {
    return this.spec.properties.filter((each) => each.attribute !== "").map((each) => each.attribute);
  }

  /** The number of this element in the protocol; 0 while it is not in the document. */
  number = 0;
  /** @type {Set<Listener>} */
  debouncing = new Set();
  #root = this.attachShadow({ mode: "open" });
  #internals = this.attachInternals();
  controls = new Controls(this.#root);
  /** @type {Look | null} */
  #look = null;
  #live = false; // the look is the host's, not the manifest's
  #event = 0;
  /** @type {Happening[]} */
  #held = [];
  /** @type {Map<string, Json>} */
  #values = new Map();
  /** @type {Map<string, Json>} */
  #read = new Map();
  #reflecting = false;
  /** @type {Json} */
  #snapshot = null;
  #readsSnapshot = false;
  /** The states of its actor, and its own. @type {Set<string>} */
  #custom = new Set();
  #own = "";
  /** Its attributes when it came into the document, as text. */
  #identity = "";
  /** @type {PromiseWithResolvers<this>} */
  #ready = resolvers();

  constructor() {
    super();
    const { spec, sheet } = this.#kind;
    if (sheet !== null) this.#root.adoptedStyleSheets = [sheet];
    this.#state("booting");
    // Whoever waits for `ready` hears of a failure; nobody has to.
    this.#ready.promise.catch(() => {});
    if (spec.first !== null) {
      this.#show(firstLook(spec.first, this));
      this.setCustomStates(spec.first.states);
    } else showSlot("loading", "", this.#root);
  }

  get #kind() {
    return /** @type {typeof ActorElement} */ (this.constructor);
  }

  /** Resolves with the element when its actor has started; rejects when it could not. */
  get ready() {
    return this.#ready.promise;
  }

  /** What the last snapshot says, as plain data; null before the first one. */
  get snapshot() {
    if (!this.#readsSnapshot) {
      this.#readsSnapshot = true;
      if (this.number !== 0) this.#kind.page.outbox.add(["snapshot", this.number]);
    }
    return this.#snapshot;
  }

  /** Send the actor a message: `{type: "Increment", by: 2}`. @param {Json} message */
  send(message) {
    this.#flush();
    this.#kind.page.addFor(this, ["send", this.number, message]);
  }

  /**
   * Ask the actor: resolves with the reply, rejects with an error that has `name` and `code`.
   * @param {Json} message
   * @param {{timeout?: number}} [options] `timeout` in seconds
   */
  ask(message, { timeout = 5 } = {}) {
    this.#flush();
    return this.#kind.page.ask(this, message, timeout);
  }

  connectedCallback() {
    const page = this.#kind.page;
    if (this.number !== 0) return; // a move in the tree is no restart
    for (const each of this.#kind.spec.properties) this.#rescue(each);
    const values = Object.fromEntries(this.#values);
    if (this.#kind.spec.kept) this.#expectStored(values);
    this.number = page.mount(this, values);
    if (this.#readsSnapshot) page.outbox.add(["snapshot", this.number]);
  }

  /** Show no first context where another one is stored, and let an element go that this one replaces. @param {{[name: string]: Json}} values */
  #expectStored(values) {
    const identity = JSON.stringify(values);
    for (const other of this.#kind.page.leaving) if (other.localName === this.localName && other.#identity === identity) other.#leave();
    this.#identity = identity;
    this.#internals.states.delete("unsaved");
    if (this.#live || !kept.noted(this.localName, identity)) return;
    this.#look = null;
    this.setCustomStates([]);
    showSlot("loading", "", this.#root);
  }

  disconnectedCallback() {
    const page = this.#kind.page;
    page.leaving.add(this);
    page.later(() => this.#leave());
  }

  #leave() {
    const page = this.#kind.page;
    page.leaving.delete(this);
    if (this.isConnected || this.number === 0) return;
    this.#flush();
    page.unmount(this);
    this.number = 0;
    this.#event = 0;
    this.#live = false;
    this.#held = [];
    this.controls.reset();
    this.#ready = resolvers();
    this.#ready.promise.catch(() => {});
  }

  /**
   * @param {string} attribute
   * @param {string | null} _before
   * @param {string | null} text
   */
  attributeChangedCallback(attribute, _before, text) {
    if (this.#reflecting) return;
    const each = this.#kind.spec.properties.find((known) => known.attribute === attribute);
    if (each === undefined) return;
    const value = text === null ? each.default : convert(each, text);
    if (value === undefined) {
      console.error(
        `AW-605 <${this.localName}>: the attribute ${attribute}="${text}" is no ${each.type}; the element keeps its value\nExpected: ${EXPECTED[each.type]}\nDo: correct the attribute`,
      );
      return;
    }
    this.#change(each, value);
  }

  /** @param {PropertySpec} each */
  getProperty(each) {
    if (each.read && this.#read.has(each.name)) return this.#read.get(each.name);
    return this.#values.has(each.name) ? this.#values.get(each.name) : each.default;
  }

  /** @param {PropertySpec} each @param {unknown} value */
  setProperty(each, value) {
    if (!each.writable) throw new TypeError(`AW-606 <${this.localName}>.${each.name} is read-only: it says what the actor's snapshot says`);
    const checked = check(each, value);
    if (checked === undefined) {
      console.error(
        `AW-605 <${this.localName}>.${each.name} = ${String(value)} is no ${each.type}; the element keeps its value\nExpected: ${EXPECTED[each.type]}\nDo: correct the value`,
      );
      return;
    }
    this.#change(each, checked);
    if (each.reflect && !each.read) this.#reflect(each, checked);
  }

  /** @param {PropertySpec} each @param {Json} value */
  #change(each, value) {
    this.#values.set(each.name, value);
    if (this.number === 0) return;
    this.#flush();
    this.#kind.page.addFor(this, ["set", this.number, each.name, value]);
  }

  /** Write an attribute without hearing of it. @param {PropertySpec} each @param {Json} value */
  #reflect(each, value) {
    this.#reflecting = true;
    if (each.type === "bool") this.toggleAttribute(each.attribute, value === true);
    else if (value === null) this.removeAttribute(each.attribute);
    else this.setAttribute(each.attribute, String(value));
    this.#reflecting = false;
  }

  /** A property that was set before the element was upgraded hides the accessor: set it anew. @param {PropertySpec} each */
  #rescue(each) {
    if (!Object.hasOwn(this, each.name)) return;
    const value = Reflect.get(this, each.name);
    Reflect.deleteProperty(this, each.name);
    Reflect.set(this, each.name, value);
  }

  // --- events ----------------------------------------------------------------------------------------------------

  /**
   * Something happened on a binding. Before the first frame of the host it is kept, and of motion only the last.
   * @param {Listener} listener
   * @param {{[field: string]: Json}} values
   * @param {EventTarget | null} carrier
   * @param {boolean} motion
   */
  happened(listener, values, carrier, motion) {
    this.#flush();
    this.pass(listener, values, carrier, motion);
  }

  /**
   * The same for what a debounce has let out: the others keep their place behind it.
   * @param {Listener} listener
   * @param {{[field: string]: Json}} values
   * @param {EventTarget | null} carrier
   * @param {boolean} motion
   */
  pass(listener, values, carrier, motion) {
    if (this.#live && this.number !== 0) {
      this.#send(listener, values, carrier);
      return;
    }
    if (motion) this.#held = this.#held.filter((held) => !(held.motion && held.listener === listener));
    if (this.#held.length < HELD) this.#held.push({ listener, values, carrier, motion });
    else console.error(`AW-712 <${this.localName}> holds ${HELD} events that Python has not handled yet: this one is dropped`);
  }

  /** @param {Listener} listener @param {{[field: string]: Json}} values @param {EventTarget | null} carrier */
  #send(listener, values, carrier) {
    if (listener.slot === 0) {
      console.error(`AW-715 <${this.localName}>: an event of its first look means nothing in what Python shows: it is dropped`);
      return;
    }
    this.#event += 1;
    if (carrier !== null) this.controls.carry(carrier, this.#event);
    this.#kind.page.addFor(this, ["event", this.number, this.#event, listener.slot, values]);
  }

  #flush() {
    for (const listener of [...this.debouncing]) listener.flush();
  }

  // --- from the host ---------------------------------------------------------------------------------------------

  /** @param {number} acknowledged @param {Json} data @param {StaticsTable} table */
  frame(acknowledged, data, table) {
    if (Array.isArray(data)) this.#show(lookFrom(table, data, this));
    else if (data !== null && this.#look !== null) {
      this.#look.change(table, /** @type {Json[]} */ (/** @type {{c: Json[]}} */ (data).c));
      this.#show(this.#look);
    }
    this.controls.acknowledge(acknowledged);
    if (!this.#live && this.#look !== null && data !== null) {
      this.#live = true;
      const held = this.#held;
      this.#held = [];
      for (const { listener, values, carrier } of held) this.#send(listener, values, carrier);
    }
  }

  /** @param {Look} look */
  #show(look) {
    if (this.#look !== null && this.#look !== look) look.inherit(this.#look);
    this.#look = look;
    show(look, this.#root);
  }

  /** @param {{[name: string]: Json}} values */
  setRead(values) {
    for (const each of this.#kind.spec.properties) {
      if (!(each.name in values)) continue;
      this.#read.set(each.name, values[each.name]);
      if (each.reflect) this.#reflect(each, values[each.name]);
    }
  }

  /** @param {Json} snapshot */
  setSnapshot(snapshot) {
    this.#snapshot = snapshot;
  }

  /** @param {ElementState} state @param {string} text */
  setState(state, text) {
    if (state === "crashed") return; // its supervisor starts it again; the console has the story
    if (state === "kept") {
      kept.note(this.localName, this.#identity);
      return;
    }
    if (state === "unsaved") {
      this.#internals.states.add("unsaved");
      this.dispatchEvent(new CustomEvent("actorweb:unsaved", { detail: { text }, bubbles: true, composed: true }));
      return;
    }
    this.#state(state);
    if (state === "ready") {
      this.#ready.resolve(this);
      return;
    }
    this.#ready.reject(new Error(`<${this.localName}>: ${text}`));
    this.#look = null;
    this.#live = false;
    this.setCustomStates([]);
    showSlot("error", `<${this.localName}> failed.`, this.#root);
  }

  /** @param {"booting" | "ready" | "failed"} state */
  #state(state) {
    const { states } = this.#internals;
    for (const each of ["booting", "ready", "failed"]) {
      if (each === state) states.add(each);
      else if (!this.#custom.has(each)) states.delete(each);
    }
    this.#own = state;
  }

  /**
   * The states of the actor, for `:state(…)`. One that is called as a state of the element's own stays while either is.
   * @param {string[]} names
   */
  setCustomStates(names) {
    const { states } = this.#internals;
    for (const each of this.#custom) if (!names.includes(each) && each !== this.#own) states.delete(each);
    this.#custom = new Set(names);
    for (const each of names) states.add(each);
  }
}
