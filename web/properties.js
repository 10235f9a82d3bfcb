/** Typed properties: from attribute text and from JavaScript values. */

/** @import {Json, PropertySpec} from "./types.js" */

/** What a value of each type looks like, for people. */
export const EXPECTED = { bool: "true or false", int: "a whole number", float: "a number", str: "a text", json: "plain data" };

/** @param {PropertySpec} each @param {string} text @returns {Json | undefined} */
export function convert(each, text) {
  if (each.type === "bool") return true;
  if (each.type === "str") return text;
  if (text.trim() === "") return undefined;
  const number = Number(text);
  if (each.type === "int") return /^\s*[+-]?\d+\s*$/.test(text) && Number.isSafeInteger(number) ? number : undefined;
  return Number.isFinite(number) ? number : undefined;
}

/** @param {PropertySpec} each @param {unknown} value @returns {Json | undefined} */
export function check(each, value) {
  if (value === undefined || value === null) return each.type === "json" ? null : each.default;
  if (each.type === "bool") return Boolean(value);
  if (each.type === "str") return String(value);
  if (each.type === "json") return /** @type {Json} */ (value);
  return convert(each, String(value));
}
