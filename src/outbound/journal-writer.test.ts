import assert from "node:assert/strict";
import { it } from "node:test";
import type { AttemptRecord } from "../core/attempt.ts";
import type { PublishedEvent } from "../log/event-log.ts";
import type { Journal, JournalBatch } from "../log/journal.ts";
import { eventually } from "../testing/eventually.ts";
import { HeldShards, soleShard } from "./held-shards.ts";
import { JournalWriter, unjournalledMax } from "./journal-writer.ts";

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

it("lanes that waited because the journal filled up during a commit are told that there is room", async () => {
  const commits: { batch: JournalBatch; done: () => void }[] = [];
  let told = 0;
  const writer = new JournalWriter({
    journal: { commit: (batch) => new Promise<void>((done) => commits.push({ batch, done })) } as Journal,
    logger: quiet,
    shards: soleShard({ steadyMs: () => 0, wallMs: () => 0 }),
    nowMs: () => 0,
    takeRecord: () => null,
    recordsStored: () => {},
    onRoom: () => {
      told += 1;
    },
  });
  const note = (count: number): void => {
    for (let i = 0; i < count; i++) writer.note(1, {} as AttemptRecord, []);
  };
  note(unjournalledMax - 200);
  await eventually("the first commit", () => commits.length === 1);
  note(100);
  assert.ok(!writer.isFull);
  writer.announce(Array.from({ length: 100 }, () => ({}) as PublishedEvent));
  assert.ok(writer.isFull, "what is announced counts");
  commits[0]?.done();
  await eventually("told", () => told > 0, 1000);
  await eventually("the second commit", () => commits.length === 2);
  commits[1]?.done();
  await eventually("all is stored", () => !writer.isFull);
  for (let i = 0; i < unjournalledMax; i++) writer.note(1, null, [{ do: "unpark", position: i }]);
  assert.ok(writer.isFull, "rows that change without an attempt count");
});

it("whoever waits for the journal when nothing was noted costs no commit", async () => {
  const commits: JournalBatch[] = [];
  const shards = soleShard({ steadyMs: () => 0, wallMs: () => 0 });
  const writer = new JournalWriter({
    journal: { commit: async (batch) => void commits.push(batch) } as Journal,
    logger: quiet,
    shards,
    nowMs: () => 0,
    takeRecord: () => null,
    recordsStored: () => {},
    onRoom: () => {},
  });
  await writer.flushed();
  assert.equal(commits.length, 0);
  writer.touch(1);
  await writer.flushed();
  assert.equal(commits.length, 1, "a lane changed");
  shards.dispatchedTo = 7;
  await writer.flushed();
  assert.equal(commits.length, 2, "events were dispatched");
  await writer.flushed();
  assert.equal(commits.length, 2);
  shards.dispatchedTo = 5;
  await writer.flushed();
  assert.equal(commits.at(-1)?.dispatched[0]?.position, 5, "the log was put back");
});

it("a process that runs no shard journals nothing of a log that goes on", async () => {
  const commits: JournalBatch[] = [];
  const clock = { steadyMs: () => 0, wallMs: () => 0 };
  const shards = new HeldShards(64, clock);
  const writer = new JournalWriter({
    journal: { commit: async (batch) => void commits.push(batch) } as Journal,
    logger: quiet,
    shards,
    nowMs: () => 0,
    takeRecord: () => null,
    recordsStored: () => {},
    onRoom: () => {},
  });
  shards.dispatchedTo = 7;
  writer.touchHead();
  // Longer than a head waits that alone is to be journalled.
  await new Promise((resolve) => setTimeout(resolve, 1300));
  assert.equal(commits.length, 0);
  const held = shards.gained({ shard: 3, fence: 1 });
  held.isLoaded = true;
  shards.joined(held);
  writer.touchHead();
  await eventually("it is journalled", () => commits.length === 1);
});
