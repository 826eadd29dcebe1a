import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { readJsonObject } from "./json-body.ts";

const read = (text: string) => readJsonObject(Buffer.from(text));

it("reads what JSON.parse reads", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), (value) => {
      const text = JSON.stringify(value);
      assert.deepEqual(read(text), JSON.parse(text));
    }),
  );
});

it("whatever the bytes, it answers an object, nothing, or an error of the catalogue", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.string().map((text) => Buffer.from(`{${text}}`)),
      ),
      (bytes) => {
        try {
          const value = readJsonObject(bytes);
          assert.ok(value === undefined || (typeof value === "object" && !Array.isArray(value)));
        } catch (error) {
          assert.match((error as { code: string }).code, /^(invalid-(json|utf8|body)|duplicate-field)$/);
        }
      },
    ),
  );
});

it("members twice are found however they are written, at any depth", () => {
  const cases: [text: string, field: string][] = [
    ['{"a":1,"a":1}', "/a"],
    ['{"a":1,"\\u0061":2}', "/a"],
    ['{"x":{"a/b":1,"a/b":2}}', "/x/a~1b"],
    ['{"":1,"":2}', "/"],
  ];
  for (const [text, field] of cases) {
    assert.throws(() => read(text), { code: "duplicate-field", extras: { field } }, text);
  }
  assert.deepEqual(read('{"a":{"a":{"a":1}}}'), { a: { a: { a: 1 } } });
});

it("the place where JSON stops is named", () => {
  assert.throws(() => read('{"a":1,}'), { code: "invalid-json", message: /at byte 7\.$/ });
  assert.throws(() => read('{"a":1} {'), { code: "invalid-json", message: /at byte 8\.$/ });
  assert.throws(() => read("nope"), { code: "invalid-json" });
});
