/**
 * The mirror: the values that the host has sent, in the shape in which lit-html takes them.
 *
 * A frame changes the mirror; then lit-html renders it. Rows that no frame has touched are passed over.
 */

import { noChange, nothing } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import { control } from "./controls.js";
import { Listener } from "./events.js";
import { StaticsTable } from "./statics.js";

/** @import {Json, Statics} from "./types.js" */
/** @import {ActorElement} from "./element.js" */

const CONTROL_PROPERTIES = new Set(["value", "checked", "selected", "indeterminate"]);

/**
 * One look of a template.
 *
 * `values` are as lit-html takes them, but for those that are looks, rows or lists: these are named in `inner`, and what
 * lit-html gets for them is made when it is needed.
 */
export class Look {
  /**
   * @param {Statics} statics
   * @param {ActorElement} owner
   * @param {number} width
   */
  constructor(statics, owner, width) {
    this.statics = statics;
    this.owner = owner;
    /** @type {unknown[]} */
    this.values = new Array(width);
    /** @type {number[] | null} */
    this.inner = null;
  }

  /**
   * Make a look from a part of a list that begins with its first value.
   * @param {StaticsTable} table
   * @param {Statics} statics
   * @param {Json[]} data
   * @param {number} at
   * @param {ActorElement} owner
   */
  static from(table, statics, data, at, owner) {
    const { holes } = statics;
    const look = new Look(statics, owner, holes.length);
    const { values } = look;
    for (let index = 0; index < holes.length; index++) {
      const value = data[at + index];
      const hole = holes[index];
      // Long lists are made of these three.
      if (typeof value === "string" && hole.kind !== "property") values[index] = value;
      else if (typeof value === "number" && hole.kind === "event") values[index] = new Listener(owner, hole, value);
      else look.set(table, index, value);
    }
    return look;
  }

  /**
   * @param {StaticsTable} table
   * @param {number} index
   * @param {Json} data
   */
  set(table, index, data) {
    const { kind, name } = this.statics.holes[index];
    const { values } = this;
    if (kind === "event") {
      const listener = values[index];
      if (data === null) values[index] = nothing;
      else if (listener instanceof Listener) listener.bind(data);
      else values[index] = new Listener(this.owner, this.statics.holes[index], data);
    } else if (kind === "text") {
      const value = read(table, data, this.owner);
      const at = this.inner === null ? -1 : this.inner.indexOf(index);
      if (value !== null && typeof value === "object") {
        if (at === -1) this.inner = [...(this.inner ?? []), index];
      } else if (at !== -1) {
        this.inner = /** @type {number[]} */ (this.inner).filter((each) => each !== index);
      }
      values[index] = value ?? nothing;
    } else if (kind === "property") {
      values[index] = CONTROL_PROPERTIES.has(name) ? control(data, this.owner.controls) : data;
    } else {
      values[index] = data ?? nothing;
    }
  }

  /**
   * @param {StaticsTable} table
   * @param {Json[]} changes
   */
  change(table, changes) {
    for (const change of /** @type {Json[][]} */ (changes)) {
      const index = /** @type {number} */ (change[0]);
      if (change.length === 2) this.set(table, index, change[1]);
      else applyTo(table, this.values[index], change, this.owner);
    }
  }

  /**
   * Take over the listeners of the look that stood here before, so that what they keep is not lost.
   * @param {Look} before
   */
  inherit(before) {
    if (before.statics !== this.statics) return;
    for (let index = 0; index < this.values.length; index++) {
      const value = this.values[index];
      const old = before.values[index];
      if (value instanceof Listener && old instanceof Listener) {
        old.take(value);
        this.values[index] = old;
      } else if (value instanceof Look && old instanceof Look) {
        value.inherit(old);
      } else if (value instanceof RowsLook && old instanceof RowsLook) {
        value.inherit(old);
      } else if (Array.isArray(value) && Array.isArray(old)) {
        value.forEach((part, at) => {
          if (part instanceof Look && old[at] instanceof Look) part.inherit(old[at]);
        });
      }
    }
  }

  /** What lit-html renders: what its `html` tag would give, without copying the values. @returns {import("lit-html").TemplateResult} */
  lit() {
    let { values } = this;
    if (this.inner !== null) {
      values = [...values];
      for (const index of this.inner) values[index] = litValue(values[index]);
    }
    return { ["_$litType$"]: 1, strings: this.statics.strings, values };
  }
}

/**
 * Make the look that the manifest gives, to show before Python is there.
 * @param {NonNullable<import("./types.js").ElementSpec["first"]>} first
 * @param {ActorElement} owner
 */
export function firstLook(first, owner) {
  const table = new StaticsTable();
  table.add(first.statics);
  return lookFrom(table, first.look, owner);
}

/** Keyed rows. Row numbers are the keys: a row that moves keeps its DOM. */
class RowsLook {
  /** @type {Map<number, {look: Look, dirty: boolean}>} */
  rows = new Map();
  /** @type {number[]} */
  order = [];

  /**
   * @param {StaticsTable} table
   * @param {Json[] | null} runs
   * @param {Json[]} news
   * @param {ActorElement} owner
   */
  arrange(table, runs, news, owner) {
    if (news.length > 0) {
      const [first, known, width] = /** @type {number[]} */ (news.slice(0, 3));
      const statics = known === 0 ? null : table.get(known);
      const step = width === 0 ? 1 : width;
      for (let at = 3, number = first; at < news.length; at += step, number++) {
        const look = statics === null ? lookFrom(table, /** @type {Json[]} */ (news[at]), owner) : Look.from(table, statics, news, at, owner);
        this.rows.set(number, { look, dirty: true });
      }
    }
    if (runs !== null) {
      /** @type {number[]} */
      const order = [];
      for (let at = 0; at < runs.length; at += 2) {
        const start = /** @type {number} */ (runs[at]);
        const end = start + /** @type {number} */ (runs[at + 1]);
        for (let number = start; number < end; number++) order.push(number);
      }
      if (order.length < this.rows.size) {
        const kept = new Set(order);
        for (const number of this.rows.keys()) if (!kept.has(number)) this.rows.delete(number);
      }
      this.order = order;
    }
  }

  /** @param {RowsLook} before */
  inherit(before) {
    this.order.forEach((number, at) => {
      const old = before.rows.get(before.order[at]);
      const row = this.rows.get(number);
      if (old !== undefined && row !== undefined) row.look.inherit(old.look);
    });
  }

  lit() {
    return repeat(
      this.order,
      (number) => number,
      (number) => {
        const row = /** @type {{look: Look, dirty: boolean}} */ (this.rows.get(number));
        if (!row.dirty) return noChange;
        row.dirty = false;
        return row.look.lit();
      },
    );
  }
}

/**
 * Make a look of `[statics, value, …]`.
 * @param {StaticsTable} table
 * @param {Json[]} data
 * @param {ActorElement} owner
 */
export function lookFrom(table, data, owner) {
  return Look.from(table, table.get(/** @type {number} */ (data[0])), data, 1, owner);
}

/**
 * @param {StaticsTable} table
 * @param {Json} data
 * @param {ActorElement} owner
 * @returns {unknown}
 */
function read(table, data, owner) {
  if (Array.isArray(data)) return lookFrom(table, data, owner);
  if (data !== null && typeof data === "object") {
    if ("l" in data) return /** @type {Json[]} */ (data.l).map((part) => read(table, part, owner));
    const rows = new RowsLook();
    rows.arrange(table, /** @type {Json[]} */ (data.r), /** @type {Json[]} */ (data.n), owner);
    return rows;
  }
  return data;
}

/**
 * @param {StaticsTable} table
 * @param {unknown} value
 * @param {Json[]} change
 * @param {ActorElement} owner
 */
function applyTo(table, value, change, owner) {
  if (change[1] === "t" && value instanceof Look) {
    value.change(table, /** @type {Json[]} */ (change[2]));
  } else if (change[1] === "l" && Array.isArray(value)) {
    for (const part of /** @type {Json[][]} */ (change[2])) {
      const at = /** @type {number} */ (part[0]);
      if (part.length === 2) value[at] = read(table, part[1], owner);
      else applyTo(table, value[at], part, owner);
    }
  } else if (change[1] === "r" && value instanceof RowsLook) {
    const changed = /** @type {Json[]} */ (change[4]);
    value.arrange(table, /** @type {Json[] | null} */ (change[2]), /** @type {Json[]} */ (change[3]), owner);
    for (let at = 0; at < changed.length; at += 2) {
      const row = value.rows.get(/** @type {number} */ (changed[at]));
      if (row === undefined) continue;
      const data = changed[at + 1];
      if (Array.isArray(data)) row.look.change(table, data);
      else row.look = lookFrom(table, /** @type {{t: Json[]}} */ (data).t, owner);
      row.dirty = true;
    }
  } else {
    throw new Error(`AW-711 a frame changes what is not there: ${JSON.stringify(change).slice(0, 80)}`);
  }
}

/** @param {unknown} value @returns {unknown} */
function litValue(value) {
  if (value instanceof Look || value instanceof RowsLook) return value.lit();
  if (Array.isArray(value)) return value.map(litValue);
  return value ?? nothing;
}
