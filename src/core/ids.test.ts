import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { attemptId, attemptSequence, makeId } from "./ids.ts";

const randomBytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
const times = fc.nat({ max: 2 ** 48 - 1 });

test("an id has its prefix and 26 characters that are hard to mistake", () => {
  fc.assert(
    fc.property(times, randomBytes, (nowMs, bytes) => {
      assert.match(makeId("evt", nowMs, bytes), /^evt_[0-9abcdefghjkmnpqrstvwxyz]{26}$/);
    }),
  );
});

test("ids made later sort later", () => {
  fc.assert(
    fc.property(times, times, randomBytes, randomBytes, (one, other, oneBytes, otherBytes) => {
      fc.pre(one < other);
      assert.ok(makeId("ep", one, oneBytes) < makeId("ep", other, otherBytes));
    }),
  );
});

test("every one of the 80 random bits counts", () => {
  const of = (bytes: Uint8Array) => makeId("evt", 0, bytes);
  const plain = of(new Uint8Array(16));
  const ids = new Set([plain]);
  for (let index = 0; index < 16; index++) {
    for (let bit = 0; bit < 5; bit++) ids.add(of(new Uint8Array(16).fill(1 << bit, index, index + 1)));
  }
  assert.equal(ids.size, 1 + 80);
});

test("its layout is a ULID's", () => {
  // The time of the ULID specification's example, 01ARYZ6S41.
  assert.equal(makeId("req", 1_469_918_176_385, new Uint8Array(16)), `req_01aryz6s41${"0".repeat(16)}`);
});

test("an attempt's id is its number, and sorts as it", () => {
  const sequences = fc.nat({ max: Number.MAX_SAFE_INTEGER });
  fc.assert(
    fc.property(sequences, sequences, (one, other) => {
      assert.equal(attemptSequence(attemptId(one)), one);
      assert.equal(Math.sign(one - other), attemptId(one) < attemptId(other) ? -1 : one === other ? 0 : 1);
    }),
  );
});

test("what is not an attempt's id has no number", () => {
  const good = attemptId(42);
  for (const text of [
    "",
    "att_",
    good.slice(0, -1),
    `${good}0`,
    good.toUpperCase(),
    good.replace("att", "evt"),
    ` ${good}`,
    "att_000000000000i",
    "att_zzzzzzzzzzzzz",
  ]) {
    assert.equal(attemptSequence(text), null, text);
  }
});
