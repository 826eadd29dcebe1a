import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { limits } from "./limits.ts";
import {
  boundedRetryAfterMs,
  defaultRetryPolicy,
  isTooOld,
  jitterRatio,
  latestDueAtMs,
  longestScheduleMs,
  nextDueAtMs,
} from "./retry-policy.ts";

const fractions = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const retries = fc.record({
  delaysMs: fc.array(fc.nat({ max: limits.retryDelayMsMax }), { maxLength: limits.retriesPerSchedule }),
});
const rules = fc.record(
  { retry: retries, retryJitter: fractions, retryMaxAgeMs: fc.option(fc.nat({ max: limits.retryAgeMsMax })) },
  { requiredKeys: ["retry"] },
);

test("the default is ten attempts over about three days", () => {
  assert.equal(defaultRetryPolicy.delaysMs.length, 9);
  const hours = defaultRetryPolicy.delaysMs.reduce((sum, delayMs) => sum + delayMs, 0) / 3_600_000;
  assert.ok(hours > 72 && hours < 78, `${hours} hours`);
  assert.ok(defaultRetryPolicy.delaysMs.every((delayMs) => delayMs <= limits.retryDelayMsMax));
});

test("a delivery is due after its delay, give or take the jitter, a fifth where none is said", () => {
  fc.assert(
    fc.property(rules, fc.nat({ max: 60 }), fractions, (rule, step, random) => {
      const dueAtMs = nextDueAtMs(rule, { step, nowMs: 1_000, random });
      const delayMs = rule.retry.delaysMs[step];
      if (delayMs === undefined) return assert.equal(dueAtMs, null);
      assert.ok(dueAtMs !== null && Number.isInteger(dueAtMs));
      assert.ok(Math.abs(dueAtMs - 1_000 - delayMs) <= delayMs * (rule.retryJitter ?? jitterRatio) + 0.5);
      assert.ok(dueAtMs <= latestDueAtMs(rule, 1_000));
    }),
  );
});

test("the jitter reaches both ends", () => {
  const rule = { retry: { delaysMs: [10_000] } };
  assert.equal(nextDueAtMs(rule, { step: 0, nowMs: 0, random: 0 }), 8_000);
  assert.equal(nextDueAtMs(rule, { step: 0, nowMs: 0, random: 0.5 }), 10_000);
  assert.equal(nextDueAtMs(rule, { step: 0, nowMs: 0, random: 1 - 2 ** -30 }), 12_000);
  const wide = { ...rule, retryJitter: 1 };
  assert.equal(nextDueAtMs(wide, { step: 0, nowMs: 0, random: 0 }), 0);
  assert.equal(nextDueAtMs(wide, { step: 0, nowMs: 0, random: 1 - 2 ** -30 }), 20_000);
  const exact = { ...rule, retryJitter: 0 };
  for (const random of [0, 0.3, 0.9]) assert.equal(nextDueAtMs(exact, { step: 0, nowMs: 0, random }), 10_000);
});

test("a schedule that is used up gives nothing more", () => {
  assert.equal(nextDueAtMs({ retry: { delaysMs: [] } }, { step: 0, nowMs: 0, random: 0 }), null);
  assert.equal(nextDueAtMs({ retry: { delaysMs: [1, 2] } }, { step: 2, nowMs: 0, random: 0 }), null);
});

test("what would be too old when it is due is not tried again, though the schedule goes on", () => {
  const rule = { retry: { delaysMs: [10_000] }, retryJitter: 0, retryMaxAgeMs: 30_000 };
  const due = (nowMs: number) => nextDueAtMs(rule, { step: 0, nowMs, random: 0, acceptedAtMs: 5_000 });
  assert.equal(due(25_000), 35_000);
  assert.equal(due(25_001), null);
  assert.equal(nextDueAtMs(rule, { step: 0, nowMs: 1e12, random: 0 }), 1e12 + 10_000, "its age does not count");
  assert.deepEqual(
    [35_000, 35_001].map((nowMs) => isTooOld(rule, { nowMs, acceptedAtMs: 5_000 })),
    [false, true],
  );
  assert.equal(isTooOld({ ...rule, retryMaxAgeMs: null }, { nowMs: 1e12, acceptedAtMs: 0 }), false);
});

test("no run through a schedule takes longer than its longest time", () => {
  fc.assert(
    fc.property(rules, fractions, (rule, random) => {
      let nowMs = 0;
      for (let step = 0; ; step++) {
        const dueAtMs = nextDueAtMs(rule, { step, nowMs, random, acceptedAtMs: 0 });
        if (dueAtMs === null) break;
        nowMs = dueAtMs;
      }
      assert.ok(nowMs <= longestScheduleMs(rule), `${nowMs} > ${longestScheduleMs(rule)}`);
    }),
  );
});

test("a greatest age bounds how long a schedule lasts", () => {
  const rule = { retry: { delaysMs: [60_000, 60_000] }, retryJitter: 0.5 };
  assert.equal(longestScheduleMs(rule), 180_000);
  assert.equal(longestScheduleMs({ ...rule, retryMaxAgeMs: 100_000 }), 100_000);
  assert.equal(longestScheduleMs({ ...rule, retryMaxAgeMs: 1_000_000 }), 180_000);
});

test("a pause that a receiver asks for is held within bounds", () => {
  assert.equal(boundedRetryAfterMs(-5), 0);
  assert.equal(boundedRetryAfterMs(5_000), 5_000);
  assert.equal(boundedRetryAfterMs(Number.POSITIVE_INFINITY), limits.retryAfterMsMax);
});
