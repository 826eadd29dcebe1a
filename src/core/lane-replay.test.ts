import assert from "node:assert/strict";
import { test } from "node:test";
import { aLane, anAnswer, aRow, loads, someSettings, take, turn } from "../../test/simulation/a-lane.ts";
import { anOrdered, byKey, does, keyA, reads } from "../../test/simulation/an-ordered-lane.ts";
import { breakerFailed, breakerRule } from "./breaker.ts";
import type { DeliveryState, ParkedDelivery } from "./delivery.ts";
import { eventsPassed, eventTaken, type Lane, laneEnabled, laneSought, parkedLoaded } from "./lane.ts";
import { probePatienceMs } from "./lane-probe.ts";
import { replayMayPark, replayPace, replaySettled, replayTurn } from "./lane-replay.ts";
import { attemptSettled } from "./lane-settle.ts";
import type { LaneSettings } from "./lane-state.ts";
import { limits } from "./limits.ts";

/** A lane that has read everything, and knows these rows and that the store has no others. */
const withRows = (...rows: ParkedDelivery[]): Lane => loads(aLane(90), ...rows);

const comesTo = (lane: Lane, position: number, known: { state?: DeliveryState; row?: ParkedDelivery } = {}) =>
  replayTurn(lane, position, {
    state: known.state ?? "delivered",
    row: known.row ?? null,
    attempts: 1,
    nowMs: 100,
    isProbe: false,
  });

const ends = (
  lane: Lane,
  position: number,
  end: { status: number; retryAfterMs?: number; isTaken?: boolean; settings?: Partial<LaneSettings> },
) =>
  replaySettled(lane, someSettings(end.settings), {
    position,
    result: anAnswer(end.status, end.retryAfterMs ?? null),
    nowMs: 200,
    random: 0.5,
    isTaken: end.isTaken ?? true,
  });

test("it sends beside the window, and is told apart", () => {
  const lane = withRows();
  for (let position = 1; position <= 20; position++)
    assert.equal(comesTo(lane, position)?.flight.trigger, "replay", `event ${position}`);
  assert.equal(lane.flights.size, 0);
  take(lane, 91);
  assert.equal(lane.flights.size, 1);
});

test("what is in flight is not sent beside itself", () => {
  const lane = withRows();
  take(lane, 91);
  assert.equal(comesTo(lane, 91, { state: "pending" }), null);
  comesTo(lane, 7);
  assert.equal(comesTo(lane, 7), null);
});

test("what waits for its retry does not go while a replay sends it, and is settled by a success", () => {
  const lane = withRows(aRow(7, { dueAtMs: 50 }));
  assert.equal(comesTo(lane, 7, { state: "retrying", row: aRow(7) })?.flight.number, 3);
  assert.deepEqual(turn(lane, 100), { do: "rest", untilMs: null });
  assert.deepEqual(ends(lane, 7, { status: 200 }).changes, [{ do: "unpark", position: 7 }]);
});

test("a failure parks the delivery with a fresh schedule, and the endpoint's own retries finish it", () => {
  for (const row of [undefined, aRow(7, { state: "exhausted", step: 3 })]) {
    const lane = withRows();
    comesTo(lane, 7, { state: row === undefined ? "delivered" : "exhausted", ...(row && { row }) });
    const { state, changes } = ends(lane, 7, { status: 500 });
    assert.equal(state, "retrying");
    assert.deepEqual(changes, [
      { do: "park", row: { position: 7, state: "retrying", attempts: 2, step: 1, dueAtMs: 1_200 } },
    ]);
    const again = turn(lane, 1_200);
    assert.ok(again.do === "send" && again.position === 7 && again.flight.trigger === "retry");
  }
});

test("a failure before a retry is due uses up nothing of its schedule", () => {
  const lane = withRows(aRow(7));
  comesTo(lane, 7, { state: "retrying", row: aRow(7) });
  const { changes } = ends(lane, 7, { status: 500 });
  assert.deepEqual(changes, [{ do: "park", row: aRow(7, { attempts: 3 }) }]);
});

test("its failures open the breaker, and then it rests", () => {
  const lane = withRows();
  for (let position = 1; position <= breakerRule.failuresToOpen; position++) {
    assert.equal(replayPace(lane, someSettings(), 100), "send");
    comesTo(lane, position);
    ends(lane, position, { status: 500 });
  }
  assert.equal(replayPace(lane, someSettings(), 200), "rest");
});

test("when its failures opened the breaker it rests beyond the next probe, longer each time, until it delivers much", () => {
  const lane = withRows();
  let nowMs = 0;
  const sends = (count: number, status: number) => {
    for (let position = 1; position <= count; position++) {
      replayTurn(lane, position, { state: "delivered", row: null, attempts: 1, nowMs, isProbe: false });
      const ended = { position, result: anAnswer(status), nowMs, random: 0.5, isTaken: true };
      replaySettled(lane, someSettings(), ended);
    }
  };
  const restsMs = () => {
    sends(breakerRule.failuresToOpen, 400);
    const probeAtMs = lane.breaker.probeAtMs ?? 0;
    eventTaken(lane, 91, probeAtMs);
    const taken = { position: 91, result: anAnswer(200), nowMs: probeAtMs, random: 0.5 };
    assert.equal(attemptSettled(lane, someSettings(), taken).breaker, "closed");
    assert.equal(replayPace(lane, someSettings(), probeAtMs), "rest");
    const beganMs = nowMs;
    while (replayPace(lane, someSettings(), nowMs) === "rest") nowMs += 1_000;
    return nowMs - beganMs;
  };
  assert.deepEqual(Array.from({ length: 7 }, restsMs), [10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  sends(99, 200);
  assert.equal(restsMs(), 300_000);
  sends(100, 200);
  assert.equal(restsMs(), 10_000);
});

test("an attempt that began in an outage, and fails as the last after its end, is not the last", () => {
  const lane = withRows();
  Object.assign(lane.breaker, { consecutiveFailures: 3, failingSinceMs: 50 });
  comesTo(lane, 7);
  laneEnabled(lane, 150);
  const { changes } = ends(lane, 7, { status: 500, settings: { retry: { delaysMs: [] } } });
  assert.deepEqual(changes, [
    { do: "park", row: { position: 7, state: "retrying", attempts: 2, step: 0, dueAtMs: 200 } },
  ]);
});

test("it leaves live events half of what may be parked: a lane with too much parked reads no further", () => {
  const lane = withRows();
  lane.parked.total = limits.parkedPerEndpoint / 2;
  assert.equal(replayMayPark(lane, "all"), false);
  assert.equal(replayMayPark(lane, "parked"), true, "a recovery sends what is parked already");
  lane.parked.total -= 1;
  assert.equal(replayMayPark(lane, "all"), true);
});

test("it rests while the endpoint is paused or disabled, and while the receiver asked for a pause", () => {
  for (const status of ["paused", "disabled"] as const)
    assert.equal(replayPace(withRows(), someSettings({ status }), 100), "rest");
  const lane = withRows();
  comesTo(lane, 7);
  ends(lane, 7, { status: 429, retryAfterMs: 1_000 });
  assert.equal(replayPace(lane, someSettings(), 1_199), "rest");
  assert.equal(replayPace(lane, someSettings(), 1_200), "send");
});

test("410 halts the lane and asks for the endpoint to be disabled", () => {
  const lane = withRows();
  comesTo(lane, 7);
  assert.equal(ends(lane, 7, { status: 410 }).disable, "gone");
  assert.equal(replayPace(lane, someSettings(), 1e9), "rest");
});

test("an endpoint that has nothing of its own to be probed with is probed by the replay, one at a time", () => {
  const lane = withRows();
  Object.assign(lane.breaker, { consecutiveFailures: 10, failingSinceMs: 0, probeAtMs: 5_000 });
  assert.equal(replayPace(lane, someSettings(), 4_999), "rest");
  assert.equal(replayPace(lane, someSettings(), 5_000), "rest", "something may have been given up");
  const load = turn(lane, 5_000);
  assert.ok(load.do === "load");
  parkedLoaded(lane, { rows: [], total: 0, limit: load.limit, ticket: load.ticket });
  assert.equal(replayPace(lane, someSettings(), 5_000), "probe");
  const known = { state: "delivered", row: null, attempts: 1, nowMs: 5_000, isProbe: true } as const;
  assert.equal(replayTurn(lane, 7, known)?.flight.trigger, "probe");
  assert.equal(replayPace(lane, someSettings(), 5_000), "rest");
  assert.equal(ends(lane, 7, { status: 200 }).breaker, "closed");
  assert.equal(replayPace(lane, someSettings(), 5_000), "send");
});

test("an endpoint with something of its own is left to its own probes", () => {
  const lane = withRows(aRow(7));
  Object.assign(lane.breaker, { consecutiveFailures: 10, failingSinceMs: 0, probeAtMs: 0 });
  assert.equal(replayPace(lane, someSettings(), 100), "rest");
});

/** Whoever is first of the two, the lane and a replay that both look often; answers who sent each probe. */
function probesOf(lane: Lane, count: number, replayWaits: boolean): string[] {
  const senders: string[] = [];
  for (let nowMs = 0; senders.length < count && nowMs < 100 * breakerRule.longestPauseMs; nowMs += 250) {
    const own = turn(lane, nowMs);
    if (own.do === "load") parkedLoaded(lane, { rows: [], total: 0, limit: own.limit, ticket: own.ticket });
    const pace = replayWaits ? replayPace(lane, someSettings(), nowMs) : "rest";
    const ended = { result: anAnswer(500), nowMs, random: 0.5 };
    if (own.do === "send") {
      senders.push(`lane ${own.position}`);
      attemptSettled(lane, someSettings(), { ...ended, position: own.position });
    } else if (pace === "probe") {
      senders.push("replay");
      replayTurn(lane, 80, { state: "exhausted", row: null, attempts: 1, nowMs, isProbe: true });
      assert.deepEqual(turn(lane, nowMs + 60_000), { do: "rest", untilMs: null }, "one probe goes at a time");
      lane.manuals.delete(80);
      breakerFailed(lane.breaker, { nowMs, random: 0.5, wasProbe: true });
    }
  }
  return senders;
}

const openWith = (...rows: ParkedDelivery[]): Lane => {
  const lane = withRows(...rows);
  Object.assign(lane.breaker, { consecutiveFailures: 10, failingSinceMs: 0, probeAtMs: 0 });
  return lane;
};

test("a replay gets every other probe of an endpoint that never takes what it has parked, and that all its turns", () => {
  const far = 1e12;
  const lane = openWith(aRow(7, { dueAtMs: far }), aRow(8, { dueAtMs: far + 1 }));
  assert.deepEqual(probesOf(lane, 6, true), ["lane 7", "replay", "lane 8", "replay", "lane 7", "replay"]);
  const alone = openWith(aRow(7, { dueAtMs: far }), aRow(8, { dueAtMs: far + 1 }));
  assert.deepEqual(probesOf(alone, 4, false), ["lane 7", "lane 8", "lane 7", "lane 8"]);
});

test("an ordered lane leaves every other probe to a replay, too, where all it has is parked", () => {
  const lane = anOrdered();
  reads(lane, 1, keyA);
  eventsPassed(lane, 1, true);
  attemptSettled(lane, someSettings(byKey), { position: 1, result: anAnswer(500), nowMs: 0, random: 0.5 });
  Object.assign(lane.breaker, { consecutiveFailures: 10, probeAtMs: 50, failedProbes: 1 });
  assert.equal(replayPace(lane, someSettings(byKey), 50), "probe");
  assert.deepEqual(does(lane, 50), { do: "rest", untilMs: 50 + probePatienceMs });
  lane.breaker.failedProbes = 2;
  assert.equal(replayPace(lane, someSettings(byKey), 50), "rest");
  assert.equal(does(lane, 50).do, "send");
});

test("a lane waits a moment and no longer for a replay that wanted a probe and does not take it", () => {
  const lane = openWith(aRow(7, { dueAtMs: 1e12 }));
  Object.assign(lane.breaker, { failedProbes: 1, probeAtMs: 5_000 });
  replayPace(lane, someSettings(), 4_900);
  assert.deepEqual(turn(lane, 5_000), { do: "rest", untilMs: 5_000 + probePatienceMs });
  replayPace(lane, someSettings(), 5_950);
  assert.equal(turn(lane, 5_000 + probePatienceMs).do, "send");
});

test("a failure where the lane has yet to come leaves no row, unless the endpoint's filter leaves the event out", () => {
  for (const isTaken of [true, false]) {
    const lane = withRows();
    laneSought(lane, 10, false);
    loads(lane);
    comesTo(lane, 50);
    assert.equal(ends(lane, 50, { status: 500, isTaken }).changes.length, isTaken ? 0 : 1);
    const sent = isTaken && eventTaken(lane, 50, 300);
    assert.ok(!isTaken || (sent && sent.do === "send" && !sent.flight.hasRow));
  }
});

test("a failure leaves the delivery to an attempt of the lane that began meanwhile", () => {
  const lane = withRows();
  laneSought(lane, 10, false);
  loads(lane);
  comesTo(lane, 50);
  eventTaken(lane, 50, 150);
  assert.deepEqual(ends(lane, 50, { status: 500, isTaken: false }).changes, []);
  assert.ok(lane.flights.has(50));
});
