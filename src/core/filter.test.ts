import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isTypePattern, typeFilter } from "./filter.ts";
import { limits } from "./limits.ts";

const takes = (pattern: string, type: string): boolean => typeFilter([pattern])(type);

test("without patterns every type is taken", () => {
  assert.ok(typeFilter([])("anything.at.all"));
});

test("a star alone takes every type", () => {
  assert.ok(takes("*", "order"));
  assert.ok(takes("*", "order.item.added"));
});

test("a pattern without a star takes that type only", () => {
  assert.ok(takes("order.paid", "order.paid"));
  for (const type of [
    "order",
    "order.paid.late",
    "order.pai",
    "order.paids",
    "Order.paid",
    "order-paid",
    "orderxpaid",
  ]) {
    assert.ok(!takes("order.paid", type), type);
  }
});

test("a star that is the last part stands for one or more parts", () => {
  assert.ok(takes("order.*", "order.paid"));
  assert.ok(takes("order.*", "order.item.added"));
  assert.ok(!takes("order.*", "order"));
  assert.ok(!takes("order.*", "orders.paid"));
  assert.ok(!takes("order.*", "reorder.paid"));
});

test("any other star stands for exactly one part", () => {
  assert.ok(takes("*.created", "order.created"));
  assert.ok(!takes("*.created", "created"));
  assert.ok(!takes("*.created", "order.item.created"));
  assert.ok(takes("order.*.added", "order.item.added"));
  assert.ok(!takes("order.*.added", "order.added"));
  assert.ok(!takes("order.*.added", "order.item.part.added"));
  assert.ok(takes("*.*", "a.b.c"));
  assert.ok(!takes("*.*", "a"));
});

test("characters that mean something in expressions mean themselves", () => {
  assert.ok(takes("a-z/b:c_d.*", "a-z/b:c_d.e"));
  assert.ok(!takes("a-z.*", "b.c"));
});

test("several patterns take what any of them takes", () => {
  const filter = typeFilter(["order.paid", "invoice.*", "*.deleted"]);
  for (const type of ["order.paid", "invoice.sent", "customer.deleted"]) assert.ok(filter(type), type);
  for (const type of ["order.sent", "invoice", "a.b.deleted"]) assert.ok(!filter(type), type);
});

test("a pattern is a type in which whole parts may be stars", () => {
  for (const pattern of ["*", "order.*", "*.created", "a.*.b", "*.*", "order.paid", "a/b:c_d-e"]) {
    assert.ok(isTypePattern(pattern), pattern);
  }
  for (const pattern of [
    "",
    ".",
    "order.",
    ".order",
    "a..b",
    "ord*",
    "**",
    "order.*x",
    "a b",
    "a\n",
    "order.**",
    "(a|b)",
    "ä",
  ]) {
    assert.ok(!isTypePattern(pattern), pattern);
  }
  assert.ok(isTypePattern("a".repeat(limits.eventTypeLength)));
  assert.ok(!isTypePattern("a".repeat(limits.eventTypeLength + 1)));
});

test("any pattern takes what a plain reading of the rule takes", () => {
  const part = fc.constantFrom("a", "b", "a-b");
  const patterns = fc.array(fc.oneof(part, fc.constant("*")), { minLength: 1, maxLength: 4 });
  const types = fc.array(part, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(patterns, types, (pattern, type) => {
      assert.ok(isTypePattern(pattern.join(".")));
      const isLongEnough = pattern.at(-1) === "*" ? type.length >= pattern.length : type.length === pattern.length;
      const expected = isLongEnough && pattern.every((wanted, index) => wanted === "*" || wanted === type[index]);
      assert.equal(takes(pattern.join("."), type.join(".")), expected);
    }),
    { numRuns: 1_000 },
  );
});
