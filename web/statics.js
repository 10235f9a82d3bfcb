/** Statics: the part of a template that does not change. It crosses once, and lit-html knows it by its identity. */

/** @import {Statics, StaticsSpec} from "./types.js" */

/** Statics by their text: two sources of the same template (the manifest and a host) share one, so lit keeps the DOM. */
/** @type {Map<string, Statics>} */
const known = new Map();

/** The statics of one source, by their numbers. */
export class StaticsTable {
  /** @type {Map<number, Statics>} */
  #byNumber = new Map();

  /** @param {StaticsSpec[]} specs */
  add(specs) {
    for (const [number, strings, holes] of specs) {
      const text = JSON.stringify([strings, holes]);
      let statics = known.get(text);
      if (statics === undefined) {
        const frozen = /** @type {string[] & {raw?: readonly string[]}} */ ([...strings]);
        frozen.raw = strings;
        statics = {
          strings: /** @type {TemplateStringsArray} */ (/** @type {unknown} */ (frozen)),
          holes: holes.map(([kind, name, modifiers]) => ({ kind, name, modifiers: new Map(modifiers) })),
        };
        known.set(text, statics);
      }
      this.#byNumber.set(number, statics);
    }
  }

  /** @param {number} number */
  get(number) {
    const statics = this.#byNumber.get(number);
    if (statics === undefined) throw new Error(`AW-711 a frame names the statics ${number}, which never came`);
    return statics;
  }
}
