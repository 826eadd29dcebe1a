import assert from "node:assert/strict";
import { test } from "node:test";
import {
  newRecoveryPace,
  type RecoveryPace,
  recoveryBegan,
  recoveryDelivered,
  recoveryMayAtMs,
  recoveryOutageBegan,
  recoveryRule,
  recoveryTook,
} from "./recovery-pace.ts";

const minuteMs = 60_000;

/** A lane that was well for ten minutes, and delivered so many a second. */
function wellFor(perSecond: number): RecoveryPace {
  const pace = newRecoveryPace(0);
  for (let event = 0; event < perSecond * 600; event++) recoveryDelivered(pace, true, (event * 1000) / perSecond);
  recoveryOutageBegan(pace, 10 * minuteMs);
  return pace;
}

/** Sends whenever it may from `fromMs` on; answers when. */
function sends(pace: RecoveryPace, fromMs: number, untilMs: number): number[] {
  const atMs: number[] = [];
  for (let nowMs = fromMs; nowMs < untilMs; ) {
    const mayAtMs = recoveryMayAtMs(pace, nowMs);
    if (mayAtMs > nowMs) nowMs = mayAtMs;
    else {
      recoveryTook(pace, nowMs);
      atMs.push(nowMs);
      if (pace.bucket === null) nowMs += 1;
    }
  }
  return atMs;
}

test("in the first minute after an outage a lane sends no more than twice what it did before", () => {
  for (const perSecond of [1, 5, 50]) {
    const pace = wellFor(perSecond);
    recoveryBegan(pace, 20 * minuteMs);
    const count = sends(pace, 20 * minuteMs, 21 * minuteMs).length;
    assert.ok(count <= 2 * perSecond * 60, `${count} at ${perSecond} a second`);
    assert.ok(count >= 1.9 * perSecond * 60, `no slower than it may: ${count} at ${perSecond} a second`);
  }
});

test("they are spread over the minute but for a few at its beginning, and after it the lane is free", () => {
  const pace = wellFor(5);
  recoveryBegan(pace, 20 * minuteMs);
  const first = sends(pace, 20 * minuteMs, 21 * minuteMs);
  assert.equal(first.filter((atMs) => atMs === 20 * minuteMs).length, recoveryRule.burst);
  for (let second = 1; second < 60; second++) {
    const fromMs = 20 * minuteMs + second * 1000;
    const inSecond = first.filter((atMs) => atMs >= fromMs && atMs < fromMs + 1000).length;
    assert.ok(inSecond <= 11, `${inSecond} in second ${second}`);
  }
  assert.equal(recoveryMayAtMs(pace, 21 * minuteMs), 21 * minuteMs);
  assert.equal(pace.bucket, null);
});

test("a lane that had little to do, or of which nothing is known, may send a few", () => {
  for (const [pace, most] of [
    [wellFor(0.01), recoveryRule.eventsLeast],
    [newRecoveryPace(0), recoveryRule.eventsUnknown],
  ] as const) {
    recoveryBegan(pace, 20 * minuteMs);
    const count = sends(pace, 20 * minuteMs, 21 * minuteMs).length;
    assert.ok(count === most || count === most - 1, `${count} of ${most}`);
  }
});

test("what a lane delivers while it catches up is not what is normal", () => {
  const pace = wellFor(2);
  recoveryBegan(pace, 20 * minuteMs);
  for (let event = 0; event < 100_000; event++) recoveryDelivered(pace, false, 21 * minuteMs + event);
  recoveryOutageBegan(pace, 25 * minuteMs);
  assert.equal(pace.normalPerSecond, 2, "an outage before it has caught up changes nothing");
  recoveryDelivered(pace, true, 30 * minuteMs);
  for (let event = 0; event < 600; event++) recoveryDelivered(pace, true, 30 * minuteMs + event * 1000);
  recoveryOutageBegan(pace, 40 * minuteMs);
  assert.equal(pace.normalPerSecond, 1);
});

test("an outage right after the last one keeps what was normal before", () => {
  const pace = wellFor(2);
  recoveryBegan(pace, 20 * minuteMs);
  recoveryDelivered(pace, true, 20 * minuteMs);
  recoveryOutageBegan(pace, 20 * minuteMs + 30_000);
  assert.equal(pace.normalPerSecond, 2);
});
