import assert from "node:assert/strict";
import { test } from "node:test";
import { isLoose, keyOfSubject, lineKey, looseKey, noKey, orderKey, strictKey, unknownKey } from "./lane-key.ts";

test("everything of a strict lane has one key, whatever its subject", () => {
  assert.equal(orderKey("strict", null), strictKey);
  assert.equal(orderKey("strict", "a"), strictKey);
});

test("an event without a subject has no key, nor has any where nothing is ordered", () => {
  assert.equal(orderKey("key", null), noKey);
  assert.equal(orderKey("none", "a"), noKey);
});

test("the key of a subject is stored, and so never changes", () => {
  const known = { a: 751417857978805, "order-1": 2121338336598686, ü: 4500997011717331 };
  for (const [subject, key] of Object.entries(known)) assert.equal(keyOfSubject(subject), key);
});

test("keys of subjects are whole numbers beyond those that stand for something else, and rarely the same", () => {
  const keys = Array.from({ length: 200_000 }, (_, number) => keyOfSubject(`order_${number}`));
  for (const key of keys) assert.ok(Number.isSafeInteger(key) && key > strictKey);
  assert.equal(new Set(keys).size, keys.length);
});

test("subjects that differ in one bit, or in the order of their letters, have other keys", () => {
  const subjects = ["ab", "ba", "aa", "a", "b", "aab", "aba", "\u0000a", "a\u0000", "a ", " a"];
  assert.equal(new Set(subjects.map(keyOfSubject)).size, subjects.length);
});

test("a delivery that lost its place still belongs to the line of its key", () => {
  for (const key of [strictKey, keyOfSubject("a")]) {
    assert.ok(isLoose(looseKey(key)));
    assert.equal(lineKey(looseKey(key)), key);
    assert.equal(lineKey(key), key);
  }
  for (const key of [unknownKey, noKey, strictKey]) assert.ok(!isLoose(key));
});
