import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTemplate, placeholdersOf } from "./signature-template.ts";

const { content, template, header } = placeholdersOf;

test("a template is its texts and placeholders, in order", () => {
  assert.deepEqual(parseTemplate("t={timestamp},v1={signature}", template), [
    { text: "t=" },
    { placeholder: "timestamp" },
    { text: ",v1=" },
    { placeholder: "signature" },
  ]);
  assert.deepEqual(parseTemplate("{body}", content), [{ placeholder: "body" }]);
  assert.deepEqual(parseTemplate("v0:\n", content), [{ text: "v0:\n" }]);
  assert.deepEqual(parseTemplate("", header), []);
});

test("a brace that is meant stands twice", () => {
  assert.deepEqual(parseTemplate("{{{id}}}", header), [{ text: "{" }, { placeholder: "id" }, { text: "}" }]);
  assert.deepEqual(parseTemplate("{{id}}", header), [{ text: "{id}" }]);
});

test("a brace without its partner, and what no template knows, are said", () => {
  for (const wrong of ["{", "}", "a{b", "{id", "id}", "{id}}", "{{id}"]) {
    assert.match(String(parseTemplate(wrong, content)), /brace/, wrong);
  }
  for (const wrong of ["{}", "{Body}", "{ id }", "{data}", "{signature}", "{id\n}"]) {
    assert.match(String(parseTemplate(wrong, content)), /knows no/, wrong);
  }
  assert.match(String(parseTemplate("{body}", template)), /it takes \{id\}.*\{signature\}/);
  assert.match(String(parseTemplate("{signature}", header)), /knows no/);
});
