import assert from "node:assert/strict";
import { test } from "node:test";
import { elementBytes, memberBytes } from "./json-text.ts";

const member = (text: string, name: string) => memberBytes(Buffer.from(text), name)?.toString("utf8");
const elements = (text: string) => elementBytes(Buffer.from(text)).map((element) => element.toString("utf8"));

test("a member's value comes with its bytes as they are", () => {
  assert.equal(
    member('{"id":"a","data":{ "n" : 1.0,\n "s":"\\u00e9}]\\"" }}', "data"),
    '{ "n" : 1.0,\n "s":"\\u00e9}]\\"" }',
  );
  assert.equal(member('{"data":-1e3}', "data"), "-1e3");
  assert.equal(member('{ "x":[1,"]"] , "data" : "é" }', "data"), '"é"');
});

test("a member of an inner object, or a string of the same text, is not taken for it", () => {
  assert.equal(member('{"a":{"data":1},"b":"data","data":2}', "data"), "2");
  assert.equal(member('{"a":{"data":1}}', "data"), undefined);
  assert.equal(member("{}", "data"), undefined);
});

test("the elements of an array come one by one", () => {
  assert.deepEqual(elements('[ {"a":[1,2]} ,"x,]", 3, null]'), ['{"a":[1,2]}', '"x,]"', "3", "null"]);
  assert.deepEqual(elements("[ ]"), []);
});
