import assert from "node:assert/strict";
import { it } from "node:test";
import { jsonOf, memberJson, parseRemembering } from "./raw-json.ts";

const event = '{ "id":"a","data":{"n":12345678901234567890, "2":"\\u00e9","1":1.10} }';
const page = `{"data":[${event} , ${event.replace('"a"', '"b"')}],"next_cursor":"c","has_more":false}`;
const text = (value: object) => Buffer.from(jsonOf(value)).toString();

it("items of a page, and what is no page, keep the text that they came in", () => {
  const parsed = parseRemembering(page) as { data: { id: string }[]; next_cursor: string };
  assert.deepEqual(parsed, JSON.parse(page));
  const [first, second] = parsed.data;
  assert.equal(text(first as object), event);
  assert.equal(text(second as object), event.replace('"a"', '"b"'));
  assert.equal(text(parseRemembering(event) as object), event);
  assert.equal(text({ made: "here" }), '{"made":"here"}');
});

it("a member can be shown as it came, cut where it is long", () => {
  const parsed = parseRemembering(event) as object;
  assert.equal(memberJson(parsed, "data", 100), '{"n":12345678901234567890, "2":"\\u00e9","1":1.10}');
  assert.equal(memberJson(parsed, "data", 5), '{"n":');
  assert.equal(memberJson(parsed, "gone", 5), "");
  assert.equal(memberJson({ data: [1] }, "data", 5), "[1]");
});

it("of two members of one name, the last counts, as for JavaScript", () => {
  const twice = '{"data":[{"id":"a"}],"data":[{"id":"b"}]}';
  const parsed = parseRemembering(twice) as { data: { id: string }[] };
  assert.equal(parsed.data[0]?.id, "b");
  assert.equal(text(parsed.data[0] as object), '{"id":"b"}');
});

it("texts that are no objects, and broken ones, are as for JSON.parse", () => {
  assert.equal(parseRemembering("1"), 1);
  assert.equal(parseRemembering("null"), null);
  assert.deepEqual(parseRemembering('{"data":[1,"a",null]}'), { data: [1, "a", null] });
  assert.deepEqual(parseRemembering("[]"), []);
  assert.throws(() => parseRemembering("{"), SyntaxError);
});
