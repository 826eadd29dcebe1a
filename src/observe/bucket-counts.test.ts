import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Histogram, Registry } from "prom-client";
import { BucketCounts } from "./bucket-counts.ts";

test("values are told as prom-client's own histogram tells them", async () => {
  const bounds = [0.005, 0.1, 1, 30];
  const value = fc.oneof(
    fc.constantFrom(0, ...bounds),
    fc.integer({ min: 0, max: 40_000 }).map((ms) => ms / 1000),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(value), async (values) => {
      const [ours, theirs] = [new Registry(), new Registry()];
      const counts = new BucketCounts(ours, { name: "delay_seconds", help: "How long.", bounds });
      const histogram = new Histogram({
        name: "delay_seconds",
        help: "How long.",
        buckets: bounds,
        registers: [theirs],
      });
      for (const each of values) {
        counts.observe(each);
        histogram.observe(each);
      }
      assert.equal(await ours.metrics(), await theirs.metrics());
    }),
  );
});
