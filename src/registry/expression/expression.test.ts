import assert from "node:assert/strict";
import { it } from "node:test";
import type { StoredEvent } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import { readExpression } from "./expression.ts";

const anEvent = (data: unknown, members: Partial<StoredEvent> = {}): StoredEvent => ({
  id: "evt_1",
  tenant: "default",
  type: "order.paid",
  subject: null,
  occurredAtMs: Date.UTC(2026, 0, 31, 12),
  acceptedAtMs: Date.UTC(2026, 0, 31, 12, 0, 5),
  version: null,
  request: null,
  position: 1,
  data: Buffer.from(typeof data === "string" ? data : JSON.stringify(data)),
  ...members,
});

const order = {
  amount: 5,
  total: 10.7,
  currency: "EUR",
  note: null,
  tags: ["new", "eu"],
  items: [{ sku: "x", count: 2 }, { sku: "y" }],
  customer: { name: "Ada", constructor: "x" },
};

const takes = (filter: string, data: unknown = order, members: Partial<StoredEvent> = {}) =>
  readExpression(filter)(anEvent(data, members));

const refusal = (filter: string) => {
  try {
    readExpression(filter);
  } catch (error) {
    const { code, message, extras } = error as { code: string; message: string; extras: object };
    return { code, message, extras };
  }
  return assert.fail(`${filter} was not refused`);
};

const ofOrder: [filter: string, isTaken: boolean][] = [
  ["data.amount > 100", false],
  ["data.amount == 5", true],
  ["data.amount == 5.0", true],
  ["5 == data.amount", true],
  ["data.amount != 5", false],
  ["data.amount in [4, 5]", true],
  ["data.amount < 5.5 && data.amount >= 5", true],
  ["data.total > 10.5", true],
  ["data.total > 10", true],
  ["data.total <= 10", false],
  ["data.total * 2 > 21", true],
  ["data.amount + 1 == 6", true],
  ["data.amount % 2 == 1", true],
  ["-data.amount < 0", true],
  ["int(data.total) == 10", true],
  ["double('1.5') == 1.5", true],
  ['string(data.amount) == "5"', true],
  ['data.currency == "EUR"', true],
  ['data.currency.startsWith("E") && data.currency.endsWith("R") && data.currency.contains("U")', true],
  ['data.currency.lowerAscii() == "eur"', true],
  ['data.currency.substring(1, 2) == "U"', true],
  ["data.note == null", true],
  ['"eu" in data.tags', true],
  ['"us" in data.tags', false],
  ['"amount" in data', true],
  ['data.tags == ["new", "eu"]', true],
  ['data.tags + ["x"] == ["new", "eu", "x"]', true],
  ['data["currency"] == "EUR"', true],
  ['data.items[0].sku == "x"', true],
  ['data.items[7].sku == "x"', false],
  ['data.items.exists(item, item.sku == "y")', true],
  ["data.items.exists(item, item.count == 2)", true],
  ["data.items.all(item, item.count == 2)", false],
  ["data.items.exists_one(item, item.sku == 'x')", true],
  ['data.items.map(item, item.sku) == ["x", "y"]', true],
  ['data.items.map(item, has(item.count), item.sku) == ["x"]', true],
  ["data.items.filter(item, has(item.count)).size() == 1", true],
  ["data.items.exists(a, data.items.exists(b, a.sku == 'x' && b.sku == 'y'))", true],
  ["size(data.items) == 2 && size(data.currency) == 3 && data.customer.size() == 2", true],
  ["has(data.total) && !has(data.missing)", true],
  ["has(data.missing.deeper)", false],
  ["data.missing == 1", false],
  ["data.missing != 1", false],
  ["data.missing == 1 || data.amount == 5", true],
  ["data.amount == 5 || data.missing == 1", true],
  ["data.missing == 1 && data.amount == 5", false],
  ["!(data.missing == 1 && data.amount == 4)", true],
  ["data.amount == 5 ? true : false", true],
  ['data.customer.constructor == "x" && data.customer.name == "Ada"', true],
  ['data.toString == "x" || data.__proto__ == null', false],
  ['data.amount > "x"', false],
  ["!data.amount", false],
  ["data.amount", false],
  ["data.amount / 0 > 1", true],
  ["1 / 0 == 1", false],
  ["9223372036854775807 + 1 > 0", false],
  ["true", true],
  ["false", false],
];

it("takes an event where its expression is true, and none where it has no value", () => {
  for (const [filter, isTaken] of ofOrder) assert.equal(takes(filter), isTaken, filter);
});

it("names every member of an event, and a member that is absent is empty text", () => {
  const members = { tenant: "acme", subject: "order-1", version: "2" };
  const all = 'id == "evt_1" && tenant == "acme" && type == "order.paid" && subject == "order-1" && version == "2"';
  assert.equal(takes(all, {}, members), true);
  assert.equal(takes('subject == "" && version == ""', {}), true);
  assert.equal(takes('occurred_at > timestamp("2026-01-31T11:59:59Z")', {}), true);
  assert.equal(takes('occurred_at == timestamp("2026-01-31T13:00:00+01:00")', {}), true);
  assert.equal(takes('accepted_at - occurred_at == duration("5s")', {}), true);
  assert.equal(takes('accepted_at < occurred_at + duration("1m30s")', {}), true);
  assert.equal(takes("occurred_at.getFullYear() == 2026 && occurred_at.getHours() == 12", {}), true);
  assert.equal(takes('data.exists(type, type == "a") && type == "order.paid"', { a: 1 }), true);
});

it("numbers of JSON beyond what a double holds are exact", () => {
  const data = '{"id":9007199254740993,"price":0.1234567890123456789}';
  assert.equal(takes("data.id == 9007199254740993", data), true);
  assert.equal(takes("data.id == 9007199254740992", data), false);
  assert.equal(takes("data.id > 9007199254740992 && data.price < 1", data), true);
});

it("what cannot be used is refused with line and column", () => {
  const cases: [filter: string, message: RegExp][] = [
    ["data.amount >", /^Line 1, column 14: Unexpected token: EOF\.$/],
    ["data.amount\n  == !", /^Line 2, column 7: /],
    ["data.a == 1 &&\n  amount > 1", /^Line 2, column 3: .*`amount`.* id, tenant, type, subject/],
    ["'abc", /^Line 1, column 1: Unterminated string/],
    ["id == 1", /^Line 1, column 1: no such overload: string == int/],
    ["size(data.items)", /true or false, not of type int/],
    ['"yes"', /true or false, not of type string/],
    [" ", /^Line 1, column 2: /],
    ['data.name.matches("(a+)+$")', /^Line 1, column 1: .*no function `matches`/],
    ["data.name.lastIndexOf('a') == 1", /no function `lastIndexOf`/],
    ["cel.bind(a, data.x, a == a)", /no function `bind`|no variable `cel`/],
    ["type(data.x) == int", /no function `type`|no variable `int`/],
    ["data.x.constructor() == 1", /no function `constructor`/],
    ["toString(data.x) == 1", /no function `toString`/],
    ['b"abc" == data.x', /Bytes/],
    ["has(data)", /`has` asks for a member|has\(\) invalid/],
    ["data.items.exists(1, true)", /invalid predicate iteration variable|name of a variable/],
  ];
  for (const [filter, message] of cases) {
    const refused = refusal(filter);
    assert.equal(refused.code, "filter-invalid", filter);
    assert.deepEqual(refused.extras, { field: "filter" });
    assert.match(refused.message, message, filter);
  }
});

it("a filter is as long, as large and as deep as the limits say, and no more", () => {
  const long = `data.a == "${"x".repeat(limits.filterLength)}"`;
  assert.match(refusal(long).message, /characters/);
  const terms = (count: number) => Array.from({ length: count }, () => "1==1").join("||");
  assert.equal(readExpression(terms(100))(anEvent({})), true);
  assert.match(refusal(terms(200)).message, /maxAstNodes/);
  assert.match(refusal(`${"(".repeat(100)}true${")".repeat(100)}`).message, /maxDepth/);
});

/** As large as data may be, and shaped to make each walk as long as it can be. */
const worst = {
  list: Array.from({ length: 40_000 }, () => 1),
  other: Array.from({ length: 40_000 }, (_, index) => (index === 39_999 ? 2 : 1)),
  text: "a".repeat(40_000),
  needle: `b${"a".repeat(20_000)}`,
};

const costly = [
  "data.list.exists(a, data.list.exists(b, a + b == 3))",
  "data.list.all(a, data.list.all(b, data.list.all(c, a == c)))",
  "data.list.exists(a, a + 5 in data.list)",
  "data.list.map(a, data.list).size() == data.list.map(a, data.other).map(b, b + b + b).size()",
  "data.list.map(a, data.list) == data.list.map(a, data.other)",
  "data.list.exists(a, data.list == data.other)",
  "data.list.exists(a, data.text.contains(data.needle))",
  "data.list.exists(a, size(data.text) == 1)",
  "data.list.exists(a, data.text.lowerAscii() == 'b')",
  "data.list.exists(a, data.text + data.needle == data.needle + data.text)",
  "data.list.exists(a, data.missing == 1 || data.list.exists(b, b == 2)) || data.list.all(a, a in data.other && false)",
  `${"data.list + ".repeat(60)}data.list == data.other`,
  `data.list.exists(a, ${"data.text.contains(data.needle) || ".repeat(30)} false)`,
];

it("no filter can stall the process, whatever the data", () => {
  const event = anEvent(worst);
  assert.ok(event.data.length < limits.eventDataBytes);
  readExpression("data.list[0] == 1")(event);
  for (const filter of costly) {
    const expression = readExpression(filter);
    const startedMs = performance.now();
    expression(event);
    const tookMs = performance.now() - startedMs;
    assert.ok(tookMs < 250, `${filter} took ${tookMs} ms`);
  }
});

it("what costs more than it may takes nothing, whoever else would make up for it", () => {
  assert.equal(takes("data.list.exists(a, data.list.exists(b, a + b == 3)) || true", worst), false);
  assert.equal(takes("true || data.list.exists(a, data.list.exists(b, a + b == 3))", worst), true);
  assert.equal(takes("data.list.exists(a, a == 2) || true", worst), true, "one walk over all data is within its means");
});

it("an expression that does not look at data never has it parsed", () => {
  const data = new Proxy(Buffer.from("{}"), {
    get: (target, name) => (name === "length" ? target.length : assert.fail(`the data was looked at: ${String(name)}`)),
  });
  assert.equal(readExpression('type == "order.paid"')({ ...anEvent({}), data }), true);
});

it("a filter that meets what JavaScript has no answer for takes nothing, and throws nothing", () => {
  const hostile = { toString: 1, valueOf: 2, __proto__: null, x: { toString: null } };
  const filters = [
    '(occurred_at + duration("99999999999999h")).getFullYear() > 0',
    '(occurred_at - duration("99999999999999h")).getFullYear() > 0',
    'string(dyn(occurred_at + duration("99999999999999h"))) != ""',
    'int(dyn(occurred_at + duration("99999999999999h"))) != 0',
    "{data: 1} == {data: 1}",
    "{data.x: 1} == {data.x: 1}",
    "{null: 1} == {null: 1}",
    'string(data) != ""',
  ];
  for (const filter of filters) {
    let isTaken = false;
    try {
      isTaken = takes(filter, hostile);
    } catch (error) {
      // What is refused when it is read takes nothing either.
      assert.equal((error as { code: string }).code, "filter-invalid", filter);
    }
    assert.equal(isTaken, false, filter);
  }
});

it("a filter that the checker of types stumbles over is refused, not an error of the server", () => {
  for (const filter of ["[][0] > 1", "{}[subject] > 1", "1 < {}[id]"]) {
    assert.equal(refusal(filter).code, "filter-invalid", filter);
  }
});
