import assert from "node:assert/strict";
import { test } from "node:test";
import type { TrotlineError } from "../../core/errors.ts";
import type { PublishedEvent } from "../event-log.ts";
import { ConfigurationWriter, type WantedChange } from "./configuration-writer.ts";
import type { Run } from "./database.ts";

const ack = (key: string, document = "{}"): WantedChange => ({ kind: "consumer", key, document });
const withCode = (code: string) => (error: unknown) => (error as TrotlineError).code === code;

/** A writer whose transactions are noted, and wait until they are let go. */
function aWriter() {
  const transactions: WantedChange[][] = [];
  const announced: PublishedEvent[] = [];
  const gates: { open(): void; fail(error: Error): void }[] = [];
  const writers: unknown[] = [];
  const run: Run = async (_name, [wanted, name] = []) => {
    writers.push(name);
    const changes = JSON.parse(wanted as string) as WantedChange[];
    transactions.push(changes);
    await new Promise<void>((open, fail) => gates.push({ open, fail }));
    return changes.map(({ key, through }, index) => {
      return { number: key === null ? index + 1 : null, is_stale: through === 0 };
    });
  };
  const announcer = {
    announce: async (_run: Run, events: readonly PublishedEvent[]) => void announced.push(...events),
    announced: async () => {},
  };
  const writer = new ConfigurationWriter({ write: (work) => work(run), pulse: { ring: () => {} } }, announcer);
  const turn = async () => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  return { writer, writers, transactions, announced, gates, turn };
}

test("what is asked for while a transaction is under way is the next one, in the order of asking", async () => {
  const { writer, transactions, gates, turn } = aWriter();
  const first = [writer.submit([ack("a")]), writer.submit([ack("b")])];
  await turn();
  const second = [writer.submit([ack("c")]), writer.submit([{ kind: "source", key: null, document: "{}" }])];
  await turn();
  assert.equal(transactions.length, 1, "one at a time");
  gates[0]?.open();
  assert.deepEqual(await Promise.all(first), [0, 0]);
  await turn();
  gates[1]?.open();
  assert.deepEqual(await Promise.all(second), [0, 2], "each is answered what it made");
  assert.deepEqual(
    transactions.map((changes) => changes.map(({ key }) => key)),
    [
      ["a", "b"],
      ["c", null],
    ],
  );
});

test("a transaction takes so many changes and bytes, and a larger task alone", async () => {
  const { writer, transactions, gates, turn } = aWriter();
  const many = Array.from({ length: 999 }, (_, index) => ack(`m${index}`));
  const large = ack("large", "x".repeat(4 * 1024 * 1024));
  const work = [many, [ack("a")], [ack("b")], [large], [ack("c")]].map((changes) => writer.submit(changes));
  for (let at = 0; at < 4; at++) {
    await turn();
    gates[at]?.open();
  }
  await Promise.all(work);
  assert.deepEqual(
    transactions.map(({ length }) => length),
    [1000, 1, 1, 1],
  );
});

test("a transaction that failed is told to all who were in it, and to nobody else", async () => {
  const { writer, gates, turn } = aWriter();
  const failed = [writer.submit([ack("a")]), writer.submit([ack("b")])];
  await turn();
  const other = writer.submit([ack("c")]);
  gates[0]?.fail(new Error("away"));
  for (const one of failed) await assert.rejects(one, /away/);
  await turn();
  gates[1]?.open();
  assert.equal(await other, 0);
});

test("announcements go with the transaction of their change, in order", async () => {
  const { writer, announced, gates, turn } = aWriter();
  const events = ["first", "second"].map((id) => ({ id, data: Buffer.from("{}") }) as unknown as PublishedEvent);
  const done = events.map((event) => writer.submit([ack("a")], event));
  await turn();
  gates[0]?.open();
  await Promise.all(done);
  assert.deepEqual(announced, events);
});

test("a change that was built on what is old is refused alone, and its announcement is not made", async () => {
  const { writer, announced, gates, turn } = aWriter();
  const events = ["a", "b"].map((id) => ({ id, data: Buffer.from("{}") }) as unknown as PublishedEvent);
  const made = writer.submit([{ kind: "source", key: null, document: "{}", through: 1 }]);
  const stale = writer.submit([{ ...ack("a"), through: 0 }], events[0]);
  const done = writer.submit([{ ...ack("b"), through: 1 }], events[1]);
  const refused = assert.rejects(stale, withCode("change-contended"));
  await turn();
  gates[0]?.open();
  assert.deepEqual([await made, await done], [1, 0]);
  await refused;
  assert.deepEqual(announced, [events[1]]);
});

test("what may be in, though it failed, is another's from then on", async () => {
  const { writer, writers, gates, turn } = aWriter();
  for (const index of [0, 1, 2]) {
    const done = writer.submit([ack("a")]);
    await turn();
    if (index === 1) gates[index]?.fail(new Error("cut"));
    else gates[index]?.open();
    await done.catch(() => {});
  }
  assert.equal(writers[0], writers[1]);
  assert.notEqual(writers[1], writers[2]);
});

test("beyond its bounds what comes is refused, and taken again when there is room", async () => {
  const { writer, gates, turn } = aWriter();
  const first = writer.submit([ack("a")]);
  await turn();
  const half = Array.from({ length: 25_000 }, () => ack("b"));
  const waiting = [writer.submit(half), writer.submit(half)];
  await assert.rejects(writer.submit([ack("c")]), withCode("overloaded"));
  gates[0]?.open();
  await first;
  await turn();
  gates[1]?.open();
  await waiting[0];
  await turn();
  const again = writer.submit([ack("c")]);
  for (const at of [2, 3]) {
    gates[at]?.open();
    await turn();
  }
  await Promise.all([...waiting, again]);
});

test("closing finishes what was taken, and takes nothing more", async () => {
  const { writer, gates, turn } = aWriter();
  const taken = writer.submit([ack("a")]);
  const closed = writer.close();
  await assert.rejects(writer.submit([ack("b")]), withCode("shutting-down"));
  await turn();
  gates[0]?.open();
  await Promise.all([taken, closed]);
});
