import assert from "node:assert/strict";
import { test } from "node:test";
import { aLane, aRow, ends, loads, take, turn } from "../../test/simulation/a-lane.ts";
import {
  attemptSlow,
  beginLoad,
  eventTaken,
  type Lane,
  laneCursor,
  laneRecord,
  laneSought,
  parkedLoaded,
  pendingPositions,
} from "./lane.ts";
import { manualSettled, manualTurn } from "./lane-manual.ts";

/** A lane that has read up to a place, and knows that the store has no rows of it. */
const readUpTo = (position: number): Lane => loads(aLane(position));

const delivered = { status: 200, errorClass: null, errorDetail: null, durationMs: 1, retryAfterMs: null } as const;
const answer = { ...delivered, responseBody: new Uint8Array(), responseTruncated: false };

test("a seek back makes the lane read on from there, and the store cancel the rows beyond", () => {
  const lane = readUpTo(90);
  assert.deepEqual(laneSought(lane, 40, false), { do: "cancelBeyond", position: 40 });
  loads(lane);
  assert.deepEqual(turn(lane), { do: "read" });
  assert.equal(laneCursor(lane), 40);
  assert.deepEqual(laneRecord(lane, 7).behind, true);
});

test("a seek to the end of what was dispatched leaves nothing to read", () => {
  const lane = readUpTo(40);
  laneSought(lane, 90, true);
  loads(lane);
  assert.deepEqual(turn(lane), { do: "rest", untilMs: null });
});

test("what was taken up before a restart is still sent at or before the place, and read again beyond it", () => {
  const lane = aLane(50, [10, 20, 30]);
  laneSought(lane, 20, false);
  assert.deepEqual(lane.unsent, [10, 20]);
  assert.deepEqual(laneRecord(lane, 7).pending, [10, 20]);
});

test("an attempt in flight beyond the place is not sent a second time when the lane comes to it", () => {
  const lane = readUpTo(0);
  take(lane, 30);
  laneSought(lane, 10, false);
  assert.deepEqual(pendingPositions(lane), [], "the lane reads it again after a crash");
  assert.equal(eventTaken(lane, 30, 0), null);
  assert.deepEqual(pendingPositions(lane), [30], "the cursor does not pass it unseen");
  ends(lane, 30, { status: 200 });
  assert.equal(laneCursor(lane), 30);
});

test("an attempt that fails before the lane has come back to it leaves no row: it is sent when the lane comes there", () => {
  const lane = readUpTo(0);
  take(lane, 30);
  laneSought(lane, 10, false);
  const { changes, state } = ends(lane, 30, { status: 500 });
  assert.deepEqual([changes, state], [[], "cancelled"]);
  assert.equal(lane.breaker.consecutiveFailures, 1, "the endpoint failed all the same");
  const sent = eventTaken(lane, 30, 0);
  assert.ok(sent?.do === "send" && sent.flight.number === 1 && !sent.flight.hasRow);
});

test("a slow attempt beyond the place gets no row, and loses the one that it had", () => {
  const lane = readUpTo(0);
  take(lane, 30);
  take(lane, 31);
  assert.ok(attemptSlow(lane, 30));
  laneSought(lane, 10, false);
  assert.equal(lane.flights.get(30)?.hasRow, false);
  assert.equal(attemptSlow(lane, 31), null);
});

test("a slow attempt at or before the place keeps its row", () => {
  const lane = readUpTo(0);
  take(lane, 5);
  attemptSlow(lane, 5);
  laneSought(lane, 10, true);
  assert.equal(lane.flights.get(5)?.hasRow, true);
  assert.deepEqual(ends(lane, 5, { status: 200 }).changes, [{ do: "unpark", position: 5 }]);
});

test("rows that the store answers from before the seek are not believed", () => {
  const lane = aLane(50, [], 2);
  const early = beginLoad(lane);
  laneSought(lane, 10, false);
  const late = beginLoad(lane);
  const rows = [aRow(5), aRow(30)];
  parkedLoaded(lane, { rows, total: 2, limit: early.limit, ticket: early.ticket });
  assert.deepEqual(lane.parked.rows, []);
  parkedLoaded(lane, { rows: rows.slice(0, 1), total: 1, limit: late.limit, ticket: late.ticket });
  assert.deepEqual(
    lane.parked.rows.map(({ position }) => position),
    [5],
  );
});

test("an attempt by hand that held a row beyond the place does not put it back", () => {
  const lane = loads(aLane(50), aRow(30));
  const known = { state: "retrying", row: aRow(30), attempts: 2, nowMs: 0 } as const;
  assert.ok(manualTurn(lane, 30, known));
  laneSought(lane, 10, false);
  const result = { ...answer, status: 500, errorClass: "http_status" } as const;
  assert.deepEqual(manualSettled(lane, { position: 30, result, nowMs: 1 }).changes, []);
});

test("a lane whose breaker is open probes with what it was moved to", () => {
  const lane = readUpTo(90);
  Object.assign(lane.breaker, { consecutiveFailures: 10, failingSinceMs: 0, probeAtMs: 5_000 });
  laneSought(lane, 10, false);
  loads(lane);
  assert.deepEqual(turn(lane, 4_999), { do: "rest", untilMs: 5_000 });
  assert.deepEqual(turn(lane, 5_000), { do: "read" });
  const sent = eventTaken(lane, 11, 5_000);
  assert.ok(sent?.do === "send" && sent.flight.trigger === "probe");
});
