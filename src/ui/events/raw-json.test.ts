import assert from "node:assert/strict";
import { it } from "node:test";
import { indented, rawMember } from "./raw-json.ts";

const data = '{ "n" : 12345678901234567890, "e":1.50e2,"s":"a\\u00e9 \\"}{,:\\\\", "l":[ ], "o":{}, "d":[[1]] }';

it("the text of a member is as it was written", () => {
  const json = `{"id":"evt_1","data":${data},"deliveries":[{"data":"not this"}]}`;
  assert.equal(rawMember(json, "data"), data);
  assert.equal(rawMember(json, "id"), '"evt_1"');
  assert.equal(rawMember(json, "n"), null);
  assert.equal(rawMember('{"a":"data","data":null}', "data"), "null");
  assert.equal(rawMember('{"data":1,"data":2}', "data"), "2");
});

it("on lines of its own each member keeps its digits and escapes", () => {
  const lines = indented(data).split("\n");
  assert.deepEqual(lines, [
    "{",
    '  "n": 12345678901234567890,',
    '  "e": 1.50e2,',
    '  "s": "a\\u00e9 \\"}{,:\\\\",',
    '  "l": [],',
    '  "o": {},',
    '  "d": [',
    "    [",
    "      1",
    "    ]",
    "  ]",
    "}",
  ]);
  assert.deepEqual(JSON.parse(indented(data)), JSON.parse(data));
});

it("what is nested deeply does not become as wide", () => {
  const depth = 5000;
  const text = indented("[".repeat(depth) + "]".repeat(depth));
  assert.ok(text.length < depth * 200);
});
