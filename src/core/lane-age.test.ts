import assert from "node:assert/strict";
import { test } from "node:test";
import { aLane, aRow, ends, loads, someSettings, take, turn } from "../../test/simulation/a-lane.ts";
import { breakerRule } from "./breaker.ts";
import { eventsPassed, isAhead, laneSought } from "./lane.ts";
import { deliveryTooOld } from "./lane-age.ts";

const tooOld = (lane: Parameters<typeof turn>[0], position: number, nowMs = 9_000) =>
  deliveryTooOld(lane, someSettings(), { position, nowMs });

test("an event that is too old at its first turn is given up without an attempt, and the cursor passes it", () => {
  const lane = aLane();
  take(lane, 3);
  const row = { position: 3, state: "exhausted", attempts: 0, step: 0, dueAtMs: 9_000 };
  assert.deepEqual(tooOld(lane, 3), { do: "park", row });
  assert.deepEqual([lane.flights.size, lane.parked.total, lane.readPosition], [0, 0, 3]);
  assert.equal(lane.breaker.consecutiveFailures, 0, "nothing is learnt of the endpoint");
});

test("one that waited for a retry is given up with the attempts that it had", () => {
  const lane = loads(aLane(), aRow(7, { attempts: 2, step: 1 }), aRow(8));
  const sent = turn(lane, 6_000);
  assert.ok(sent.do === "send" && sent.position === 7);
  const row = { position: 7, state: "exhausted", attempts: 2, step: 1, dueAtMs: 9_000 };
  assert.deepEqual(tooOld(lane, 7), { do: "park", row });
  assert.deepEqual([lane.retriesInFlight, lane.parked.total], [0, 1]);
});

test("one that the lane is to come to again leaves no row", () => {
  const lane = aLane();
  take(lane, 3);
  laneSought(lane, 1, false);
  assert.ok(isAhead(lane, 3));
  assert.equal(tooOld(lane, 3), null);
  assert.equal(lane.flights.size, 0);
});

test("what was given up before stays as it is, and is not chosen as a probe over and over", () => {
  const lane = aLane();
  const settings = { retry: { delaysMs: [] } };
  for (let position = 1; position <= breakerRule.failuresToOpen; position++) take(lane, position);
  eventsPassed(lane, breakerRule.failuresToOpen, true);
  for (let position = 1; position <= breakerRule.failuresToOpen; position++) {
    ends(lane, position, { status: 500, nowMs: position, settings });
  }
  const asked = turn(lane, 60_000, settings);
  assert.ok(asked.do === "load" && asked.givenUpSinceMs !== null);
  loads(lane, aRow(1, { state: "exhausted", attempts: 1 }));
  const probe = turn(lane, 60_000, settings);
  assert.ok(probe.do === "send" && probe.flight.trigger === "probe");
  assert.equal(tooOld(lane, 1, 60_000), null);
  assert.deepEqual(turn(lane, 60_000, settings), { do: "rest", untilMs: null });
});

test("nothing happens to what is not in flight", () => {
  assert.equal(tooOld(aLane(), 3), null);
});
