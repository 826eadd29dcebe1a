import assert from "node:assert/strict";
import { test } from "node:test";
import { aLane, aRow, ends, loads, take, turn } from "../../test/simulation/a-lane.ts";
import { eventOffered, eventTaken, type Lane } from "./lane.ts";

/** Gives turns to a lane of which one delivery is in flight at a time, and says what each was. */
function turnsOf(lane: Lane, count: number, nextPosition = 1000): string[] {
  const turns: string[] = [];
  let position = nextPosition;
  while (turns.length < count) {
    lane.window.size = 1;
    const next = turn(lane, 6_000);
    if (next.do === "read") {
      eventOffered(lane, position);
      const sent = eventTaken(lane, position, 6_000);
      assert.ok(sent?.do === "send");
      turns.push(sent.flight.trigger);
      ends(lane, position, { status: 200, nowMs: 6_000 });
      position += 1;
    } else {
      assert.ok(next.do === "send", next.do);
      turns.push(next.flight.trigger);
      ends(lane, next.position, { status: 200, nowMs: 6_000 });
    }
  }
  return turns;
}

test("while first attempts wait a retry has one turn in four, however small the window", () => {
  const lane = loads(aLane(), ...[1, 2, 3, 4].map((position) => aRow(position)));
  eventOffered(lane, 1000);
  const expected = ["retry", "first", "first", "first", "retry", "first", "first", "first", "retry"];
  assert.deepEqual(turnsOf(lane, 9), expected);
});

test("where none waits, retries go one after the other", () => {
  const lane = loads(aLane(999), ...[1, 2, 3, 4].map((position) => aRow(position)));
  assert.deepEqual(turnsOf(lane, 4), ["retry", "retry", "retry", "retry"]);
});

test("reading that finds nothing is a turn, too: retries do not wait until the lane has found three events", () => {
  const lane = loads(aLane(), aRow(1), aRow(2));
  take(lane, 1000, 6_000);
  ends(lane, 1000, { status: 200, nowMs: 6_000 });
  const turns = [];
  for (let count = 0; count < 5; count++) {
    const next = turn(lane, 6_000);
    turns.push(next.do);
    if (next.do === "send") ends(lane, next.position, { status: 200, nowMs: 6_000 });
  }
  assert.deepEqual(turns, ["send", "read", "read", "read", "send"]);
});
