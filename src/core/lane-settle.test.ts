import assert from "node:assert/strict";
import { test } from "node:test";
import type { AttemptResult } from "./attempt.ts";
import { breakerRule, isOpen } from "./breaker.ts";
import { eventOffered, eventTaken, type Lane, type LaneSettings, outageEnded, startLane, turnCame } from "./lane.ts";
import { attemptSettled, type Settlement } from "./lane-settle.ts";
import { limits } from "./limits.ts";

const settings = (changes: Partial<LaneSettings> = {}): LaneSettings => ({
  status: "enabled",
  maxInFlight: 64,
  retry: { delaysMs: [1_000, 60_000] },
  disableAfterMs: null,
  ...changes,
});

const aResult = (changes: Partial<AttemptResult> = {}): AttemptResult => ({
  status: 200,
  errorClass: null,
  errorDetail: null,
  durationMs: 1,
  responseBody: new Uint8Array(),
  responseTruncated: false,
  retryAfterMs: null,
  ...changes,
});
const failure = (status: number, retryAfterMs: number | null = null) =>
  aResult({ status, errorClass: "http_status", retryAfterMs });

const aLane = (): Lane => startLane({ readPosition: 0, pending: [], behind: false, health: null }, 0);

function take(lane: Lane, position: number, nowMs = 0): void {
  eventOffered(lane, position);
  eventTaken(lane, position, nowMs);
}

interface End {
  readonly position: number;
  readonly result: AttemptResult;
  readonly nowMs?: number;
  readonly settings?: LaneSettings;
}

const ends = (lane: Lane, { position, result, nowMs = 0, settings: given = settings() }: End): Settlement =>
  attemptSettled(lane, given, { position, result, nowMs, random: 0.5 });

/** Sends the row that is due first, whenever that is. */
function retry(lane: Lane): number {
  const { position, dueAtMs } = lane.parked.rows[0]!;
  const turn = turnCame(lane, settings(), { nowMs: dueAtMs, room: { first: true, retry: true } });
  assert.ok(turn.do === "send" && turn.position === position);
  return dueAtMs;
}

test("a first attempt that succeeds leaves no row", () => {
  const lane = aLane();
  take(lane, 1);
  const { state, changes, disable, breaker } = ends(lane, { position: 1, result: aResult() });
  assert.deepEqual(
    { state, changes, disable, breaker },
    { state: "delivered", changes: [], disable: null, breaker: null },
  );
  assert.equal(lane.flights.size, 0);
});

test("a failure is parked with its next due time, step by step, until the schedule is used up", () => {
  const lane = aLane();
  take(lane, 1);
  const first = ends(lane, { position: 1, result: failure(500), nowMs: 10 });
  assert.deepEqual(first.changes, [
    { do: "park", row: { position: 1, state: "retrying", attempts: 1, step: 1, dueAtMs: 1_010 } },
  ]);
  const secondMs = retry(lane);
  const second = ends(lane, { position: 1, result: failure(500), nowMs: secondMs });
  assert.deepEqual(second.changes, [
    { do: "park", row: { position: 1, state: "retrying", attempts: 2, step: 2, dueAtMs: secondMs + 60_000 } },
  ]);
  const lastMs = retry(lane);
  const last = ends(lane, { position: 1, result: failure(500), nowMs: lastMs });
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
  ends(lane, { position: 1, result: failure(500) });
  retry(lane);
  const { state, changes } = ends(lane, { position: 1, result: aResult() });
  assert.equal(state, "delivered");
  assert.deepEqual(changes, [{ do: "unpark", position: 1 }]);
  assert.equal(lane.parked.total, 0);
});

test("too much halves the window, other failures do not", () => {
  const lane = aLane();
  for (let position = 1; position <= 4; position++) take(lane, position, 10);
  ends(lane, { position: 1, result: failure(500), nowMs: 20 });
  assert.equal(lane.window.size, 4);
  ends(lane, { position: 2, result: failure(503), nowMs: 20 });
  assert.equal(lane.window.size, 2);
  ends(lane, { position: 3, result: failure(503), nowMs: 21 });
  assert.equal(lane.window.size, 2, "once for what was in flight together");
});

test("Retry-After pauses the lane, the longest asked for counts, and a success after it ends it", () => {
  const lane = aLane();
  for (let position = 1; position <= 4; position++) take(lane, position);
  ends(lane, { position: 1, result: failure(429, 30_000), nowMs: 1_000 });
  ends(lane, { position: 2, result: failure(429, 5_000), nowMs: 1_000 });
  assert.equal(lane.pausedUntilMs, 31_000);
  ends(lane, { position: 3, result: aResult(), nowMs: 2_000 });
  assert.equal(lane.pausedUntilMs, 31_000, "an attempt that began before the pause says nothing of it");
  ends(lane, { position: 4, result: aResult(), nowMs: 31_000 });
  assert.equal(lane.pausedUntilMs, 0);
});

test("a receiver cannot ask for a longer pause than the limit", () => {
  const lane = aLane();
  take(lane, 1);
  ends(lane, { position: 1, result: failure(503, 1e15), nowMs: 1_000 });
  assert.equal(lane.pausedUntilMs, 1_000 + limits.retryAfterMsMax);
});

test("410 disables the endpoint and uses no step of the schedule", () => {
  const lane = aLane();
  take(lane, 1);
  const { disable, changes } = ends(lane, { position: 1, result: failure(410), nowMs: 5 });
  assert.equal(disable, "gone");
  assert.deepEqual(changes, [
    { do: "park", row: { position: 1, state: "retrying", attempts: 1, step: 0, dueAtMs: 5 } },
  ]);
});

test("an endpoint is disabled when it has failed for too long without a success", () => {
  const lane = aLane();
  const given = settings({ disableAfterMs: 10_000 });
  for (let position = 1; position <= 4; position++) take(lane, position);
  assert.equal(ends(lane, { position: 1, result: failure(500), nowMs: 1_000, settings: given }).disable, null);
  assert.equal(ends(lane, { position: 2, result: failure(500), nowMs: 10_999, settings: given }).disable, null);
  assert.equal(ends(lane, { position: 3, result: failure(500), nowMs: 11_000, settings: given }).disable, "failing");
  assert.equal(ends(lane, { position: 4, result: failure(500), nowMs: 99_000 }).disable, null, "null: never");
});

/** A lane that failed ten times from 1,000 ms on; `last` is still in flight from before. */
function inAnOutage(last: number): Lane {
  const lane = aLane();
  for (let position = 1; position <= last; position++) take(lane, position, 900);
  for (let position = 1; position <= breakerRule.failuresToOpen; position++) {
    const { breaker } = ends(lane, { position, result: failure(500), nowMs: 1_000 });
    assert.equal(breaker, position === breakerRule.failuresToOpen ? "opened" : null);
  }
  return lane;
}

test("the success that ends an outage closes the breaker, restarts the window and revives what was given up in it", () => {
  const lane = inAnOutage(11);
  const { changes, breaker } = ends(lane, { position: 11, result: aResult(), nowMs: 7_000 });
  assert.equal(breaker, "closed");
  assert.deepEqual(changes, [{ do: "revive", sinceMs: 1_000, dueAtMs: 7_000 }]);
  assert.ok(!isOpen(lane.breaker));
  assert.equal(lane.window.size, 1);
});

test("a last attempt that began in an outage and fails after its end is not the last", () => {
  const lane = inAnOutage(12);
  ends(lane, { position: 11, result: aResult(), nowMs: 7_000 });
  const { state, changes } = ends(lane, {
    position: 12,
    result: failure(500),
    nowMs: 7_500,
    settings: settings({ retry: { delaysMs: [] } }),
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
  assert.equal(
    ends(lane, { position: 1, result: failure(500), nowMs: 200, settings: settings({ retry: { delaysMs: [] } }) })
      .state,
    "exhausted",
  );
});

test("a probe that goes before its delivery is due uses no step of the schedule, and one that is due does", () => {
  const lane = inAnOutage(10);
  const { dueAtMs } = lane.parked.rows[0]!;
  for (const [probeAtMs, expected] of [
    [dueAtMs - 1, { step: 1, dueAtMs }],
    [dueAtMs, { step: 2, dueAtMs: dueAtMs + 60_000 }],
  ] as const) {
    lane.breaker.probeAtMs = probeAtMs;
    lane.breaker.failedProbes = 0;
    const turn = turnCame(lane, settings(), { nowMs: probeAtMs, room: { first: true, retry: true } });
    assert.ok(turn.do === "send" && turn.flight.trigger === "probe");
    const [change] = ends(lane, { position: turn.position, result: failure(500), nowMs: probeAtMs }).changes;
    assert.ok(change?.do === "park");
    assert.deepEqual({ step: change.row.step, dueAtMs: change.row.dueAtMs }, expected);
    assert.equal(change.row.state, "retrying");
  }
});

test("an attempt that nobody began cannot end", () => {
  assert.throws(() => ends(aLane(), { position: 1, result: aResult() }), /no attempt is in flight for position 1/);
});
