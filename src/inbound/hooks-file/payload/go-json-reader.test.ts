import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { type GoValue, goJson, JsonNumber } from "../go-value.ts";
import { JsonProblem, readGoJson } from "./go-json-reader.ts";

function plain(value: GoValue): unknown {
  if (value instanceof JsonNumber) return Number(value.literal);
  if (Array.isArray(value)) return value.map(plain);
  return value instanceof Map ? Object.fromEntries([...value].map(([key, item]) => [key, plain(item)])) : value;
}

it("JSON is what everyone reads, and is written so that everyone reads it again", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      const expected = JSON.parse(text.replaceAll("__proto__", "proto"));
      const read = readGoJson(text.replaceAll("__proto__", "proto"));
      assert.deepEqual(plain(read), expected);
      assert.deepEqual(JSON.parse(goJson(read)), expected);
    }),
  );
});

it("what JSON.parse refuses is refused, but for what stands behind the first value", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[\]{}[",:0-9.eE+truefalsn\\ -]{0,12}$/), (text) => {
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      try {
        readGoJson(text);
      } catch (error) {
        assert.ok(error instanceof JsonProblem);
        assert.equal(isJson, false, text);
      }
    }),
    { numRuns: 5000 },
  );
  assert.throws(() => readGoJson('{"a":1,}'), JsonProblem);
  assert.throws(() => readGoJson("[01]"), JsonProblem);
  assert.throws(() => readGoJson('"\u0001"'), JsonProblem);
  assert.throws(() => readGoJson(""), /unexpected end of JSON input/);
  assert.equal(goJson(readGoJson('{"a":1} and more')), '{"a":1}');
});

it("numbers keep their characters, and of equal keys the last counts", () => {
  assert.equal(goJson(readGoJson("[12345678901234567890, 1.50, 1e6, -0]")), "[12345678901234567890,1.50,1e6,-0]");
  assert.equal(goJson(readGoJson('{"a":1,"a":{"b":2}}')), '{"a":{"b":2}}');
});

it("halves of characters, and bytes that are none, become U+FFFD", () => {
  assert.equal(readGoJson('"\\ud83d\\ude00"'), "\u{1f600}");
  assert.equal(readGoJson('"\\ud83dx\\ude00"'), "\ufffdx\ufffd");
  assert.equal(readGoJson('"\udcff"'), "\ufffd");
});

it("what is nested beyond measure is refused", () => {
  assert.throws(() => readGoJson("[".repeat(200_000)), /exceeded max depth/);
  const deep = `${'{"a":['.repeat(4999)}${"]}".repeat(4999)}`;
  assert.equal(goJson(readGoJson(deep)), deep);
});
