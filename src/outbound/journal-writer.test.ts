import assert from "node:assert/strict";
import { it } from "node:test";
import type { AttemptRecord } from "../core/attempt.ts";
import type { PublishedEvent } from "../log/event-log.ts";
import type { Journal, JournalBatch } from "../log/journal.ts";
import { eventually } from "../testing/eventually.ts";
import { JournalWriter, unjournalledMax } from "./journal-writer.ts";

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

it("lanes that waited because the journal filled up during a commit are told that there is room", async () => {
  const commits: { batch: JournalBatch; done: () => void }[] = [];
  let told = 0;
  const writer = new JournalWriter({
    journal: { commit: (batch) => new Promise<void>((done) => commits.push({ batch, done })) } as Journal,
    logger: quiet,
    dispatchedTo: () => 0,
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
