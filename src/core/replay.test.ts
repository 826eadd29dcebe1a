import assert from "node:assert/strict";
import { test } from "node:test";
import {
  afterCount,
  hasEnded,
  newReplay,
  nextReplayStatus,
  type Replay,
  type ReplayMove,
  type ReplayStatus,
  replayFilter,
  replayStatuses,
  replayTypes,
  resumption,
} from "./replay.ts";

const plan = { endpointNumber: 1, endpointId: "ep_1", types: [], only: "all", isDryRun: false } as const;
const aReplay = (changes: Partial<Replay> = {}): Replay => ({
  ...newReplay({ ...plan, first: 11, last: 20 }, { id: "rpl_1", nowMs: 5 }),
  ...changes,
});

const moves: readonly ReplayMove[] = [
  "counted",
  "started",
  "paused",
  "resumed",
  "recounted",
  "completed",
  "cancelled",
  "failed",
];

/** The whole table once more, a line for each status. A dot: the move is illegal. */
const expected: Record<ReplayStatus, string> = {
  //         counted started paused resumed  recounted completed cancelled failed
  counting: "counted running paused counting . . cancelled failed",
  running: ". . paused running . completed cancelled failed",
  paused: ". . paused running counting . cancelled failed",
  counted: ". . . . . . . .",
  completed: ". . . . . . . .",
  cancelled: ". . . . . . . .",
  failed: ". . . . . . . .",
};

test("every move of every status is legal or refused as the table says", () => {
  assert.deepEqual([...replayStatuses].sort(), Object.keys(expected).sort());
  for (const status of replayStatuses) {
    const row = expected[status].split(" ");
    for (const [index, move] of moves.entries())
      assert.equal(nextReplayStatus(status, move), row[index] === "." ? null : row[index], `${status} ${move}`);
  }
});

test("what has ended stays ended", () => {
  const ended = replayStatuses.filter(hasEnded);
  assert.deepEqual([...ended].sort(), ["cancelled", "completed", "counted", "failed"]);
});

test("a new one has counted and sent nothing", () => {
  const replay = aReplay();
  assert.deepEqual(
    [replay.status, replay.countedThrough, replay.position, replay.matched, replay.createdAtMs],
    ["counting", 10, 10, 0, 5],
  );
});

test("after its count it runs, or ends where it was to count only", () => {
  assert.equal(afterCount(aReplay()), "started");
  assert.equal(afterCount(aReplay({ isDryRun: true })), "counted");
});

test("one that was paused goes on where it was: counting, or sending", () => {
  assert.equal(resumption(aReplay({ status: "paused", countedThrough: 15 })), "recounted");
  assert.equal(resumption(aReplay({ status: "paused", countedThrough: 20 })), "resumed");
  assert.equal(resumption(aReplay({ status: "counting" })), "resumed");
  const counted = { status: "paused", countedThrough: 20, isDryRun: true } as const;
  assert.equal(resumption(aReplay(counted)), "recounted", "what was to count only never sends");
});

test("it takes the types that were asked for, or else those of its endpoint", () => {
  assert.deepEqual(replayTypes(["a.*"], ["b"]), ["a.*"]);
  assert.deepEqual(replayTypes([], ["b"]), ["b"]);
  assert.deepEqual(replayTypes([], []), []);
});

test("it takes every event of its types, or only those that were not delivered", () => {
  const wasDelivered = (position: number): boolean => position === 1;
  const events = ["a.b", "a.b", "c"].map((type, index) => ({ type, position: index + 1 }));
  const taken = (replay: Pick<Replay, "types" | "only">): number[] =>
    events.filter((event) => replayFilter(replay)(event, wasDelivered)).map(({ position }) => position);
  assert.deepEqual(taken({ types: ["a.*"], only: "all" }), [1, 2]);
  assert.deepEqual(taken({ types: ["a.*"], only: "failed" }), [2]);
  assert.deepEqual(taken({ types: [], only: "failed" }), [2, 3]);
});
