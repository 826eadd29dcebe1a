import assert from "node:assert/strict";
import { test } from "node:test";
import type { AttemptResult } from "./attempt.ts";
import { breakerRule } from "./breaker.ts";
import type { ParkedDelivery } from "./delivery.ts";
import {
  attemptSlow,
  beginLoad,
  eventGone,
  eventOffered,
  eventsPassed,
  eventTaken,
  type Lane,
  type LaneSettings,
  laneCursor,
  laneEnabled,
  laneMoved,
  laneRecord,
  logTrimmed,
  parkedCancelled,
  parkedLoaded,
  pendingPositions,
  startLane,
  turnCame,
} from "./lane.ts";
import { attemptSettled } from "./lane-settle.ts";
import { limits } from "./limits.ts";

const settings = (changes: Partial<LaneSettings> = {}): LaneSettings => ({
  status: "enabled",
  maxInFlight: 64,
  retry: { delaysMs: [1_000, 60_000] },
  disableAfterMs: null,
  ...changes,
});

const aLane = (readPosition = 0, pending: readonly number[] = [], parkedTotal = 0): Lane =>
  startLane({ readPosition, pending, behind: pending.length > 0, health: null }, parkedTotal);

const everyRoom = { first: true, retry: true };
const turn = (lane: Lane, nowMs = 0, room = everyRoom, changes: Partial<LaneSettings> = {}) =>
  turnCame(lane, settings(changes), { nowMs, room });

const aRow = (position: number, dueAtMs: number): ParkedDelivery => ({
  position,
  state: "retrying",
  attempts: 2,
  step: 1,
  dueAtMs,
});

/** A lane that knows these rows, and that the store has no others. */
function withRows(lane: Lane, ...rows: ParkedDelivery[]): Lane {
  const { limit, ticket } = beginLoad(lane);
  parkedLoaded(lane, { rows, total: rows.length, limit, ticket });
  return lane;
}

const answered = (status: number): AttemptResult => ({
  status,
  errorClass: status < 300 ? null : "http_status",
  errorDetail: null,
  durationMs: 1,
  responseBody: new Uint8Array(),
  responseTruncated: false,
  retryAfterMs: null,
});

function take(lane: Lane, position: number, nowMs = 0): void {
  eventOffered(lane, position);
  eventTaken(lane, position, nowMs);
}

const settle = (lane: Lane, position: number, status: number, nowMs = 0) =>
  attemptSettled(lane, settings(), { position, result: answered(status), nowMs, random: 0.5 });

/** A lane whose breaker has just opened, with a parked row for each of the failures. */
function withOpenBreaker(): Lane {
  const lane = aLane();
  for (let position = 1; position <= breakerRule.failuresToOpen; position++) take(lane, position);
  eventsPassed(lane, breakerRule.failuresToOpen, true);
  for (let position = 1; position <= breakerRule.failuresToOpen; position++) settle(lane, position, 500);
  return lane;
}

test("an event that is appended wakes a lane that has read everything, and is read next", () => {
  const lane = aLane(10);
  assert.deepEqual(turn(lane), { do: "rest", untilMs: null });
  assert.ok(eventOffered(lane, 15));
  assert.deepEqual(turn(lane), { do: "read" });
  const sent = eventTaken(lane, 15, 0);
  assert.ok(sent?.do === "send" && sent.position === 15);
  assert.equal(sent.flight.trigger, "first");
  assert.equal(sent.flight.number, 1);
});

test("a lane that is behind is not woken: it will read the event when it comes to it", () => {
  const lane = aLane(10);
  eventOffered(lane, 15);
  assert.ok(!eventOffered(lane, 16));
  assert.equal(lane.readPosition, 14);
});

test("an event that the lane has read already is not offered again", () => {
  const lane = aLane(10);
  assert.ok(!eventOffered(lane, 10));
  assert.ok(lane.caughtUp);
});

test("the cursor is the place before the first delivery that is neither settled nor parked", () => {
  const lane = aLane();
  for (const position of [3, 5, 8]) take(lane, position);
  assert.equal(laneCursor(lane), 2);
  settle(lane, 5, 200);
  assert.equal(laneCursor(lane), 2);
  settle(lane, 3, 200);
  assert.equal(laneCursor(lane), 7);
  settle(lane, 8, 500);
  assert.equal(laneCursor(lane), 8);
});

test("an attempt that is slow gets a row once, and the cursor passes it", () => {
  const lane = aLane();
  take(lane, 3, 500);
  assert.deepEqual(attemptSlow(lane, 3), {
    do: "park",
    row: { position: 3, state: "sending", attempts: 0, step: 0, dueAtMs: 500 },
  });
  assert.equal(attemptSlow(lane, 3), null);
  assert.equal(attemptSlow(lane, 4), null);
  assert.equal(laneCursor(lane), 3);
  assert.deepEqual(pendingPositions(lane), []);
  assert.equal(lane.parked.total, 1);
});

test("a lane that is well and has read everything leaves a record that says only that", () => {
  const lane = aLane();
  take(lane, 1);
  assert.deepEqual(laneRecord(lane, 7), {
    endpointNumber: 7,
    readPosition: 1,
    pending: [1],
    behind: true,
    health: null,
  });
  settle(lane, 1, 200);
  eventsPassed(lane, 4, true);
  assert.deepEqual(laneRecord(lane, 7), {
    endpointNumber: 7,
    readPosition: 4,
    pending: [],
    behind: false,
    health: null,
  });
});

test("a lane that starts from a record sends what was pending before it reads on", () => {
  const lane = aLane(9, [4, 7]);
  const sent = [turn(lane), turn(lane)].map((each) => (each.do === "send" ? each.position : each.do));
  assert.deepEqual(sent, [4, 7]);
  assert.deepEqual(turn(lane), { do: "read" });
});

test("a lane that starts from a record is as unwell as it was", () => {
  const lane = withOpenBreaker();
  lane.pausedUntilMs = 99_000;
  const record = laneRecord(lane, 1);
  const restarted = startLane(record, breakerRule.failuresToOpen);
  assert.deepEqual(restarted.breaker, lane.breaker);
  assert.equal(restarted.pausedUntilMs, 99_000);
  assert.equal(restarted.window.size, 1);
});

test("a paused or disabled endpoint is sent nothing", () => {
  const lane = aLane(9, [4]);
  for (const status of ["paused", "disabled"] as const) {
    assert.deepEqual(turn(lane, 0, everyRoom, { status }), { do: "rest", untilMs: null });
  }
});

test("a pause that the receiver asked for is kept to its end", () => {
  const lane = aLane(9, [4]);
  lane.pausedUntilMs = 5_000;
  assert.deepEqual(turn(lane, 4_999), { do: "rest", untilMs: 5_000 });
  assert.equal(turn(lane, 5_000).do, "send");
});

test("never more is in flight than the window allows", () => {
  const lane = aLane(
    100,
    Array.from({ length: 9 }, (_, index) => index + 1),
  );
  for (let i = 0; i < 4; i++) assert.equal(turn(lane).do, "send");
  assert.deepEqual(turn(lane), { do: "rest", untilMs: null });
  settle(lane, 1, 200);
  assert.equal(turn(lane).do, "send");
});

test("a delivery that is parked is sent when it is due, and not sooner", () => {
  const lane = withRows(aLane(9), aRow(4, 1_000), aRow(2, 2_000));
  assert.deepEqual(turn(lane, 500), { do: "rest", untilMs: 1_000 });
  const sent = turn(lane, 1_000);
  assert.ok(sent.do === "send" && sent.position === 4);
  assert.equal(sent.flight.trigger, "retry");
  assert.equal(sent.flight.number, 3);
  assert.deepEqual(turn(lane, 1_000), { do: "rest", untilMs: 2_000 });
});

test("retries do not take the whole window while first attempts wait, and do while none does", () => {
  const rows = [1, 2, 3, 4].map((position) => aRow(position, 0));
  const busy = withRows(aLane(100, [50, 51, 52, 53]), ...rows);
  const kinds = [1, 2, 3, 4].map(() => turn(busy)).map((each) => (each.do === "send" ? each.flight.trigger : each.do));
  assert.deepEqual(kinds, ["retry", "first", "first", "first"]);
  const idle = withRows(aLane(100), ...rows);
  const triggers = [1, 2, 3, 4]
    .map(() => turn(idle))
    .map((each) => (each.do === "send" ? each.flight.trigger : each.do));
  assert.deepEqual(triggers, ["retry", "retry", "retry", "retry"]);
});

test("a full room is waited for, and the other room is used meanwhile", () => {
  const lane = withRows(aLane(100, [50]), aRow(1, 0));
  const first = turn(lane, 0, { first: true, retry: false });
  assert.ok(first.do === "send" && first.position === 50);
  assert.deepEqual(turn(lane, 0, { first: true, retry: false }), { do: "yield" });
  assert.deepEqual(turn(aLane(100, [50]), 0, { first: false, retry: true }), { do: "yield" });
});

test("a lane that has failed sends first attempts in the retries' room", () => {
  const lane = withRows(aLane(100, [50, 51]));
  turn(lane);
  settle(lane, 50, 500);
  assert.deepEqual(turn(lane, 0, { first: true, retry: false }), { do: "yield" });
  const sent = turn(lane);
  assert.ok(sent.do === "send" && sent.flight.room === "retry");
});

test("a lane that starts with parked deliveries asks the store for them first", () => {
  const lane = aLane(9, [4], 3);
  const load = turn(lane);
  assert.ok(load.do === "load" && load.limit >= limits.parkedInMemory);
  assert.equal(turn(lane).do, "send", "and goes on while it waits for the answer");
});

test("a lane with too many parked deliveries reads no further, and goes on when they are fewer", () => {
  const lane = withRows(aLane(9), aRow(4, 1_000));
  eventOffered(lane, 20);
  lane.parked.total = limits.parkedPerEndpoint;
  assert.deepEqual(turn(lane, 0), { do: "rest", untilMs: 1_000 });
  lane.parked.total = limits.parkedPerEndpoint - 1;
  assert.deepEqual(turn(lane, 0), { do: "read" });
});

test("while the breaker is open one probe goes at a time, when it is due", () => {
  const lane = withOpenBreaker();
  const probeAtMs = lane.breaker.probeAtMs!;
  assert.deepEqual(turn(lane, probeAtMs - 1), { do: "rest", untilMs: probeAtMs });
  const probe = turn(lane, probeAtMs);
  assert.ok(probe.do === "send" && probe.flight.trigger === "probe");
  assert.deepEqual(turn(lane, probeAtMs), { do: "rest", untilMs: null });
});

test("probes take turns through what is parked, and then the next event", () => {
  const lane = withOpenBreaker();
  eventOffered(lane, 20);
  const probed: number[] = [];
  for (let probe = 0; probe <= breakerRule.failuresToOpen; probe++) {
    // Probes come before anything is due, so that the order of the rows stays as it is.
    const nowMs = probe;
    lane.breaker.probeAtMs = nowMs;
    const next = turn(lane, nowMs);
    const sent = next.do === "read" ? eventTaken(lane, 20, nowMs) : next;
    assert.ok(sent?.do === "send");
    assert.equal(sent.flight.trigger, "probe");
    probed.push(sent.position);
    settle(lane, sent.position, 500, nowMs);
  }
  assert.deepEqual(probed, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20]);
});

test("an open lane with nothing to send waits for an event, and probes with that", () => {
  const lane = withRows(withOpenBreaker());
  assert.deepEqual(turn(lane, 1e9), { do: "rest", untilMs: null });
  eventOffered(lane, 20);
  assert.deepEqual(turn(lane, 1e9), { do: "read" });
});

test("a delivery whose event is gone leaves nothing behind", () => {
  const lane = withRows(aLane(9, [7]), aRow(4, 0));
  turn(lane);
  turn(lane);
  assert.equal(lane.retriesInFlight, 1);
  assert.deepEqual(eventGone(lane, 4), { do: "unpark", position: 4 });
  assert.equal(eventGone(lane, 7), null);
  assert.equal(eventGone(lane, 8), null);
  assert.equal(lane.flights.size, 0);
  assert.equal(lane.retriesInFlight, 0);
  assert.equal(lane.parked.total, 0);
  assert.deepEqual(pendingPositions(lane), []);
});

test("a cursor that was moved forward leaves out what was not sent, and not what is in flight", () => {
  const lane = aLane(9, [3, 4, 5]);
  turn(lane);
  laneMoved(lane, 30, true);
  assert.deepEqual(laneRecord(lane, 1), {
    endpointNumber: 1,
    readPosition: 30,
    pending: [3],
    behind: true,
    health: null,
  });
  settle(lane, 3, 200);
  assert.equal(laneCursor(lane), 30);
});

test("a cursor that was moved back over what is in flight does not send it twice at once", () => {
  const lane = aLane();
  take(lane, 5);
  laneMoved(lane, 2, false);
  assert.deepEqual(pendingPositions(lane), [], "it will be read again");
  assert.equal(eventTaken(lane, 5, 0), null);
  assert.deepEqual(pendingPositions(lane), [5]);
});

test("a cursor that was moved back over a parked delivery sends it, and its row is not sent beside it", () => {
  const lane = withRows(aLane(9), aRow(4, 0));
  laneMoved(lane, 2, false);
  const sent = eventTaken(lane, 4, 0);
  assert.ok(sent?.do === "send" && sent.flight.hasRow);
  assert.equal(sent.flight.number, 3);
  assert.deepEqual(lane.parked.rows, []);
  assert.deepEqual(settle(lane, 4, 200).changes, [{ do: "unpark", position: 4 }]);
});

test("a row that the store has of a delivery in flight is that attempt's, and is removed when it succeeds", () => {
  const lane = aLane(9, [4], 1);
  const load = turn(lane);
  assert.ok(load.do === "load");
  assert.equal(turn(lane).do, "send");
  parkedLoaded(lane, { rows: [aRow(4, 0)], total: 1, limit: load.limit, ticket: load.ticket });
  assert.deepEqual(lane.parked.rows, []);
  assert.deepEqual(settle(lane, 4, 200).changes, [{ do: "unpark", position: 4 }]);
});

test("when everything parked is cancelled, no answer that is under way brings it back", () => {
  const lane = withRows(aLane(9), aRow(4, 0), aRow(5, 9_000));
  turn(lane);
  const load = beginLoad(lane);
  assert.deepEqual(parkedCancelled(lane), { do: "cancelAll" });
  parkedLoaded(lane, { rows: [aRow(5, 9_000)], total: 1, limit: load.limit, ticket: load.ticket });
  assert.deepEqual(lane.parked.rows, []);
  assert.equal(lane.parked.total, 0);
  assert.deepEqual(turn(lane, 10_000), { do: "rest", untilMs: null });
  assert.deepEqual(pendingPositions(lane), [4], "what is in flight has no row any more");
});

test("an endpoint that is enabled again begins afresh, and what was given up while it failed is due", () => {
  const lane = withOpenBreaker();
  const sinceMs = lane.breaker.failingSinceMs;
  lane.pausedUntilMs = 1e9;
  assert.deepEqual(laneEnabled(lane, 7_000), { do: "revive", sinceMs, dueAtMs: 7_000 });
  assert.deepEqual(laneRecord(lane, 1).health, null);
  assert.equal(lane.window.size, 1);
  assert.equal(laneEnabled(aLane(), 7_000), null, "one that did not fail has nothing to send again");
});

test("retention that passes a lane moves it to what is left, and says how much it lost", () => {
  const lane = aLane(9, [3, 8]);
  assert.equal(logTrimmed(lane, 5), 1);
  assert.deepEqual(lane.unsent, [8]);
  assert.equal(lane.readPosition, 9);
  assert.equal(logTrimmed(lane, 20), 1 + 10);
  assert.equal(lane.readPosition, 19);
  assert.deepEqual(lane.unsent, []);
});

test("retention takes nothing from a lane that has read everything", () => {
  const lane = aLane(9);
  assert.equal(logTrimmed(lane, 20), 0);
  assert.ok(lane.caughtUp);
});
