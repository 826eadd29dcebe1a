import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DelayHistogram } from "./delay-histogram.ts";

const histogramOf = (delays: readonly number[]): DelayHistogram => {
  const histogram = new DelayHistogram();
  for (const delay of delays) histogram.add(delay);
  return histogram;
};

const delays = fc.array(
  fc.oneof(
    fc.integer({ min: 0, max: 100 }),
    fc.integer({ min: 0, max: 10 ** 6 }),
    fc.integer({ min: 0, max: 10 ** 13 }),
  ),
  { minLength: 1, maxLength: 200 },
);

test("a quantile is within a thirty-second of the delay that has its rank, and the largest is exact", () => {
  fc.assert(
    fc.property(delays, (given) => {
      const sorted = [...given].sort((left, right) => left - right);
      const found = histogramOf(given).quantiles();
      assert.ok(found !== null);
      for (const [part, value] of [
        [0.5, found.p50],
        [0.95, found.p95],
        [0.99, found.p99],
      ] as const) {
        const exact = sorted[Math.ceil(part * sorted.length) - 1] as number;
        assert.ok(Math.abs(value - exact) <= exact / 32, `${value} for ${exact}`);
      }
      assert.equal(found.max, sorted.at(-1));
    }),
  );
});

test("two histograms add up to that of all delays, whatever was in which", () => {
  fc.assert(
    fc.property(delays, delays, (left, right) => {
      const sum = histogramOf(left);
      sum.merge(histogramOf(right));
      assert.deepEqual(sum, histogramOf([...left, ...right]));
    }),
  );
});

test("every power of two and its neighbours are counted near themselves", () => {
  for (let power = 0; power <= 45; power++) {
    for (const delay of [2 ** power - 1, 2 ** power, 2 ** power + 1]) {
      const histogram = histogramOf([delay, 2 ** 50]);
      const found = histogram.quantiles()?.p50 ?? Number.NaN;
      assert.ok(Math.abs(found - delay) <= delay / 32, `${found} for ${delay}`);
    }
  }
});

test("what is below nothing counts as none, and nothing has no quantiles", () => {
  assert.deepEqual(histogramOf([-5]).quantiles(), { p50: 0, p95: 0, p99: 0, max: 0 });
  assert.equal(new DelayHistogram().quantiles(), null);
});
