import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { limits } from "./limits.ts";
import { longestScheduleMs } from "./retry-policy.ts";
import { exponentialDelaysMs, retryFactor, retryPresets } from "./retry-schedule.ts";

const minuteMs = 60_000;

test("an exponential rule doubles, or whatever its factor says, up to its bound", () => {
  const rule = { initialMs: 1000, factor: 2, delayMsMax: 10_000, retries: 6 };
  assert.deepEqual(exponentialDelaysMs(rule), [1000, 2000, 4000, 8000, 10_000, 10_000]);
  assert.deepEqual(exponentialDelaysMs({ ...rule, factor: 1.5, retries: 3 }), [1000, 1500, 2250]);
  assert.deepEqual(exponentialDelaysMs({ ...rule, factor: 1, retries: 2 }), [1000, 1000]);
  assert.deepEqual(exponentialDelaysMs({ ...rule, retries: 0 }), []);
});

test("whatever the rule, its delays are a list that an endpoint may have, and never shrink", () => {
  const rules = fc.record({
    initialMs: fc.integer({ min: 0, max: limits.retryDelayMsMax }),
    factor: fc.double({ min: retryFactor.min, max: retryFactor.max, noNaN: true }),
    delayMsMax: fc.integer({ min: 0, max: limits.retryDelayMsMax }),
    retries: fc.nat({ max: limits.retriesPerSchedule }),
  });
  fc.assert(
    fc.property(rules, (rule) => {
      const delaysMs = exponentialDelaysMs(rule);
      assert.equal(delaysMs.length, rule.retries);
      delaysMs.forEach((delayMs, step) => {
        assert.ok(Number.isInteger(delayMs) && delayMs >= (delaysMs[step - 1] ?? 0), `${delaysMs}`);
        assert.ok(delayMs <= Math.min(rule.delayMsMax, limits.retryDelayMsMax));
      });
    }),
  );
});

test("presets are as long as they say, fit a list, and fit the retention that there is by default", () => {
  const longestMs = (delaysMs: readonly number[]) => longestScheduleMs({ retry: { delaysMs }, retryJitter: 0 });
  assert.ok(longestMs(retryPresets.quick) < 15 * minuteMs);
  const patientDays = longestMs(retryPresets.patient) / (24 * 60 * minuteMs);
  assert.ok(patientDays > 9 && patientDays < 10, `${patientDays} days`);
  assert.deepEqual(retryPresets.none, []);
  for (const delaysMs of Object.values(retryPresets)) {
    assert.ok(delaysMs.length <= limits.retriesPerSchedule);
    assert.ok(delaysMs.every((delayMs) => delayMs <= limits.retryDelayMsMax));
    assert.ok(longestScheduleMs({ retry: { delaysMs }, retryJitter: 1 }) < 30 * 24 * 60 * minuteMs);
  }
});
