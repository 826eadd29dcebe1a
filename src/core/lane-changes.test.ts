/** What the store and people do to a lane. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { aLane, aRow, ends, loads, take, turn } from "../../test/simulation/a-lane.ts";
import { breakerRule, closedBreaker } from "./breaker.ts";
import {
  attemptSlow,
  beginLoad,
  eventGone,
  eventsPassed,
  eventTaken,
  type Lane,
  laneCursor,
  laneEnabled,
  laneMoved,
  laneRecord,
  logTrimmed,
  parkedCancelled,
  parkedLoaded,
  pendingPositions,
} from "./lane.ts";

/** A lane whose breaker has just opened, with a parked row for each of the failures. */
function withOpenBreaker(): Lane {
  const lane = aLane();
  for (let position = 1; position <= breakerRule.failuresToOpen; position++) take(lane, position);
  eventsPassed(lane, breakerRule.failuresToOpen, true);
  for (let position = 1; position <= breakerRule.failuresToOpen; position++)
    ends(lane, position, { status: 500, nowMs: position });
  return lane;
}

test("a delivery whose event is gone leaves nothing behind", () => {
  const lane = loads(aLane(9, [7]), aRow(4, { dueAtMs: 0 }));
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
  ends(lane, 3, { status: 200 });
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
  const lane = loads(aLane(9), aRow(4, { dueAtMs: 0 }));
  laneMoved(lane, 2, false);
  const sent = eventTaken(lane, 4, 0);
  assert.ok(sent?.do === "send" && sent.flight.hasRow);
  assert.equal(sent.flight.number, 3);
  assert.deepEqual(lane.parked.rows, []);
  assert.deepEqual(ends(lane, 4, { status: 200 }).changes, [{ do: "unpark", position: 4 }]);
});

test("a row that the store has of a delivery in flight is that attempt's, and is removed when it succeeds", () => {
  const lane = aLane(9, [4], 1);
  const load = turn(lane);
  assert.ok(load.do === "load");
  assert.equal(turn(lane).do, "send");
  parkedLoaded(lane, { rows: [aRow(4, { dueAtMs: 0 })], total: 1, limit: load.limit, ticket: load.ticket });
  assert.deepEqual(lane.parked.rows, []);
  assert.deepEqual(ends(lane, 4, { status: 200 }).changes, [{ do: "unpark", position: 4 }]);
});

test("what is parked while the store is asked, and comes with its answer, is counted once", () => {
  const lane = aLane(9);
  const load = beginLoad(lane);
  take(lane, 10);
  ends(lane, 10, { status: 500 });
  take(lane, 11);
  attemptSlow(lane, 11);
  const rows = [aRow(10), aRow(11, { state: "sending" })];
  parkedLoaded(lane, { rows, total: 2, limit: load.limit, ticket: load.ticket });
  assert.equal(lane.parked.total, 2);
  ends(lane, 11, { status: 200 });
  assert.equal(lane.parked.total, 1);
});

test("when everything parked is cancelled, no answer that is under way brings it back", () => {
  const lane = loads(aLane(9), aRow(4, { dueAtMs: 0 }), aRow(5, { dueAtMs: 9_000 }));
  turn(lane);
  const load = beginLoad(lane);
  assert.deepEqual(parkedCancelled(lane), { do: "cancelAll" });
  parkedLoaded(lane, { rows: [aRow(5, { dueAtMs: 9_000 })], total: 1, limit: load.limit, ticket: load.ticket });
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
  const health = { ...closedBreaker(), pausedUntilMs: 0, outageSinceMs: sinceMs };
  assert.deepEqual(laneRecord(lane, 1).health, health, "all but the outage, which only a success ends");
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
