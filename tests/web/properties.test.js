import assert from "node:assert/strict";
import { test } from "node:test";
import { check, convert } from "../../web/properties.js";

/** @param {"bool" | "int" | "float" | "str" | "json"} type */
const spec = (type) => ({ name: "x", attribute: "x", type, default: null, reflect: false, writable: true, read: false });

const CASES = /** @type {const} */ ([
  ["int", "12", 12],
  ["int", " -3 ", -3],
  ["int", "+4", 4],
  ["int", "1.5", undefined],
  ["int", "0x10", undefined],
  ["int", "1e3", undefined],
  ["int", "", undefined],
  ["int", "many", undefined],
  ["float", "1.5", 1.5],
  ["float", "1e3", 1000],
  ["float", " ", undefined],
  ["float", "Infinity", undefined],
  ["float", "NaN", undefined],
  ["str", "", ""],
  ["str", "<b>", "<b>"],
  ["bool", "", true],
  ["bool", "false", true], // as everywhere in HTML: it is there, so it is true
]);

for (const [type, text, expected] of CASES) {
  test(`attribute text ${JSON.stringify(text)} as ${type} is ${expected}`, () => assert.equal(convert(spec(type), text), expected));
}

test("a property takes what its type can take", () => {
  assert.equal(check(spec("int"), 3), 3);
  assert.equal(check(spec("int"), "3"), 3);
  assert.equal(check(spec("int"), 3.5), undefined);
  assert.equal(check(spec("float"), 3.5), 3.5);
  assert.equal(check(spec("bool"), 0), false);
  assert.equal(check(spec("str"), 5), "5");
  assert.deepEqual(check(spec("json"), ["a"]), ["a"]);
  assert.equal(check(spec("json"), undefined), null);
  assert.equal(check({ ...spec("int"), default: 7 }, null), 7);
});

test("a whole number beyond what JavaScript can hold exactly is refused, not rounded", () => {
  assert.equal(convert(spec("int"), "9007199254740991"), 9007199254740991);
  assert.equal(convert(spec("int"), "9007199254740993"), undefined);
});
