/** From a part of the manifest to a custom element. */

import { ActorElement } from "./element.js";

/** @import {ElementSpec} from "./types.js" */
/** @import {Page} from "./page.js" */

/**
 * Define a tag.
 * @param {ElementSpec} spec
 * @param {Page} page
 */
export function defineElement(spec, page) {
  if (customElements.get(spec.tag) !== undefined) {
    console.error(`AW-713 <${spec.tag}> is defined already, by somebody else\nExpected: a tag of its own\nDo: rename one of the elements`);
    return;
  }
  const sheet = spec.style === "" ? null : new CSSStyleSheet();
  sheet?.replaceSync(spec.style);
  const kind = class extends ActorElement {};
  kind.spec = spec;
  kind.page = page;
  kind.sheet = sheet;
  for (const each of spec.properties) {
    Object.defineProperty(kind.prototype, each.name, {
      configurable: true,
      enumerable: true,
      /** @this {ActorElement} */
      get() {
        return this.getProperty(each);
      },
      /** @this {ActorElement} @param {unknown} value */
      set(value) {
        this.setProperty(each, value);
      },
    });
  }
  customElements.define(spec.tag, kind);
}
