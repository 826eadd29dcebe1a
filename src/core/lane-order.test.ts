/** The lines of an ordered lane, step by step; whole scenarios are in test/simulation/ordering.test.ts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ends } from "../../test/simulation/a-lane.ts";
import {
  anOrdered,
  answers,
  blocking,
  byKey,
  does,
  heldRow,
  keyA,
  keyB,
  reads,
} from "../../test/simulation/an-ordered-lane.ts";
import type { OrderSettings } from "./endpoint-order.ts";
import { attemptSlow, eventsPassed, pendingPositions } from "./lane.ts";
import { noKey, strictKey } from "./lane-key.ts";
import { isAtRest } from "./lane-lines.ts";
import { limits } from "./limits.ts";

test("a lane that is not ordered has no lines", () => {
  assert.equal(anOrdered({ ordering: "none" }).order, null);
  assert.equal(anOrdered({}).order, null);
});

test("the first of each key goes, the next waits in memory, and one without a key goes at once", () => {
  const lane = anOrdered();
  assert.equal(reads(lane, 1, keyA)?.do, "send");
  assert.equal(reads(lane, 2, keyB)?.do, "send");
  assert.equal(reads(lane, 3, keyA), null);
  assert.equal(reads(lane, 4, noKey)?.do, "send");
  assert.equal(reads(lane, 5, noKey)?.do, "send");
  assert.deepEqual([...lane.flights.keys()], [1, 2, 4, 5]);
  assert.deepEqual(pendingPositions(lane), [1, 2, 3, 4, 5], "a crash loses none of them");
});

test("the next of a key goes when the one before is delivered, and a key that has none left is free", () => {
  const lane = anOrdered();
  reads(lane, 1, keyA);
  reads(lane, 2, keyA);
  eventsPassed(lane, 2, true);
  assert.deepEqual(ends(lane, 1, { status: 200 }).changes, []);
  const next = does(lane);
  assert.ok(next.do === "send" && next.position === 2 && next.flight.trigger === "first");
  ends(lane, 2, { status: 200 });
  assert.equal(does(lane).do, "rest");
  assert.ok(lane.order !== null && isAtRest(lane.order));
});

test("when one fails, those behind it become rows with it, and whatever comes of its key is held", () => {
  const lane = anOrdered();
  reads(lane, 1, keyA);
  reads(lane, 2, keyA);
  const { changes } = ends(lane, 1, { status: 500 });
  assert.deepEqual(changes, [
    { do: "park", row: { position: 1, state: "retrying", attempts: 1, step: 1, dueAtMs: 1_000, key: keyA } },
  ]);
  assert.deepEqual(does(lane), { do: "note", changes: [{ do: "park", row: heldRow(2) }] });
  assert.deepEqual(reads(lane, 3, keyA), { do: "note", changes: [{ do: "park", row: heldRow(3) }] });
  assert.equal(lane.parked.total, 3);
  assert.deepEqual(pendingPositions(lane), []);
  assert.deepEqual([lane.order?.lines.size, lane.order?.standing.size], [0, 1], "no more than the key is in memory");
});

test("when the one that failed is delivered, the store is asked for the next, and its rows go in turn", () => {
  const lane = anOrdered();
  reads(lane, 1, keyA);
  ends(lane, 1, { status: 500 });
  reads(lane, 2, keyA);
  reads(lane, 3, keyA);
  eventsPassed(lane, 3, true);
  const retry = does(lane, 1_000);
  assert.ok(retry.do === "send" && retry.position === 1 && retry.flight.trigger === "retry");
  ends(lane, 1, { status: 200 });
  assert.deepEqual(does(lane), { do: "loadKeys", keys: [keyA], limit: 8, ticket: 0 });
  assert.equal(does(lane).do, "rest", "it asks once");
  answers(lane, heldRow(2), heldRow(3));
  const second = does(lane);
  assert.ok(second.do === "send" && second.position === 2 && second.flight.hasRow);
  assert.deepEqual(ends(lane, 2, { status: 200 }).changes, [{ do: "unpark", position: 2 }]);
  const third = does(lane);
  assert.ok(third.do === "send" && third.position === 3);
  ends(lane, 3, { status: 200 });
  does(lane);
  assert.ok(lane.order !== null && isAtRest(lane.order), "the store need not be asked whether there is more");
  assert.equal(lane.parked.total, 0);
});

test("what became a row while the store was asked is asked for, too", () => {
  const lane = anOrdered();
  reads(lane, 1, keyA);
  ends(lane, 1, { status: 500 });
  does(lane, 1_000);
  ends(lane, 1, { status: 200 });
  assert.equal(does(lane).do, "loadKeys");
  reads(lane, 2, keyA);
  answers(lane);
  eventsPassed(lane, 2, true);
  assert.equal(does(lane).do, "loadKeys");
  answers(lane, heldRow(2));
  assert.equal(does(lane).do, "send");
});

test("an attempt that is slow holds back those behind it, as rows", () => {
  const lane = anOrdered();
  reads(lane, 1, keyA);
  reads(lane, 2, keyA);
  assert.deepEqual(attemptSlow(lane, 1), {
    do: "park",
    row: { position: 1, state: "sending", attempts: 0, step: 0, dueAtMs: 0, key: keyA },
  });
  assert.deepEqual(does(lane), { do: "note", changes: [{ do: "park", row: heldRow(2) }] });
  eventsPassed(lane, 2, true);
  assert.equal(does(lane).do, "rest");
  ends(lane, 1, { status: 200 });
  assert.equal(does(lane).do, "loadKeys");
});

test("what used up its retries lets those behind go on, or blocks them", () => {
  for (const settings of [byKey, blocking]) {
    const lane = anOrdered(settings);
    reads(lane, 1, keyA);
    reads(lane, 2, keyA);
    eventsPassed(lane, 2, true);
    const { state, changes } = ends(lane, 1, { status: 500, settings: { retry: { delaysMs: [] }, ...settings } });
    const isBlocking = settings.onExhausted === "block";
    assert.equal(state, isBlocking ? "blocked" : "exhausted");
    assert.ok(changes[0]?.do === "park" && changes[0].row.state === state && changes[0].row.key === keyA);
    assert.equal(does(lane, 0, settings).do, isBlocking ? "note" : "send");
    assert.equal(lane.parked.total, isBlocking ? 2 : 0);
  }
});

test("an event without a key never blocks", () => {
  const lane = anOrdered(blocking);
  reads(lane, 1, noKey);
  assert.equal(ends(lane, 1, { status: 500, settings: { retry: { delaysMs: [] }, ...blocking } }).state, "exhausted");
});

test("a strict lane reads nothing while something is not settled", () => {
  const strict: OrderSettings = { ordering: "strict", onExhausted: "park" };
  const lane = anOrdered(strict);
  reads(lane, 1, strictKey);
  assert.equal(does(lane, 0, strict).do, "rest");
  ends(lane, 1, { status: 500 });
  assert.deepEqual(does(lane, 0, strict), { do: "rest", untilMs: 1_000 });
  does(lane, 1_000, strict);
  ends(lane, 1, { status: 200 });
  assert.equal(does(lane, 1_000, strict).do, "loadKeys");
  answers(lane);
  assert.equal(does(lane, 1_000, strict).do, "read");
});

test("a million events behind one that fails are rows up to the limit, nothing in memory, and then unread", () => {
  const lane = anOrdered();
  reads(lane, 1, keyA);
  ends(lane, 1, { status: 500 });
  let position = 1;
  while (does(lane).do === "read" && position < 1_000_000) {
    position += 1;
    assert.equal(reads(lane, position, keyA)?.do, "note");
  }
  assert.equal(lane.parked.total, limits.parkedPerEndpoint);
  assert.equal(position, limits.parkedPerEndpoint);
  assert.deepEqual([lane.order?.lines.size, lane.order?.waiting, lane.parked.rows.length], [0, 0, 1]);
});

test("a key that is on its way holds few in memory, and then nothing is read", () => {
  const lane = anOrdered();
  reads(lane, 1, keyA);
  let position = 1;
  while (does(lane).do === "read" && position < 10_000) reads(lane, ++position, keyA);
  assert.equal(lane.order?.waiting, limits.heldInMemory);
  assert.equal(position, limits.heldInMemory + 1);
});
