import assert from "node:assert/strict";
import { it } from "node:test";
import { indentJson } from "./json-indent.ts";

it("breaks JSON into lines and leaves every value as it was written", () => {
  const text =
    '{"id":12345678901234567890,"price":1.10,"name":"a \\"b\\" {,:}\\u00e9","none":[],"of":{},"list":[1,{"a":null}]}';
  const lines = [
    "{",
    '  "id": 12345678901234567890,',
    '  "price": 1.10,',
    '  "name": "a \\"b\\" {,:}\\u00e9",',
    '  "none": [],',
    '  "of": {},',
    '  "list": [',
    "    1,",
    "    {",
    '      "a": null',
    "    }",
    "  ]",
    "}",
  ];
  assert.equal(indentJson(text), lines.join("\n"));
  assert.deepEqual(JSON.parse(indentJson(text) ?? ""), JSON.parse(text));
});

it("leaves what is not JSON alone", () => {
  for (const text of ["", "{", "a=1&b=2", "<a/>", '{"a":1} {"b":2}']) assert.equal(indentJson(text), null);
});
