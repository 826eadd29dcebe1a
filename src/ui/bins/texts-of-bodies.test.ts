import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { diffLines } from "./diff-lines.ts";
import { formatJson } from "./format-json.ts";
import { formatXml } from "./format-xml.ts";

describe("JSON that is shown", () => {
  it("is laid out as any is, and keeps every digit and escape", () => {
    const text = '{ "a":[1,{"b" : "x\\"{,}"}],"c":{},"d":[ ],"e":12345678901234567890.10e+2,"f":"\\u00e9"}';
    assert.equal(
      formatJson(text),
      '{\n  "a": [\n    1,\n    {\n      "b": "x\\"{,}"\n    }\n  ],\n  "c": {},\n  "d": [],\n' +
        '  "e": 12345678901234567890.10e+2,\n  "f": "\\u00e9"\n}',
    );
    const value = { a: [1, [2, [null, true]]], b: "x: y, z" };
    assert.equal(formatJson(JSON.stringify(value)), JSON.stringify(value, null, 2));
  });

  it("goes as far as it goes where it was cut off, and ends where it is none", () => {
    assert.equal(formatJson('{"a":[1,"b\\'), '{\n  "a": [\n    1,\n    "b\\');
    assert.equal(formatJson("]]]}}} x"), "\n]\n]\n]\n}\n}\n}x");
    assert.ok(formatJson("[".repeat(10_000)).length < 1_000_000);
  });
});

describe("XML that is shown", () => {
  it("has a line for each tag, and text beside its own", () => {
    assert.equal(
      formatXml("<?xml version='1.0'?><a x='1'><b>t</b><c/><d><e>1</e></d></a>"),
      "<?xml version='1.0'?>\n<a x='1'>\n  <b>t</b>\n  <c/>\n  <d>\n    <e>1</e>\n  </d>\n</a>",
    );
    assert.equal(formatXml("<a><b"), "<a>\n  <b");
  });
});

describe("what differs between two texts", () => {
  it("is the lines that only one of them has", () => {
    const shown = diffLines(["a", "b", "c", "e"], ["a", "c", "d", "e"]).map(({ side, text }) => `${side} ${text}`);
    assert.deepEqual(shown, ["both a", "left b", "both c", "right d", "both e"]);
    assert.deepEqual(diffLines([], []), []);
    assert.deepEqual(diffLines(["x"], ["x"]), [{ side: "both", text: "x" }]);
    const many = Array.from({ length: 2000 }, (_, index) => `l${index}`);
    assert.equal(
      diffLines(
        many,
        many.map((line) => `${line}!`),
      ).length,
      4000,
    );
  });
});
