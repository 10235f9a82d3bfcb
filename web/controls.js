/**
 * Nothing typed is lost.
 *
 * A control is *edited* from its native input event until a frame acknowledges the event that carried its value. Until
 * then values for it are withheld; then it takes the newest. A control in composition (an input method) is left alone.
 */

import { noChange } from "lit-html";
import { Directive, directive } from "lit-html/directive.js";

/** @typedef {HTMLElement & {[name: string]: unknown}} Control */
/** @typedef {{carried: number, composing: boolean}} Edit `carried`: the event that carried the value, or one of these two */
const UNTOUCHED = -1;
const TYPED = 0;

/** The controls of one element. */
export class Controls {
  /** @type {Map<Control, Edit>} */
  #edits = new Map();
  /** What the host wants each control to hold: applied at once, or when an edit ends. */
  /** @type {WeakMap<Control, Map<string, unknown>>} */
  #wanted = new WeakMap();
  #acknowledged = 0;
  #root;

  /** @param {ShadowRoot} root */
  constructor(root) {
    this.#root = root;
    /** @param {string} name @param {(target: Control) => void} noted */
    const note = (name, noted) => root.addEventListener(name, (event) => noted(/** @type {Control} */ (event.target)), true);
    // A check box has its new state already when its click begins, and tells of it (input, change) after that.
    note("click", (target) => {
      if (isChecked(target)) this.#edit(target).carried = TYPED;
    });
    note("input", (target) => {
      if (!isChecked(target)) this.#edit(target).carried = TYPED;
    });
    note("compositionstart", (target) => {
      this.#edit(target).composing = true;
    });
    note("compositionend", (target) => {
      const edit = this.#edit(target);
      edit.composing = false;
      if (edit.carried === UNTOUCHED) this.#end(target);
      else this.acknowledge(this.#acknowledged);
    });
  }

  /** @param {Control} target */
  #edit(target) {
    let edit = this.#edits.get(target);
    if (edit === undefined) {
      edit = { carried: UNTOUCHED, composing: false };
      this.#edits.set(target, edit);
    }
    return edit;
  }

  /**
   * Note that an event carries what a control holds.
   * @param {EventTarget | null} target
   * @param {number} number
   */
  carry(target, number) {
    if (!(target instanceof HTMLElement)) return;
    this.#edit(/** @type {Control} */ (target)).carried = number;
  }

  /**
   * End the edits whose event is acknowledged: those controls take what the host wants.
   * @param {number} number
   */
  acknowledge(number) {
    this.#acknowledged = number;
    for (const [target, edit] of this.#edits) {
      if (!target.isConnected) this.#edits.delete(target);
      else if (edit.carried > 0 && edit.carried <= number && !edit.composing) {
        this.#end(target);
      }
    }
  }

  /** The element has left the document: its events count from one again. */
  reset() {
    this.#acknowledged = 0;
    this.#edits.clear();
  }

  /** A control is no longer edited: it takes what the host wants. @param {Control} target */
  #end(target) {
    this.#edits.delete(target);
    // To choose one radio button was to clear another.
    const group = target["type"] === "radio" ? this.#root.querySelectorAll('input[type="radio"]') : [target];
    for (const each of /** @type {Iterable<Control>} */ (group)) {
      if (this.#edits.has(each)) continue;
      for (const [name, value] of this.#wanted.get(each) ?? []) put(each, name, value);
    }
  }

  /**
   * @param {Control} target
   * @param {string} name
   * @param {unknown} value
   */
  want(target, name, value) {
    let wanted = this.#wanted.get(target);
    if (wanted === undefined) {
      wanted = new Map();
      this.#wanted.set(target, wanted);
    }
    wanted.set(name, value);
    if (!this.#edits.has(target)) put(target, name, value);
  }
}

/** @param {Control} target */
const isChecked = (target) => target["type"] === "checkbox" || target["type"] === "radio";

/**
 * Set a property if it differs from the live one, and keep the caret.
 * @param {Control} target
 * @param {string} name
 * @param {unknown} value
 */
function put(target, name, value) {
  const next = name === "value" && value === null ? "" : value;
  if (target[name] === next) return;
  const field = /** @type {HTMLInputElement} */ (/** @type {unknown} */ (target));
  const focused = /** @type {ShadowRoot | Document} */ (target.getRootNode()).activeElement === target;
  const end = focused && name === "value" ? caretFromEnd(field) : null;
  target[name] = next;
  if (end !== null) {
    const at = Math.max(0, field.value.length - end);
    field.setSelectionRange(at, at);
  }
}

/** @param {HTMLInputElement} field @returns {number | null} how far the caret is from the end, where there is one */
function caretFromEnd(field) {
  return field.selectionEnd === null || field.selectionEnd === undefined ? null : field.value.length - field.selectionEnd;
}

class ControlDirective extends Directive {
  /**
   * @param {unknown} value
   * @param {Controls} _controls
   * @returns {unknown}
   */
  render(value, _controls) {
    return value;
  }

  /**
   * @override
   * @param {import("lit-html").PropertyPart} part
   * @param {[unknown, Controls]} values
   */
  update(part, [value, controls]) {
    controls.want(/** @type {Control} */ (part.element), part.name, value);
    return noChange;
  }
}

/** What a view binds to `.value`, `.checked` and their like: the live control decides when it is set. */
export const control = directive(ControlDirective);
