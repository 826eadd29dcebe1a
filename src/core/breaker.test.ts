import assert from "node:assert/strict";
import { test } from "node:test";
import { type Breaker, breakerFailed, breakerRule, breakerSucceeded, closedBreaker, isOpen } from "./breaker.ts";

const failTimes = (breaker: Breaker, times: number, nowMs = 0): void => {
  for (let i = 0; i < times; i++) breakerFailed(breaker, { nowMs: nowMs + i, random: 0.5, wasProbe: false });
};

const opened = (): Breaker => {
  const breaker = closedBreaker();
  failTimes(breaker, breakerRule.failuresToOpen);
  return breaker;
};

test("failures in a row open it, and not one sooner", () => {
  const breaker = closedBreaker();
  failTimes(breaker, breakerRule.failuresToOpen - 1);
  assert.ok(!isOpen(breaker));
  failTimes(breaker, 1, 100);
  assert.ok(isOpen(breaker));
  assert.equal(breaker.probeAtMs, 100 + breakerRule.firstPauseMs);
});

test("a success between them begins the count anew", () => {
  const breaker = closedBreaker();
  failTimes(breaker, breakerRule.failuresToOpen - 1);
  assert.equal(breakerSucceeded(breaker), null);
  assert.deepEqual(breaker, closedBreaker());
  failTimes(breaker, breakerRule.failuresToOpen - 1);
  assert.ok(!isOpen(breaker));
});

test("each probe that fails doubles the pause, up to the longest", () => {
  const breaker = opened();
  const pauses: number[] = [];
  for (let probe = 0; probe < 40; probe++) {
    const nowMs = breaker.probeAtMs ?? 0;
    breakerFailed(breaker, { nowMs, random: 0.5, wasProbe: true });
    pauses.push((breaker.probeAtMs ?? 0) - nowMs);
  }
  assert.deepEqual(pauses.slice(0, 7), [10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  assert.ok(pauses.slice(6).every((pause) => pause === breakerRule.longestPauseMs));
});

test("chance spreads the probe by a fifth either way", () => {
  for (const [random, factor] of [
    [0, 0.8],
    [1 - 2 ** -30, 1.2],
  ] as const) {
    const breaker = opened();
    breakerFailed(breaker, { nowMs: 1_000, random, wasProbe: true });
    assert.equal(breaker.probeAtMs, 1_000 + 10_000 * factor);
  }
});

test("failures of attempts that began before it opened do not move the probe", () => {
  const breaker = opened();
  const { probeAtMs } = breaker;
  breakerFailed(breaker, { nowMs: 60_000, random: 0.5, wasProbe: false });
  assert.equal(breaker.probeAtMs, probeAtMs);
  assert.equal(breaker.failedProbes, 0);
  assert.equal(breaker.consecutiveFailures, breakerRule.failuresToOpen + 1);
});

test("a success closes it and says since when the endpoint had been failing", () => {
  const breaker = closedBreaker();
  failTimes(breaker, breakerRule.failuresToOpen, 500);
  assert.equal(breakerSucceeded(breaker), 500);
  assert.deepEqual(breaker, closedBreaker());
});
