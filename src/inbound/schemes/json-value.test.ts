import assert from "node:assert/strict";
import { test } from "node:test";
import { JsonBody, jsonValue } from "./json-value.ts";

const valueAt = (text: string, path: string): string | null => jsonValue(Buffer.from(text), path.split("."));

test("values are found along a path, through objects and arrays", () => {
  const text = ' {"a":{"b":[{"c":"x"},{"c":"y"}]},"n":7,"t":true,"z":null,"o":{},"":"empty","s":"null"} ';
  assert.equal(valueAt(text, "a.b.1.c"), "y");
  assert.equal(valueAt(text, "n"), "7");
  assert.equal(valueAt(text, "t"), "true");
  assert.equal(valueAt(text, "s"), "null");
  for (const none of ["z", "o", "a", "a.b", "a.b.2.c", "a.b.x", "missing", "n.x", "a.b.-1.c"]) {
    assert.equal(valueAt(text, none), null, none);
  }
});

test("numbers keep their digits, and texts lose their escapes", () => {
  assert.equal(valueAt('{"id":12345678901234567890}', "id"), "12345678901234567890");
  assert.equal(valueAt('{"id":1.0e2}', "id"), "1.0e2");
  assert.equal(valueAt('{"\\u0069d":"\\u00e9\\n"}', "id"), "é\n");
});

test("a name is found whole, however it is written, and among names that begin as it does", () => {
  const text = '{"i":"1","idx":"2","\\u0069\\u0064x":"3","i\\u0064":"4","":"5"}';
  assert.equal(valueAt(text, "id"), JSON.parse(text).id);
  assert.equal(valueAt(text, "idx"), "3");
  assert.equal(valueAt(text, "i"), "1");
  assert.equal(valueAt('{"\\ud83d\\ude00":"a","😀x":"b"}', "😀"), "a");
  assert.equal(valueAt('{"ids":"a"}', "id"), null);
});

test("of a name that stands twice the last counts, as it does for JSON.parse", () => {
  const text = '{"id":"first","id":"last"}';
  assert.equal(valueAt(text, "id"), JSON.parse(text).id);
});

test("what is not JSON, or not UTF-8, has no values", () => {
  for (const text of ["", "id", "{", '{"id":', '{"id":"a}', "\ufeff{}", "[1,]"]) {
    assert.equal(valueAt(text, "id"), null, text);
  }
  assert.equal(jsonValue(Buffer.from([...Buffer.from('{"id":"'), 0xff, ...Buffer.from('"}')]), ["id"]), null);
});

test("a body that is nested very deep is no trouble", () => {
  const deep = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)},"id":"x"}`;
  assert.equal(valueAt(deep, "id"), null);
});

test("names of members come in their order; of what is no object there are none", () => {
  assert.deepEqual(new JsonBody(Buffer.from('{"update_id":1,"message":{}}')).names(), ["update_id", "message"]);
  assert.deepEqual(new JsonBody(Buffer.from("[1]")).names(), []);
  assert.deepEqual(new JsonBody(Buffer.from("")).names(), []);
});

test("texts of members are read at once; what is no text is told from what is missing", () => {
  const read = (text: string) => new JsonBody(Buffer.from(text)).texts(["a", "b", "c"]);
  const text = ' {"a":"x","z":{"a":"inner"},"b":7,"c":null,"\\u0061":"\\u00e9\\n"} ';
  assert.deepEqual([...(read(text) ?? [])], [["a", "é\n"], ["b", null]]); // biome-ignore format: pairs
  assert.deepEqual([...(read('{"a":"x","a":null,"b":{},"c":"null"}') ?? [])], [["b", null], ["c", "null"]]); // biome-ignore format: pairs
  for (const none of ["", "[]", '"a"', '{"a":"x"', '{"a":"x"}x', '{"a":"x"}{}', "\ufeff{}"]) {
    assert.equal(read(none), null, none);
  }
  assert.equal(new JsonBody(Buffer.from('{"a":"x","z":"\xff"}', "latin1")).texts(["a"]), null);
});

test("texts of an array's items are read at once, and of no more items than are allowed", () => {
  const read = (text: string) =>
    new JsonBody(Buffer.from(text)).textsOfItems("v", ["a"], 2)?.map((texts) => texts.get("a"));
  assert.deepEqual(read('{"x":[{"a":"no"}],"v":[{"a":"1"},{"b":{"a":"no"}}]}'), ["1", undefined]);
  assert.deepEqual(read('{"v":[{"a":"1"}],"v":[{"a":"2"}]}'), ["2"]);
  assert.deepEqual(read("{}"), []);
  for (const none of ['{"v":[{},{},{}]}', '{"v":["x"]}', '{"v":{}}', '{"v":[{}]', '{"v":[]}x']) {
    assert.equal(read(none), undefined, none);
  }
});
