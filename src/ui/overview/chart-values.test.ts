import assert from "node:assert/strict";
import { test } from "node:test";
import type { Measures, Statistics } from "../../sdk/wire.ts";
import { chartValues } from "./chart-values.ts";

const measures: Measures = {
  sent: 4,
  delivered: 3,
  success_rate: 0.75,
  attempts: 5,
  attempts_per_delivery: 1.25,
  delay_ms: { from_occurred: null, from_accepted: { p50: 1, p95: 2, p99: 3, max: 4 }, from_attempt: null },
  errors: { timeout: 2 },
};

test("every bucket of the range has its place, and those without an attempt have no delay", () => {
  const statistics = {
    from: "2026-01-31T10:00:00.000Z",
    to: "2026-01-31T13:00:00.000Z",
    bucket_ms: 3_600_000,
    groups: [
      { key: null, is_others: false, total: measures, buckets: [{ at: "2026-01-31T11:00:00.000Z", ...measures }] },
    ],
  } as unknown as Statistics;
  const values = chartValues(statistics);
  assert.deepEqual(
    values.atMs,
    [10, 11, 12].map((hour) => Date.UTC(2026, 0, 31, hour)),
  );
  assert.deepEqual(
    [values.sent, values.delivered, values.p95],
    [
      [0, 4, 0],
      [0, 3, 0],
      [null, 2, null],
    ],
  );
  assert.deepEqual(values.successRate, [null, 0.75, null]);
});
