import assert from "node:assert/strict";
import { test } from "node:test";
import { burstOf, successStatusRefusal } from "./endpoint-pace.ts";

test("the burst is a tenth of a second's, and two at least", () => {
  assert.deepEqual([0.01, 1, 20, 25, 1000, 10_000].map(burstOf), [2, 2, 2, 3, 100, 1000]);
});

test("any final status but 410 may stand for a delivery", () => {
  for (const status of [200, 302, 404, 429, 503, 599]) assert.equal(successStatusRefusal(status, "http"), null);
  assert.match(successStatusRefusal(410, "http") ?? "", /gone/);
  assert.match(successStatusRefusal(103, "http") ?? "", /no final answer/);
});

test("of a program any exit status may, of a handler none", () => {
  for (const status of [1, 75, 255]) assert.equal(successStatusRefusal(status, "command"), null);
  assert.match(successStatusRefusal(256, "command") ?? "", /no exit status/);
  assert.match(successStatusRefusal(1, "handler") ?? "", /when it returns/);
});
