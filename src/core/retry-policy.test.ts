import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { limits } from "./limits.ts";
import {
  boundedRetryAfterMs,
  defaultRetryPolicy,
  jitterRatio,
  longestScheduleMs,
  nextDueAtMs,
} from "./retry-policy.ts";

const fractions = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const policies = fc.record({
  delaysMs: fc.array(fc.nat({ max: limits.retryDelayMsMax }), { maxLength: limits.retriesPerSchedule }),
});

test("the default is ten attempts over about three days", () => {
  assert.equal(defaultRetryPolicy.delaysMs.length, 9);
  const hours = defaultRetryPolicy.delaysMs.reduce((sum, delayMs) => sum + delayMs, 0) / 3_600_000;
  assert.ok(hours > 72 && hours < 78, `${hours} hours`);
  assert.ok(defaultRetryPolicy.delaysMs.every((delayMs) => delayMs <= limits.retryDelayMsMax));
});

test("a delivery is due after its delay, give or take a fifth", () => {
  fc.assert(
    fc.property(policies, fc.nat({ max: 60 }), fractions, (policy, step, random) => {
      const dueAtMs = nextDueAtMs(policy, { step, nowMs: 1_000, random });
      const delayMs = policy.delaysMs[step];
      if (delayMs === undefined) return assert.equal(dueAtMs, null);
      assert.ok(dueAtMs !== null && Number.isInteger(dueAtMs));
      assert.ok(Math.abs(dueAtMs - 1_000 - delayMs) <= delayMs * jitterRatio + 0.5);
    }),
  );
});

test("the jitter reaches both ends", () => {
  const policy = { delaysMs: [10_000] };
  assert.equal(nextDueAtMs(policy, { step: 0, nowMs: 0, random: 0 }), 8_000);
  assert.equal(nextDueAtMs(policy, { step: 0, nowMs: 0, random: 0.5 }), 10_000);
  assert.equal(nextDueAtMs(policy, { step: 0, nowMs: 0, random: 1 - 2 ** -30 }), 12_000);
});

test("a schedule that is used up gives nothing more", () => {
  assert.equal(nextDueAtMs({ delaysMs: [] }, { step: 0, nowMs: 0, random: 0 }), null);
  assert.equal(nextDueAtMs({ delaysMs: [1, 2] }, { step: 2, nowMs: 0, random: 0 }), null);
});

test("no run through a schedule takes longer than its longest time", () => {
  fc.assert(
    fc.property(policies, fractions, (policy, random) => {
      let nowMs = 0;
      for (let step = 0; ; step++) {
        const dueAtMs = nextDueAtMs(policy, { step, nowMs, random });
        if (dueAtMs === null) break;
        nowMs = dueAtMs;
      }
      assert.ok(nowMs <= longestScheduleMs(policy), `${nowMs} > ${longestScheduleMs(policy)}`);
    }),
  );
});

test("a pause that a receiver asks for is held within bounds", () => {
  assert.equal(boundedRetryAfterMs(-5), 0);
  assert.equal(boundedRetryAfterMs(5_000), 5_000);
  assert.equal(boundedRetryAfterMs(Number.POSITIVE_INFINITY), limits.retryAfterMsMax);
});
