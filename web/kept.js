/**
 * Which elements had something stored when the page was here last.
 *
 * The first look of an element shows its first context. Of one whose state is stored that would be wrong for as long as
 * Python takes to start; so it shows its `loading` slot instead. What is noted here is a hint and no more: without it, or
 * with a wrong one, the host's first frame is right all the same.
 */

const PLACE = "actorweb:kept:";

/**
 * Note that the state of an element is kept.
 * @param {string} tag
 * @param {string} identity its attributes
 */
export function note(tag, identity) {
  try {
    localStorage.setItem(PLACE + tag + identity, "");
  } catch {
    // No room, or no storage at all: then the first look is shown, as on a first visit.
  }
}

/**
 * Tell whether it was.
 * @param {string} tag
 * @param {string} identity
 */
export function noted(tag, identity) {
  try {
    return localStorage.getItem(PLACE + tag + identity) !== null;
  } catch {
    return false;
  }
}
