import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type ErrorClass, errorClasses } from "../core/attempt.ts";
import { Measures } from "../core/measures.ts";
import { addBytes, measuresOf, measuresToBytes } from "./statistics-bytes.ts";

const attempts = fc.array(
  fc.record({
    number: fc.integer({ min: 1, max: 3 }),
    startedAtMs: fc.integer({ min: 1_000_000, max: 10 ** 12 }),
    durationMs: fc.integer({ min: 0, max: 30_000 }),
    errorClass: fc.option(fc.constantFrom<ErrorClass>(...errorClasses)),
    occurredAtMs: fc.option(fc.integer({ min: 0, max: 1_000_000 })),
    acceptedAtMs: fc.option(fc.integer({ min: 0, max: 1_000_000 })),
    wasSent: fc.boolean(),
    wasDelivered: fc.boolean(),
  }),
);

function measured(given: Parameters<Measures["count"]>[0][]): Measures {
  const measures = new Measures();
  for (const attempt of given) measures.count(attempt);
  return measures;
}

test("measures are read as they were written", () => {
  fc.assert(
    fc.property(attempts, (given) => {
      const measures = measured(given);
      assert.deepEqual(measuresOf(measuresToBytes(measures)), measures);
    }),
  );
});

test("bytes that are added to measures give the measures of both", () => {
  fc.assert(
    fc.property(attempts, attempts, (left, right) => {
      const sum = measured(left);
      addBytes(sum, measuresToBytes(measured(right)));
      assert.deepEqual(sum, measured([...left, ...right]));
    }),
  );
});

test("bytes that end too early and those of another version are refused", () => {
  const bytes = measuresToBytes(measured([]));
  assert.throws(() => measuresOf(bytes.subarray(0, bytes.length - 1)), /end too early/);
  assert.throws(() => measuresOf(new Uint8Array([9, 0])), /version 9/);
});
