import assert from "node:assert/strict";
import { it } from "node:test";
import { arrayText, readArray } from "./array-values.ts";

it("writes arrays as PostgreSQL reads them", () => {
  assert.equal(arrayText([1, -2.5, null]), "{1,-2.5,NULL}");
  assert.equal(arrayText([true, false]), "{true,false}");
  assert.equal(arrayText(['a"b', "c\\d", "", "NULL", "{,}"]), '{"a\\"b","c\\\\d","","NULL","{,}"}');
  assert.equal(arrayText([new Uint8Array([0, 255])]), '{"\\\\x00ff"}');
  assert.equal(arrayText([]), "{}");
});

it("reads what it wrote", () => {
  const texts = ['a"b', "c\\d", "", "NULL", "{,}", "two\nlines", "é€😀"];
  assert.deepEqual(
    readArray(arrayText(texts), (text) => text),
    texts,
  );
  assert.deepEqual(readArray("{1,NULL,3}", Number), [1, null, 3]);
  assert.deepEqual(readArray("{}", Number), []);
});
