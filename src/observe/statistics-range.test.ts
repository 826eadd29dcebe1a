import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { limits } from "../core/limits.ts";
import { type BucketName, bucketLengths, statisticsRange } from "./statistics-range.ts";

const nowMs = Date.UTC(2026, 10, 23, 0, 30, 17, 5);
const names = Object.keys(bucketLengths) as BucketName[];

test("whatever is asked, all of it is in whole buckets, that are not too many", () => {
  const agoMs = fc.integer({ min: 0, max: 40 * 86_400_000 });
  fc.assert(
    fc.property(agoMs, agoMs, fc.option(fc.constantFrom(...names)), (left, right, bucket) => {
      fc.pre(left !== right);
      const [fromMs, toMs] = [nowMs - Math.max(left, right), nowMs - Math.min(left, right)];
      try {
        const range = statisticsRange({ fromMs, toMs, bucket }, nowMs);
        assert.ok(range.fromMs <= fromMs && range.beforeMs >= toMs);
        assert.ok(fromMs - range.fromMs < range.bucketMs && range.beforeMs - toMs < range.bucketMs);
        assert.deepEqual([range.fromMs % range.bucketMs, range.beforeMs % range.bucketMs], [0, 0]);
        assert.equal(range.bucketMs % range.stepMs, 0);
        assert.ok((range.beforeMs - range.fromMs) / range.bucketMs <= limits.statisticsBuckets);
      } catch (error) {
        assert.ok(bucket !== null && (error as { code?: string }).code === "statistics-range-refused", String(error));
      }
    }),
  );
});

test("days begin at midnight in UTC, also where clocks are put back", () => {
  const range = (day: number) => {
    const asked = { fromMs: Date.UTC(2026, 9, day, 1), toMs: Date.UTC(2026, 9, day + 1, 2), bucket: "1d" as const };
    const { fromMs, beforeMs } = statisticsRange(asked, nowMs);
    return [new Date(fromMs).toISOString(), new Date(beforeMs).toISOString()];
  };
  assert.deepEqual(range(24), ["2026-10-24T00:00:00.000Z", "2026-10-26T00:00:00.000Z"]);
  assert.deepEqual(range(25), ["2026-10-25T00:00:00.000Z", "2026-10-27T00:00:00.000Z"]);
});

test("an end that is the end of a bucket adds none", () => {
  const toMs = Date.UTC(2026, 10, 23);
  const range = statisticsRange({ fromMs: toMs - 3_600_000, toMs, bucket: "1h" }, nowMs);
  assert.deepEqual([range.fromMs, range.beforeMs], [toMs - 3_600_000, toMs]);
});
