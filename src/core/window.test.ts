import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { openWindow, windowCongested, windowDelivered, windowLimit, windowRestart, windowStart } from "./window.ts";

test("it starts at four, and at one after an outage", () => {
  const window = openWindow();
  assert.equal(windowLimit(window, 64), windowStart);
  windowRestart(window, 1_000);
  assert.equal(windowLimit(window, 64), 1);
});

test("a full window that was delivered makes room for one more", () => {
  const window = openWindow();
  for (let i = 0; i < windowStart; i++) windowDelivered(window, 64);
  assert.ok(window.size > windowStart + 0.8 && window.size <= windowStart + 1, `${window.size}`);
});

test("it is halved once for what was in flight together", () => {
  const window = openWindow();
  window.size = 16;
  windowCongested(window, { startedAtMs: 100, nowMs: 200 });
  windowCongested(window, { startedAtMs: 150, nowMs: 201 });
  assert.equal(window.size, 8);
  windowCongested(window, { startedAtMs: 202, nowMs: 300 });
  assert.equal(window.size, 4);
});

test("whatever happens it stays between one and the endpoint's maximum", () => {
  const happenings = fc.array(fc.constantFrom("delivered", "congested", "restart"), { maxLength: 300 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 512 }), happenings, (maxInFlight, all) => {
      const window = openWindow();
      all.forEach((happening, nowMs) => {
        if (happening === "delivered") windowDelivered(window, maxInFlight);
        else if (happening === "congested") windowCongested(window, { startedAtMs: nowMs, nowMs });
        else windowRestart(window, nowMs);
        const limit = windowLimit(window, maxInFlight);
        assert.ok(Number.isInteger(limit) && limit >= 1 && limit <= maxInFlight);
      });
    }),
  );
});

test("a maximum that was lowered holds at once", () => {
  const window = openWindow();
  window.size = 40;
  assert.equal(windowLimit(window, 3), 3);
});

test("it starts with all that may run at once where nothing is sent over a network", () => {
  assert.equal(openWindow({ kind: "handler", maxInFlight: 32 }).size, 32);
  assert.equal(openWindow({ kind: "command", maxInFlight: 1 }).size, 1);
  assert.equal(openWindow({ kind: "http", maxInFlight: 32 }).size, openWindow().size);
});
