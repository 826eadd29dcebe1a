import assert from "node:assert/strict";
import { test } from "node:test";
import { aLane, aRow, ends, someSettings, take } from "../../test/simulation/a-lane.ts";
import { breakerRule, isOpen } from "./breaker.ts";
import { eventsPassed, type Lane, laneEnabled, outageEnded, parkedLoaded, turnCame } from "./lane.ts";
import { limits } from "./limits.ts";

/** Sends the row that is due first, whenever that is. */
function retry(lane: Lane): number {
  const { position, dueAtMs } = lane.parked.rows[0]!;
  const turn = turnCame(lane, someSettings(), { nowMs: dueAtMs, room: { first: true, retry: true } });
  assert.ok(turn.do === "send" && turn.position === position);
  return dueAtMs;
}

test("a first attempt that succeeds leaves no row", () => {
  const lane = aLane();
  take(lane, 1);
  const { state, changes, disable, breaker } = ends(lane, 1, { status: 200 });
  assert.deepEqual(
    { state, changes, disable, breaker },
    { state: "delivered", changes: [], disable: null, breaker: null },
  );
  assert.equal(lane.flights.size, 0);
});

test("a failure is parked with its next due time, step by step, until the schedule is used up", () => {
  const lane = aLane();
  take(lane, 1);
  eventsPassed(lane, 1, true);
  const first = ends(lane, 1, { status: 500, nowMs: 10 });
  assert.deepEqual(first.changes, [
    { do: "park", row: { position: 1, state: "retrying", attempts: 1, step: 1, dueAtMs: 1_010 } },
  ]);
  const secondMs = retry(lane);
  const second = ends(lane, 1, { status: 500, nowMs: secondMs });
  assert.deepEqual(second.changes, [
    { do: "park", row: { position: 1, state: "retrying", attempts: 2, step: 2, dueAtMs: secondMs + 60_000 } },
  ]);
  const lastMs = retry(lane);
  const last = ends(lane, 1, { status: 500, nowMs: lastMs });
  assert.equal(last.state, "exhausted");
  assert.deepEqual(last.changes, [
    { do: "park", row: { position: 1, state: "exhausted", attempts: 3, step: 3, dueAtMs: lastMs } },
  ]);
  assert.equal(lane.parked.total, 0);
  assert.equal(lane.retriesInFlight, 0);
});

test("a retry that succeeds removes its row", () => {
  const lane = aLane();
  take(lane, 1);
  ends(lane, 1, { status: 500 });
  retry(lane);
  const { state, changes } = ends(lane, 1, { status: 200 });
  assert.equal(state, "delivered");
  assert.deepEqual(changes, [{ do: "unpark", position: 1 }]);
  assert.equal(lane.parked.total, 0);
});

test("too much halves the window, other failures do not", () => {
  const lane = aLane();
  for (let position = 1; position <= 4; position++) take(lane, position, 10);
  ends(lane, 1, { status: 500, nowMs: 20 });
  assert.equal(lane.window.size, 4);
  ends(lane, 2, { status: 503, nowMs: 20 });
  assert.equal(lane.window.size, 2);
  ends(lane, 3, { status: 503, nowMs: 21 });
  assert.equal(lane.window.size, 2, "once for what was in flight together");
});

test("Retry-After pauses the lane, the longest asked for counts, and a success after it ends it", () => {
  const lane = aLane();
  for (let position = 1; position <= 4; position++) take(lane, position);
  ends(lane, 1, { status: 429, retryAfterMs: 30_000, nowMs: 1_000 });
  ends(lane, 2, { status: 429, retryAfterMs: 5_000, nowMs: 1_000 });
  assert.equal(lane.pausedUntilMs, 31_000);
  ends(lane, 3, { status: 200, nowMs: 2_000 });
  assert.equal(lane.pausedUntilMs, 31_000, "an attempt that began before the pause says nothing of it");
  ends(lane, 4, { status: 200, nowMs: 31_000 });
  assert.equal(lane.pausedUntilMs, 0);
});

test("a receiver cannot ask for a longer pause than the limit", () => {
  const lane = aLane();
  take(lane, 1);
  ends(lane, 1, { status: 503, retryAfterMs: 1e15, nowMs: 1_000 });
  assert.equal(lane.pausedUntilMs, 1_000 + limits.retryAfterMsMax);
});

test("410 disables the endpoint and uses no step of the schedule", () => {
  const lane = aLane();
  take(lane, 1);
  const { disable, changes } = ends(lane, 1, { status: 410, nowMs: 5 });
  assert.equal(disable, "gone");
  assert.deepEqual(changes, [
    { do: "park", row: { position: 1, state: "retrying", attempts: 1, step: 0, dueAtMs: 5 } },
  ]);
});

test("nothing more is sent to an endpoint that is to be disabled, also before that is known everywhere", () => {
  const lane = aLane();
  take(lane, 1);
  ends(lane, 1, { status: 410, nowMs: 5 });
  const room = { first: true, retry: true };
  assert.deepEqual(turnCame(lane, someSettings(), { nowMs: 10, room }), { do: "rest", untilMs: null });
  laneEnabled(lane, 20);
  assert.equal(turnCame(lane, someSettings(), { nowMs: 20, room }).do, "send");
});

test("an endpoint is disabled when it has failed for too long without a success", () => {
  const lane = aLane();
  const given = { disableAfterMs: 10_000 };
  for (let position = 1; position <= 4; position++) take(lane, position);
  assert.equal(ends(lane, 1, { status: 500, nowMs: 1_000, settings: given }).disable, null);
  assert.equal(ends(lane, 2, { status: 500, nowMs: 10_999, settings: given }).disable, null);
  assert.equal(ends(lane, 3, { status: 500, nowMs: 11_000, settings: given }).disable, "failing");
  assert.equal(ends(lane, 4, { status: 500, nowMs: 99_000 }).disable, null, "null: never");
});

test("an endpoint is not disabled by what it was given up for: that may be the one event that it never takes", () => {
  const lane = aLane();
  const given = { disableAfterMs: 10_000, retry: { delaysMs: [] } };
  for (let position = 1; position <= breakerRule.failuresToOpen; position++) {
    take(lane, position);
    ends(lane, position, { status: 500, nowMs: 1_000, settings: given });
  }
  eventsPassed(lane, 10, true);
  const room = { first: true, retry: true };
  const load = turnCame(lane, someSettings(), { nowMs: 20_000, room });
  assert.ok(load.do === "load");
  const row = aRow(1, { state: "exhausted" });
  parkedLoaded(lane, { rows: [row], total: 0, limit: load.limit, ticket: load.ticket });
  assert.equal(turnCame(lane, someSettings(), { nowMs: 20_000, room }).do, "send");
  assert.equal(ends(lane, 1, { status: 500, nowMs: 20_000, settings: given }).disable, null);
  take(lane, 11, 20_001);
  assert.equal(ends(lane, 11, { status: 500, nowMs: 20_001, settings: given }).disable, "failing");
});

/** A lane that failed ten times from 1,000 ms on; `last` is still in flight from before. */
function inAnOutage(last: number): Lane {
  const lane = aLane();
  for (let position = 1; position <= last; position++) take(lane, position, 900);
  for (let position = 1; position <= breakerRule.failuresToOpen; position++) {
    const { breaker } = ends(lane, position, { status: 500, nowMs: 1_000 });
    assert.equal(breaker, position === breakerRule.failuresToOpen ? "opened" : null);
  }
  return lane;
}

test("the success that ends an outage closes the breaker, restarts the window and revives what was given up in it", () => {
  const lane = inAnOutage(11);
  const { changes, breaker } = ends(lane, 11, { status: 200, nowMs: 7_000 });
  assert.equal(breaker, "closed");
  assert.deepEqual(changes, [{ do: "revive", sinceMs: 1_000, dueAtMs: 7_000 }]);
  assert.ok(!isOpen(lane.breaker));
  assert.equal(lane.window.size, 1);
});

test("a last attempt that began in an outage and fails after its end is not the last", () => {
  const lane = inAnOutage(12);
  ends(lane, 11, { status: 200, nowMs: 7_000 });
  const { state, changes } = ends(lane, 12, {
    status: 500,
    nowMs: 7_500,
    settings: { retry: { delaysMs: [] } },
  });
  assert.equal(state, "retrying");
  assert.deepEqual(changes, [
    { do: "park", row: { position: 12, state: "retrying", attempts: 1, step: 0, dueAtMs: 7_500 } },
  ]);
});

test("an attempt that began after the outage ended can be the last", () => {
  const lane = aLane();
  outageEnded(lane, 0, 100);
  take(lane, 1, 200);
  assert.equal(ends(lane, 1, { status: 500, nowMs: 200, settings: { retry: { delaysMs: [] } } }).state, "exhausted");
});

test("a probe that goes before its delivery is due uses no step of the schedule, and one that is due does", () => {
  const lane = inAnOutage(10);
  eventsPassed(lane, 10, true);
  const { dueAtMs } = lane.parked.rows[0]!;
  for (const [probeAtMs, expected] of [
    [dueAtMs - 1, { step: 1, dueAtMs }],
    [dueAtMs, { step: 2, dueAtMs: dueAtMs + 60_000 }],
  ] as const) {
    lane.breaker.probeAtMs = probeAtMs;
    lane.breaker.failedProbes = 0;
    const turn = turnCame(lane, someSettings(), { nowMs: probeAtMs, room: { first: true, retry: true } });
    assert.ok(turn.do === "send" && turn.flight.trigger === "probe");
    const [change] = ends(lane, turn.position, { status: 500, nowMs: probeAtMs }).changes;
    assert.ok(change?.do === "park");
    assert.deepEqual({ step: change.row.step, dueAtMs: change.row.dueAtMs }, expected);
    assert.equal(change.row.state, "retrying");
  }
});

test("an attempt that nobody began cannot end", () => {
  assert.throws(() => ends(aLane(), 1, { status: 200 }), /no attempt is in flight for position 1/);
});
