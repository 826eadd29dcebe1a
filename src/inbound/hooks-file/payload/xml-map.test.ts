import assert from "node:assert/strict";
import { it } from "node:test";
import { goJson } from "../go-value.ts";
import { readXmlMap } from "./xml-map.ts";
import { XmlProblem } from "./xml-tokens.ts";

const read = (text: string | Uint8Array): string =>
  goJson(readXmlMap(typeof text === "string" ? new TextEncoder().encode(text) : text));

it("attributes, text and elements become a map", () => {
  assert.equal(read("<a/>"), '{"a":""}');
  assert.equal(read("<a> text </a>"), '{"a":"text"}');
  assert.equal(read('<a id="1"/>'), '{"a":{"-id":"1"}}');
  assert.equal(read('<a id="1">text</a>'), '{"a":{"#text":"text","-id":"1"}}');
  assert.equal(read("<a><b>1</b><b>2</b><c/></a>"), '{"a":{"b":["1","2"],"c":""}}');
  assert.equal(read('<n:a xmlns:n="u" n:x="1"><n:b/></n:a>'), '{"a":{"-n":"u","-x":"1","b":""}}');
});

it("text before the first child stands for all of the element", () => {
  assert.equal(read("<a>text<b>1</b></a>"), '{"a":"text"}');
  assert.equal(read("<a><b>1</b>text</a>"), '{"a":{"#text":"text","b":"1"}}');
});

it("entities, sections, comments, instructions and document types are read or passed over", () => {
  assert.equal(read("<a>&lt;&#65;&#x42;&amp;&quot;</a>"), '{"a":"\\u003cAB\\u0026\\""}');
  assert.equal(read("<a><![CDATA[<b>&amp;]]></a>"), '{"a":"\\u003cb\\u003e\\u0026amp;"}');
  assert.equal(
    read('<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE a [<!ENTITY x "y>">]><!-- c --><a>1</a> rest'),
    '{"a":"1"}',
  );
  assert.equal(read("<a>1\r\n2\r3</a>"), '{"a":"1\\n2\\n3"}');
});

it("what Go's decoder refuses is refused", () => {
  for (const text of [
    "",
    "text",
    "<a>",
    "<a></b>",
    "<a><b></a></b>",
    "<a x=1/>",
    "<a x/>",
    '<a x="<"/>',
    "<a>&nbsp;</a>",
    "<a>&amp</a>",
    "<a>]]></a>",
    "<a>\u0001</a>",
    "<a>&#0;</a>",
    "<1a/>",
    "<a><!-- -- --></a>",
    '<?xml version="1.1"?><a/>',
    '<?xml version="1.0" encoding="latin1"?><a/>',
    "<!DOCTYPE a",
  ]) {
    assert.throws(() => read(text), XmlProblem, text);
  }
  assert.throws(() => read(Uint8Array.of(0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e)), XmlProblem);
});

it("entities of a document type are not believed, and depth costs no stack", () => {
  assert.throws(() => read('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'), XmlProblem);
  const depth = 100_000;
  const map = readXmlMap(new TextEncoder().encode("<a>".repeat(depth) + "</a>".repeat(depth)));
  assert.equal(goJson(map).length, depth * 6 + 2);
});

it("a long text costs what a short one does, a character at a time", () => {
  const spaces = " ".repeat(2_000_000);
  assert.equal(read(`<a>${spaces}x${spaces}x</a>`), JSON.stringify({ a: `x${spaces}x` }));
  assert.throws(() => read(`<${"a".repeat(2_000_000)}`), XmlProblem);
});
