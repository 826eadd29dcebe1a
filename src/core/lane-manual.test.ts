import assert from "node:assert/strict";
import { test } from "node:test";
import { aLane, anAnswer, aRow, loads, turn } from "../../test/simulation/a-lane.ts";
import type { DeliveryState, ParkedDelivery } from "./delivery.ts";
import { eventTaken, type Lane, laneMoved, parkedCancelled } from "./lane.ts";
import { manualSettled, manualTurn } from "./lane-manual.ts";
import { noteSuccess } from "./lane-settle.ts";

/** A lane that has read everything, and knows these rows and that the store has no others. */
const withRows = (...rows: ParkedDelivery[]): Lane => loads(aLane(90), ...rows);

function asks(lane: Lane, position: number, known: { state: DeliveryState; row?: ParkedDelivery; attempts?: number }) {
  const { state, row = null, attempts = 0 } = known;
  return manualTurn(lane, position, { state, row, attempts, nowMs: 100 });
}

const ends = (lane: Lane, position: number, status: number, nowMs = 200) =>
  manualSettled(lane, { position, result: anAnswer(status), nowMs });

test("it sends whatever the delivery's state, and whatever the lane's", () => {
  for (const state of ["pending", "retrying", "exhausted", "delivered", "skipped", "cancelled"] as const) {
    const lane = withRows();
    lane.pausedUntilMs = 1e9;
    lane.breaker.probeAtMs = 1e9;
    const sent = asks(lane, 7, { state });
    assert.ok(sent?.do === "send", state);
    assert.equal(sent.flight.trigger, "manual");
    assert.equal(ends(lane, 7, 500).state, state, "a failure changes nothing");
  }
});

test("what was given up, and waits to be a probe, stays given up when an attempt by hand fails", () => {
  const row = aRow(7, { state: "exhausted", step: 2 });
  const lane = withRows(row);
  asks(lane, 7, { state: "exhausted", row });
  const { state, changes } = ends(lane, 7, 500);
  assert.deepEqual([state, changes, lane.parked.rows], ["exhausted", [], []]);
});

test("what is in flight already is not sent beside itself", () => {
  const lane = withRows(aRow(7, { dueAtMs: 0 }));
  turn(lane, 0);
  assert.equal(asks(lane, 7, { state: "retrying" }), null);
  asks(lane, 8, { state: "delivered" });
  assert.equal(asks(lane, 8, { state: "delivered" }), null);
});

test("it is outside the window, and does not take room in it", () => {
  const lane = withRows();
  for (let position = 1; position <= 20; position++) assert.ok(asks(lane, position, { state: "delivered" }));
  assert.equal(lane.flights.size, 0);
});

test("its number follows the attempts that were made, by the row or by the journal", () => {
  assert.equal(asks(withRows(aRow(7)), 7, { state: "retrying", row: aRow(7), attempts: 1 })?.flight.number, 3);
  assert.equal(asks(withRows(), 7, { state: "delivered", attempts: 5 })?.flight.number, 6);
});

test("a success settles the delivery and removes its row", () => {
  const lane = withRows(aRow(7));
  asks(lane, 7, { state: "retrying", row: aRow(7) });
  const { state, changes } = ends(lane, 7, 200);
  assert.equal(state, "delivered");
  assert.deepEqual(changes, [{ do: "unpark", position: 7 }]);
  assert.equal(lane.parked.total, 0);
  assert.deepEqual(turn(lane, 1e9), { do: "rest", untilMs: null });
});

test("a failure puts the row back as it was, with one attempt more", () => {
  const lane = withRows(aRow(7));
  asks(lane, 7, { state: "retrying", row: aRow(7), attempts: 2 });
  assert.deepEqual(turn(lane, 6_000), { do: "rest", untilMs: null }, "held back while the attempt lasts");
  const { changes } = ends(lane, 7, 500);
  assert.deepEqual(changes, [{ do: "park", row: aRow(7, { attempts: 3 }) }]);
  assert.deepEqual(turn(lane, 200), { do: "rest", untilMs: 5_000 });
  assert.equal(lane.parked.total, 1);
  assert.equal(lane.breaker.consecutiveFailures, 0);
});

test("a row that was parked after the store was asked is not forgotten", () => {
  const lane = withRows();
  asks(lane, 7, { state: "skipped" });
  loads(lane, aRow(7));
  ends(lane, 7, 500);
  assert.deepEqual(turn(lane, 200), { do: "rest", untilMs: 5_000 });
});

test("a row that came while the attempt was in flight goes when it succeeds", () => {
  const lane = withRows();
  asks(lane, 7, { state: "skipped" });
  loads(lane, aRow(7));
  assert.deepEqual(ends(lane, 7, 200).changes, [{ do: "unpark", position: 7 }]);
  assert.deepEqual(turn(lane, 1e9), { do: "rest", untilMs: null });
  assert.equal(lane.parked.total, 0);
});

test("a row that was settled after the store was asked is not parked again", () => {
  const lane = withRows();
  asks(lane, 7, { state: "retrying", row: aRow(7) });
  assert.deepEqual(ends(lane, 7, 500).changes, []);
  assert.deepEqual(lane.parked.rows, []);
});

test("a failure does not give up again what was revived meanwhile", () => {
  const lane = withRows();
  const givenUp = aRow(7, { state: "exhausted", dueAtMs: 50 });
  asks(lane, 7, { state: "exhausted", row: givenUp });
  loads(lane, aRow(7, { step: 0, dueAtMs: 150 }));
  assert.deepEqual(ends(lane, 7, 500).changes, []);
  const sent = turn(lane, 200);
  assert.ok(sent.do === "send" && sent.position === 7);
});

test("a failure does not bring back what was cancelled meanwhile", () => {
  const lane = withRows(aRow(7));
  asks(lane, 7, { state: "retrying", row: aRow(7) });
  parkedCancelled(lane);
  assert.deepEqual(ends(lane, 7, 500).changes, []);
});

test("where the cursor was moved back over it, the row is the automatic attempt's", () => {
  const lane = withRows(aRow(7));
  asks(lane, 7, { state: "retrying", row: aRow(7) });
  laneMoved(lane, 6, false);
  const sent = eventTaken(lane, 7, 120);
  assert.ok(sent?.do === "send" && sent.flight.hasRow);
  assert.deepEqual(ends(lane, 7, 500).changes, []);
});

test("a success ends an outage as any other does", () => {
  const lane = withRows();
  Object.assign(lane.breaker, { consecutiveFailures: 10, failingSinceMs: 40, probeAtMs: 9_000, failedProbes: 1 });
  asks(lane, 7, { state: "exhausted", row: aRow(7, { state: "exhausted" }) });
  const { changes, breaker } = ends(lane, 7, 200);
  assert.deepEqual(changes, [
    { do: "unpark", position: 7 },
    { do: "revive", sinceMs: 40, dueAtMs: 200 },
  ]);
  assert.equal(breaker, "closed");
  assert.equal(noteSuccess(lane, 300), null);
});

test("an attempt that nobody asked for cannot end", () => {
  assert.throws(() => ends(withRows(), 7, 200), /no manual attempt is in flight for position 7/);
});
