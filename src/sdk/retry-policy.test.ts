import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { retryAfter } from "./exchange.ts";
import { defaultRetryPolicy, endless, retryAfterMsMax, retryDelayMs } from "./retry-policy.ts";

const policy = { attemptsMax: 5, totalMsMax: 60_000, firstDelayMs: 100, delayMsMax: 1000 };
const failed = (members: object) => ({ number: 1, elapsedMs: 0, retryAfterMs: null, ...members });

describe("retryDelayMs", () => {
  it("doubles the wait up to its limit, and chance takes at most half of it", () => {
    for (const [number, whole] of [
      [1, 100],
      [2, 200],
      [3, 400],
      [4, 800],
    ] as const) {
      assert.equal(retryDelayMs(failed({ number }), policy, 0), whole / 2);
      assert.equal(retryDelayMs(failed({ number }), policy, 1), whole);
    }
    assert.equal(retryDelayMs(failed({ number: 400 }), endless(policy), 1), 1000);
  });

  it("gives up after the last attempt, or where the time would be up", () => {
    assert.notEqual(retryDelayMs(failed({ number: 4 }), policy, 0), null);
    assert.equal(retryDelayMs(failed({ number: 5 }), policy, 0), null);
    assert.equal(retryDelayMs(failed({ elapsedMs: 59_960 }), policy, 0), null);
    assert.equal(retryDelayMs(failed({ elapsedMs: 59_940 }), policy, 0), 50);
  });

  it("leaves a server alone for as long as it asks, and gives up where that is longer than the time", () => {
    assert.equal(retryDelayMs(failed({ retryAfterMs: 7000 }), policy, 0), 7000);
    assert.equal(retryDelayMs(failed({ retryAfterMs: 7000 }), policy, 1), 7100);
    assert.equal(retryDelayMs(failed({ retryAfterMs: 61_000 }), policy, 0), null);
    assert.equal(retryDelayMs(failed({ retryAfterMs: 86_400_000 }), endless(policy), 0), retryAfterMsMax);
  });

  it("does not hammer a server that asks for no pause at all", () => {
    assert.equal(retryDelayMs(failed({ number: 3, retryAfterMs: 0 }), policy, 0), 200);
  });

  it("ends by itself with the policy that holds where none is given", () => {
    let elapsedMs = 0;
    let number = 1;
    for (; number < 1000; number++) {
      const delayMs = retryDelayMs(failed({ number, elapsedMs }), defaultRetryPolicy, 0.5);
      if (delayMs === null) break;
      elapsedMs += delayMs;
    }
    assert.equal(number, defaultRetryPolicy.attemptsMax);
    assert.ok(elapsedMs < defaultRetryPolicy.totalMsMax);
  });
});

describe("retryAfter", () => {
  it("reads seconds and dates, and nothing else", () => {
    const nowMs = Date.UTC(2026, 0, 1, 12, 0, 0);
    assert.equal(retryAfter("3", nowMs), 3000);
    assert.equal(retryAfter("Thu, 01 Jan 2026 12:00:05 GMT", nowMs), 5000);
    assert.equal(retryAfter("Thu, 01 Jan 2026 11:00:00 GMT", nowMs), 0);
    assert.equal(retryAfter("soon", nowMs), null);
    assert.equal(retryAfter(null, nowMs), null);
  });
});
