import assert from "node:assert/strict";
import { test } from "node:test";
import { burstOf, successStatusRefusal } from "./endpoint-pace.ts";

test("the burst is a tenth of a second's, and two at least", () => {
  assert.deepEqual([0.01, 1, 20, 25, 1000, 10_000].map(burstOf), [2, 2, 2, 3, 100, 1000]);
});

test("any final status but 410 may stand for a delivery", () => {
  for (const status of [200, 302, 404, 429, 503, 599]) assert.equal(successStatusRefusal(status), null);
  assert.match(successStatusRefusal(410) ?? "", /gone/);
  assert.match(successStatusRefusal(103) ?? "", /no final answer/);
});
