import assert from "node:assert/strict";
import { test } from "node:test";
import { aLane, aRow, ends, loads, take, turn } from "../../test/simulation/a-lane.ts";
import { breakerRule } from "./breaker.ts";
import type { ParkedDelivery } from "./delivery.ts";
import {
  attemptSlow,
  eventOffered,
  eventsPassed,
  eventTaken,
  type Lane,
  laneCursor,
  laneRecord,
  parkedLoaded,
  pendingPositions,
  startLane,
} from "./lane.ts";
import { limits } from "./limits.ts";

/** A lane whose breaker has just opened, with a parked row for each of the failures. */
function withOpenBreaker(): Lane {
  const lane = aLane();
  for (let position = 1; position <= breakerRule.failuresToOpen; position++) take(lane, position);
  eventsPassed(lane, breakerRule.failuresToOpen, true);
  for (let position = 1; position <= breakerRule.failuresToOpen; position++)
    ends(lane, position, { status: 500, nowMs: position });
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
  ends(lane, 5, { status: 200 });
  assert.equal(laneCursor(lane), 2);
  ends(lane, 3, { status: 200 });
  assert.equal(laneCursor(lane), 7);
  ends(lane, 8, { status: 500 });
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
  ends(lane, 1, { status: 200 });
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
  assert.deepEqual(pendingPositions(lane), [4, 7]);
  assert.equal(laneCursor(lane), 3);
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
    assert.deepEqual(turn(lane, 0, { status }), { do: "rest", untilMs: null });
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
  ends(lane, 1, { status: 200 });
  assert.equal(turn(lane).do, "send");
});

test("a delivery that is parked is sent when it is due, and not sooner", () => {
  const lane = loads(aLane(9), aRow(4, { dueAtMs: 1_000 }), aRow(2, { dueAtMs: 2_000 }));
  assert.deepEqual(turn(lane, 500), { do: "rest", untilMs: 1_000 });
  const sent = turn(lane, 1_000);
  assert.ok(sent.do === "send" && sent.position === 4);
  assert.equal(sent.flight.trigger, "retry");
  assert.equal(sent.flight.number, 3);
  assert.deepEqual(turn(lane, 1_000), { do: "rest", untilMs: 2_000 });
});

test("retries do not take the whole window while first attempts wait, and do while none does", () => {
  const rows = [1, 2, 3, 4].map((position) => aRow(position, { dueAtMs: 0 }));
  const busy = loads(aLane(100, [50, 51, 52, 53]), ...rows);
  const kinds = [1, 2, 3, 4].map(() => turn(busy)).map((each) => (each.do === "send" ? each.flight.trigger : each.do));
  assert.deepEqual(kinds, ["retry", "first", "first", "first"]);
  const idle = loads(aLane(100), ...rows);
  const triggers = [1, 2, 3, 4]
    .map(() => turn(idle))
    .map((each) => (each.do === "send" ? each.flight.trigger : each.do));
  assert.deepEqual(triggers, ["retry", "retry", "retry", "retry"]);
});

test("a full room is waited for, and the other room is used meanwhile", () => {
  const lane = loads(aLane(100, [50]), aRow(1, { dueAtMs: 0 }));
  const first = turn(lane, 0, {}, { first: true, retry: false });
  assert.ok(first.do === "send" && first.position === 50);
  eventsPassed(lane, 100, true);
  assert.deepEqual(turn(lane, 0, {}, { first: true, retry: false }), { do: "yield" });
  assert.deepEqual(turn(aLane(100, [50]), 0, {}, { first: false, retry: true }), { do: "yield" });
});

test("a lane that has failed sends first attempts in the retries' room", () => {
  const lane = loads(aLane(100, [50, 51]));
  turn(lane);
  ends(lane, 50, { status: 500 });
  assert.deepEqual(turn(lane, 0, {}, { first: true, retry: false }), { do: "yield" });
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
  const lane = loads(aLane(9), aRow(4, { dueAtMs: 1_000 }));
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

/** Sends a probe, which fails; answers its position. Before anything is due, so that the rows keep their order. */
function probes(lane: Lane, next: number, nowMs: number): number {
  lane.breaker.probeAtMs = nowMs;
  const asked = turn(lane, nowMs);
  const sent = asked.do === "read" ? eventTaken(lane, next, nowMs) : asked;
  assert.ok(sent?.do === "send");
  assert.equal(sent.flight.trigger, "probe");
  ends(lane, sent.position, { status: 500, nowMs });
  return sent.position;
}

test("probes take turns through what is parked", () => {
  const lane = withOpenBreaker();
  const probed = Array.from({ length: 12 }, (_, probe) => probes(lane, 0, 20 + probe));
  assert.deepEqual(probed, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 2]);
});

test("every other probe is the next event, so that many parked ones that never succeed do not keep it waiting", () => {
  const lane = withOpenBreaker();
  const probed = Array.from({ length: 8 }, (_, probe) => {
    eventOffered(lane, 20 + probe);
    return probes(lane, 20 + probe, 20 + probe);
  });
  assert.deepEqual(probed, [20, 1, 22, 2, 24, 3, 26, 4]);
});

/** The store's answer to the load that the lane asks for. */
function answers(lane: Lane, nowMs: number, ...rows: ParkedDelivery[]): void {
  const load = turn(lane, nowMs);
  assert.ok(load.do === "load" && load.givenUpSinceMs === lane.breaker.failingSinceMs);
  parkedLoaded(lane, { rows, total: 0, limit: load.limit, ticket: load.ticket });
}

test("an open lane with nothing to send asks for what was given up, and where there is none waits for an event", () => {
  const lane = loads(withOpenBreaker());
  assert.deepEqual(turn(lane, 0), { do: "rest", untilMs: lane.breaker.probeAtMs });
  answers(lane, 1e9);
  assert.deepEqual(turn(lane, 1e9), { do: "rest", untilMs: null });
  eventOffered(lane, 20);
  assert.deepEqual(turn(lane, 1e9), { do: "read" });
});

test("what was given up is a probe where nothing else is, and what comes of it is noted", () => {
  for (const status of [500, 200]) {
    const lane = loads(withOpenBreaker());
    answers(lane, 1e9, aRow(4, { state: "exhausted", attempts: 3, step: 3 }));
    const probe = turn(lane, 1e9);
    assert.ok(probe.do === "send" && probe.flight.trigger === "probe" && probe.flight.number === 4);
    assert.deepEqual([probe.flight.from, attemptSlow(lane, 4)], ["exhausted", null], "it has its row, and keeps it");
    const { changes, breaker, state } = ends(lane, 4, { status, nowMs: 1e9 });
    assert.equal(lane.parked.total, 0, "nobody counted it");
    if (status === 200) {
      assert.equal(breaker, "closed");
      assert.deepEqual(changes, [
        { do: "unpark", position: 4 },
        { do: "revive", sinceMs: 1, dueAtMs: 1e9 },
      ]);
    } else {
      assert.equal(state, "exhausted");
      const row = { position: 4, state, attempts: 4, step: 4, dueAtMs: 1e9 };
      assert.deepEqual(changes, [{ do: "park", row }], "given up anew, so that the next probe is another");
      const probeAtMs = lane.breaker.probeAtMs!;
      assert.deepEqual(turn(lane, 1e9), { do: "rest", untilMs: probeAtMs });
      answers(lane, probeAtMs);
    }
  }
});

test("a schedule that was made longer meanwhile goes on after a probe with what was given up", () => {
  const lane = loads(withOpenBreaker());
  answers(lane, 1e9, aRow(4, { state: "exhausted", step: 2 }));
  turn(lane, 1e9);
  const retry = { delaysMs: [1, 1, 500] };
  assert.equal(ends(lane, 4, { status: 500, nowMs: 1e9, settings: { retry } }).state, "retrying");
  assert.deepEqual([lane.parked.total, lane.parked.rows[0]?.dueAtMs], [1, 1e9 + 500]);
});

test("what is given up while the lane asks for it is asked for again", () => {
  const lane = loads(withOpenBreaker());
  const load = turn(lane, 1e9);
  assert.ok(load.do === "load");
  lane.breaker.probeAtMs = null;
  take(lane, 20, 1e9);
  eventsPassed(lane, 20, true);
  ends(lane, 20, { status: 500, nowMs: 1e9, settings: { retry: { delaysMs: [] } } });
  parkedLoaded(lane, { rows: [], total: 0, limit: load.limit, ticket: load.ticket });
  lane.breaker.probeAtMs = 1e9;
  assert.equal(turn(lane, 1e9).do, "load");
});
