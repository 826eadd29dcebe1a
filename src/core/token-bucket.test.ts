import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RateLimit } from "./endpoint-pace.ts";
import { limits } from "./limits.ts";
import { changeLimit, fullBucket, isFull, takeToken, tokenAtMs } from "./token-bucket.ts";

const rateLimits = fc.record({
  perSecond: fc.double({ min: limits.ratePerSecondMin, max: limits.ratePerSecondMax, noNaN: true }),
  burst: fc.integer({ min: 1, max: 1000 }),
});

/** Takes a token as soon as there is one, `lateMs` after it is there, and says when each was taken. */
function takeAll(limit: RateLimit, how: { count: number; lateMs: (index: number) => number }): number[] {
  const bucket = fullBucket(limit, 0);
  const taken: number[] = [];
  let nowMs = 0;
  while (taken.length < how.count) {
    const atMs = tokenAtMs(bucket, nowMs);
    if (atMs > nowMs) {
      nowMs = atMs + how.lateMs(taken.length);
      continue;
    }
    takeToken(bucket, nowMs);
    taken.push(nowMs);
  }
  return taken;
}

test("the burst goes at once, and then one at a time", () => {
  const taken = takeAll({ perSecond: 2, burst: 3 }, { count: 6, lateMs: () => 0 });
  assert.deepEqual(taken, [0, 0, 0, 500, 1000, 1500]);
});

test("in no time do more go than the burst and what the rate gives for that time", () => {
  const waits = fc.array(fc.nat({ max: 5000 }), { minLength: 2, maxLength: 300 });
  fc.assert(
    fc.property(rateLimits, waits, (limit, all) => {
      const bucket = fullBucket(limit, 0);
      const taken: number[] = [];
      let nowMs = 0;
      for (const waitMs of all) {
        nowMs += waitMs;
        for (let tries = 0; tries < 20 && tokenAtMs(bucket, nowMs) === nowMs; tries++) {
          takeToken(bucket, nowMs);
          taken.push(nowMs);
        }
      }
      for (let from = 0; from < taken.length; from++) {
        for (let to = from; to < taken.length; to++) {
          const most = limit.burst + ((taken[to]! - taken[from]!) * limit.perSecond) / 1000;
          assert.ok(to - from + 1 <= most + 0.001, `${to - from + 1} > ${most}`);
        }
      }
    }),
  );
});

test("a wait ends with a token, and is not longer than it takes one to come", () => {
  fc.assert(
    fc.property(rateLimits, fc.nat({ max: 50 }), (limit, taken) => {
      const bucket = fullBucket(limit, 0);
      for (let count = 0; count < limit.burst + taken; count++) takeToken(bucket, 0);
      const atMs = tokenAtMs(bucket, 0);
      assert.ok(atMs > 0);
      assert.ok(atMs <= Math.ceil(((taken + 1) * 1000) / limit.perSecond));
      assert.equal(tokenAtMs(bucket, atMs), atMs, "the token is there then");
    }),
  );
});

test("over hours and a million attempts a rate does not drift, however late each is", () => {
  for (const [perSecond, burst] of [
    [7, 2],
    [1000 / 3, 34],
    [0.3, 2],
  ] as const) {
    const count = Math.min(1_000_000, perSecond * 36_000);
    const taken = takeAll({ perSecond, burst }, { count, lateMs: (index) => (index * 7) % 5 });
    const expectedMs = ((taken.length - burst) * 1000) / perSecond;
    const driftMs = taken.at(-1)! - expectedMs;
    assert.ok(driftMs >= -1 && driftMs < 10, `${driftMs} ms after ${expectedMs}`);
  }
});

test("a pause of any length gives no more than the burst", () => {
  const bucket = fullBucket({ perSecond: 10, burst: 5 }, 0);
  for (let count = 0; count < 5; count++) takeToken(bucket, 0);
  let taken = 0;
  for (; tokenAtMs(bucket, 1e9) === 1e9; taken++) takeToken(bucket, 1e9);
  assert.equal(taken, 5);
});

test("time that goes back gives nothing, and takes nothing", () => {
  const bucket = fullBucket({ perSecond: 1, burst: 1 }, 10_000);
  takeToken(bucket, 10_000);
  assert.equal(tokenAtMs(bucket, 5000), 6000);
  assert.equal(tokenAtMs(bucket, 11_000), 11_000);
});

test("another rate holds at once, and gives no new burst", () => {
  const bucket = fullBucket({ perSecond: 1, burst: 10 }, 0);
  for (let count = 0; count < 10; count++) takeToken(bucket, 0);
  changeLimit(bucket, { perSecond: 100, burst: 50 }, 0);
  assert.equal(tokenAtMs(bucket, 0), 10);
  changeLimit(bucket, { perSecond: 100, burst: 1 }, 5000);
  takeToken(bucket, 5000);
  assert.equal(tokenAtMs(bucket, 5000), 5010);
});

test("it is as good as new once everything has come back", () => {
  const bucket = fullBucket({ perSecond: 1, burst: 2 }, 0);
  takeToken(bucket, 0);
  assert.deepEqual([isFull(bucket, 999), isFull(bucket, 1000)], [false, true]);
});
