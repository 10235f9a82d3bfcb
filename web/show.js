/** To the screen: rendering, and what a person had under their hands stays there. */

import { html, nothing, render } from "lit-html";

/** @import {Look} from "./render.js" */

/**
 * Show a look, and put the focus and the selection back where the person had them.
 * @param {Look} look
 * @param {ShadowRoot} root
 */
export function show(look, root) {
  const active = /** @type {HTMLElement | null} */ (root.activeElement);
  const selection = active === null ? null : selectionOf(active);
  render(look.lit(), root);
  if (active?.isConnected && root.activeElement !== active) {
    active.focus({ preventScroll: true });
    if (selection !== null) /** @type {HTMLInputElement} */ (active).setSelectionRange(...selection);
  }
}

/**
 * Show what the page's author put into a slot for a state of the element, or words of ours.
 * @param {"loading" | "error"} name
 * @param {string} words
 * @param {ShadowRoot} root
 */
export function showSlot(name, words, root) {
  render(html`<slot name=${name}>${words === "" ? nothing : html`<p role="alert">${words}</p>`}</slot>`, root);
}

/** @param {Element} element @returns {[number, number, "forward" | "backward" | "none" | undefined] | null} */
function selectionOf(element) {
  if (!(element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement)) return null;
  const { selectionStart, selectionEnd, selectionDirection } = element;
  return selectionStart === null || selectionEnd === null ? null : [selectionStart, selectionEnd, selectionDirection ?? undefined];
}
