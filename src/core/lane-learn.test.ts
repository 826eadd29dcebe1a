/** What a lane learns of its keys, what people do to its order, and its probes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { aLane, aRow, ends, take, turn } from "../../test/simulation/a-lane.ts";
import {
  anOrdered,
  answers,
  byKey,
  does,
  heldRow,
  keyA,
  keyB,
  loadsDue,
  reads,
} from "../../test/simulation/an-ordered-lane.ts";
import { breakerRule } from "./breaker.ts";
import { eventsPassed, logTrimmed, pendingPositions } from "./lane.ts";
import { keyOfSubject, looseKey, noKey, strictKey, unknownKey } from "./lane-key.ts";
import { keysLearnt, laneReordered, misfit, rowIdentified } from "./lane-learn.ts";
import { manualSettled, manualTurn } from "./lane-manual.ts";
import { orderedTaken } from "./lane-order.ts";
import { replayMayGo, replayTurn } from "./lane-replay.ts";
import { deliverySkipped, skipRefusal } from "./lane-skip.ts";

test("after a restart nothing starts before it is known which keys stand", () => {
  const lane = anOrdered(byKey, 3, [7, 8]);
  const learn = does(lane);
  assert.deepEqual(learn, { do: "learn", ticket: 1, positions: [7, 8] });
  assert.deepEqual(does(lane), { do: "rest", untilMs: null });
  const standing = [{ key: keyA, state: "retrying", rows: 3 } as const];
  keysLearnt(lane, {
    ticket: 1,
    standing,
    keys: new Map([
      [7, keyA],
      [8, keyB],
    ]),
  });
  assert.deepEqual(does(lane), { do: "note", changes: [{ do: "park", row: heldRow(7) }] }, "behind what stands");
  loadsDue(lane, aRow(4, { key: keyA, dueAtMs: 9_000 }));
  does(lane);
  answers(lane, aRow(4, { key: keyA, dueAtMs: 9_000 }), heldRow(7));
  const sent = [does(lane), does(lane)].find((one) => one.do === "send");
  assert.ok(sent?.do === "send" && sent.position === 8, "the other key is free");
});

test("what is learnt while an attempt ends is asked once more", () => {
  const other = aLane();
  take(other, 5);
  const flight = other.flights.get(5);
  assert.ok(flight !== undefined);
  const lane = anOrdered(byKey, 1);
  assert.equal(does(lane).do, "learn");
  lane.flights.set(5, flight);
  ends(lane, 5, { status: 200 });
  keysLearnt(lane, { ticket: 1, standing: [], keys: new Map() });
  assert.deepEqual(does(lane), { do: "learn", ticket: 2, positions: [] });
});

test("rows that were written before there was an order are given their keys, and those behind are held", () => {
  const lane = anOrdered(byKey, 2);
  does(lane);
  const { order } = lane;
  assert.ok(order !== null);
  const standing = [{ key: unknownKey, state: "retrying", rows: 2 } as const];
  assert.deepEqual(misfit(order, byKey, standing), { do: "identify", keys: [unknownKey] });
  assert.deepEqual(rowIdentified(aRow(4), keyA), { do: "park", row: aRow(4, { state: "held", key: keyA }) });
  assert.deepEqual(rowIdentified(aRow(4), noKey), { do: "park", row: aRow(4, { key: noKey }) });
  assert.deepEqual(rowIdentified(aRow(4), null), { do: "unpark", position: 4 });
  assert.equal(misfit(order, byKey, [{ key: keyA, state: "held", rows: 2 }]), null);
});

test("a lane that becomes strict puts all of its rows into one line; park unblocks what was blocked", () => {
  const strict = anOrdered({ ordering: "strict" }, 1).order;
  assert.ok(strict !== null);
  assert.deepEqual(misfit(strict, {}, [{ key: keyA, state: "held", rows: 1 }]), { do: "holdAll" });
  assert.equal(misfit(strict, {}, [{ key: looseKey(strictKey), state: "retrying", rows: 1 }]), null);
  const standing = [{ key: strictKey, state: "blocked", rows: 1 } as const];
  assert.deepEqual(misfit(strict, { onExhausted: "park" }, standing), { do: "unblockAll" });
  assert.equal(misfit(strict, { onExhausted: "block" }, standing), null);
});

test("when nothing is ordered any more, what waits in memory goes as it comes, and rows are released", () => {
  const lane = anOrdered();
  reads(lane, 1, keyA);
  reads(lane, 2, keyA);
  assert.deepEqual(laneReordered(lane, { ordering: "none" }), [{ do: "releaseAll" }]);
  assert.equal(lane.order, null);
  assert.deepEqual(pendingPositions(lane), [1, 2]);
  loadsDue(lane);
  const next = turn(lane);
  assert.ok(next.do === "send" && next.position === 2);
});

test("while the breaker is open the oldest of a key is the probe, and never one behind it", () => {
  const lane = anOrdered();
  for (let position = 1; position <= breakerRule.failuresToOpen; position++) {
    reads(lane, position, keyOfSubject(`key ${position}`));
  }
  for (let position = 1; position <= breakerRule.failuresToOpen; position++) ends(lane, position, { status: 500 });
  const probeAtMs = lane.breaker.probeAtMs ?? 0;
  reads(lane, 11, keyOfSubject("key 1"));
  assert.equal(does(lane, probeAtMs).do, "read", "the next event, where its key is free");
  assert.equal(orderedTaken(lane, { position: 12, key: keyOfSubject("key 2") }, probeAtMs)?.do, "note");
  const probe = orderedTaken(lane, { position: 13, key: keyB }, probeAtMs);
  assert.ok(probe?.do === "send" && probe.flight.trigger === "probe");
});

test("an open breaker reads few events that are held for the sake of a probe, and then probes with a parked one", () => {
  const lane = anOrdered();
  reads(lane, 1, keyA);
  eventsPassed(lane, 1, true);
  for (let failure = 0; failure < breakerRule.failuresToOpen; failure++) {
    if (failure > 0) does(lane, 10_000_000, byKey);
    ends(lane, 1, { status: 500, settings: { retry: { delaysMs: Array.from({ length: 20 }, () => 0) } } });
  }
  const probeAtMs = lane.breaker.probeAtMs ?? 0;
  let position = 1;
  for (; does(lane, probeAtMs).do === "read" && position < 100; ) reads(lane, ++position, keyA);
  assert.ok(position < 30, `it read ${position} events`);
  assert.ok(lane.flights.has(1), "the probe is the oldest of the key");
});

test("a person's attempt at one that waits goes beside the order; taken, it is not sent again", () => {
  const lane = anOrdered();
  reads(lane, 1, keyA);
  reads(lane, 2, keyA);
  reads(lane, 3, keyA);
  const known = { state: "pending", row: null, attempts: 0, nowMs: 0 } as const;
  assert.equal(manualTurn(lane, 2, known)?.do, "send");
  const result = { status: 200, errorClass: null, errorDetail: null, durationMs: 1, retryAfterMs: null };
  const taken = { ...result, responseBody: new Uint8Array(), responseTruncated: false };
  manualSettled(lane, { position: 2, result: taken, nowMs: 0 });
  assert.deepEqual(pendingPositions(lane), [1, 3]);
  assert.equal(does(lane).do, "learn", "what stands is asked again");
});

test("a person skips what waits in memory, and what has a row; not what is settled, on its way, or ahead", () => {
  const lane = anOrdered();
  reads(lane, 1, keyA);
  reads(lane, 2, keyA);
  assert.equal(skipRefusal(lane, 1, "sending"), "in-flight");
  assert.equal(skipRefusal(lane, 9, "pending"), "ahead");
  for (const state of ["delivered", "exhausted", "skipped", "cancelled"] as const) {
    assert.equal(skipRefusal(lane, 2, state), "settled");
  }
  assert.equal(skipRefusal(lane, 2, "pending"), null);
  const change = deliverySkipped(lane, 2, { state: "pending", row: null, nowMs: 5 });
  assert.deepEqual(change, { do: "park", row: { position: 2, state: "cancelled", attempts: 0, step: 0, dueAtMs: 5 } });
  assert.deepEqual(pendingPositions(lane), [1]);
  const row = heldRow(2, { attempts: 3 });
  const skipped = deliverySkipped(lane, 2, { state: "held", row, nowMs: 5 });
  assert.deepEqual(skipped, { do: "park", row: { ...row, state: "cancelled", dueAtMs: 5 } });
});

test("a replay sends an event when its key is free and the lane has been there, and holds the key meanwhile", () => {
  const lane = anOrdered();
  reads(lane, 1, keyA);
  assert.ok(!replayMayGo(lane, { position: 1, key: keyA }));
  assert.ok(!replayMayGo(lane, { position: 4, key: keyB }), "the lane is to come there");
  ends(lane, 1, { status: 200 });
  assert.ok(replayMayGo(lane, { position: 1, key: keyA }));
  const known = { state: "delivered", row: null, attempts: 1, nowMs: 0, isProbe: false, key: keyA } as const;
  assert.equal(replayTurn(lane, 1, known)?.do, "send");
  assert.equal(reads(lane, 2, keyA), null, "it waits for the replay");
});

test("what left the log while it waited is forgotten, and the next of its key goes", () => {
  const lane = anOrdered();
  reads(lane, 1, keyA);
  reads(lane, 2, keyA);
  reads(lane, 3, keyA);
  logTrimmed(lane, 3);
  ends(lane, 1, { status: 200 });
  const next = does(lane);
  assert.ok(next.do === "send" && next.position === 3);
});
