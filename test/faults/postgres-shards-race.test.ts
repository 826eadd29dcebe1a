/** Many processes on a real PostgreSQL take shards, write under their fences, stop, die and leave at random. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../src/core/ports.ts";
import type { JournalBatch } from "../../src/log/journal.ts";
import { Database, type Run } from "../../src/log/postgres/database.ts";
import { type DispatchedShard, ShardsLostError } from "../../src/log/shard-store.ts";
import { type HeldShard, HeldShards } from "../../src/outbound/held-shards.ts";
import { ShardRounds } from "../../src/outbound/shard-rounds.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aBatch, anAttempt } from "../conformance/builders.ts";
import { silent } from "../conformance/store-kinds.ts";
import { type JournalSubject, openJournal } from "../postgres/a-journal.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";
import { aShardStore } from "../postgres/hold-all-shards.ts";

const processes = 4;
const runMs = 4000;
const leaseMs = 500;
/** Who is stopped goes on after this at the latest. */
const stopMsMax = 10 * leaseMs;

let server: PostgresServer | null = null;
after(() => server?.remove());

interface Written {
  readonly processId: string;
  readonly dispatched: readonly DispatchedShard[];
}

/** What was asked of the store, by the position of the one attempt of each batch, and what came of it. */
class Ledger {
  readonly accepted = new Map<number, Written>();
  readonly refused = new Set<number>();
  /** Where all are, nobody takes what they hold. */
  isOneStopped = false;
  #batches = 0;

  nextBatch(): number {
    this.#batches += 1;
    return this.#batches;
  }
}

/** As a process has it, but that it runs nothing: its position is a number that it makes grow. */
class Writer {
  static #made = 0;
  readonly #ledger: Ledger;
  readonly #subject: JournalSubject;
  readonly #shards: HeldShards;
  readonly #rounds: ShardRounds;
  readonly #id: string;
  /** How long it has not known of the time that passed; and since when it does not know of it now. */
  #unknownMs = 0;
  #stoppedAtMs: number | null = null;
  #isStopped: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};
  #last: JournalBatch | null = null;

  private constructor(ledger: Ledger, subject: JournalSubject) {
    Writer.#made += 1;
    this.#id = `prc_${Writer.#made}`;
    this.#ledger = ledger;
    this.#subject = subject;
    const clock: Clock = {
      ...systemClock(),
      steadyMs: () => (this.#stoppedAtMs ?? performance.now()) - this.#unknownMs,
    };
    this.#shards = new HeldShards(64, clock);
    const leasing: Run = async (...statement) => {
      await this.#isStopped;
      return subject.run(...statement);
    };
    this.#rounds = new ShardRounds({
      ...{ store: aShardStore(leasing, leaseMs), shards: this.#shards, clock, logger: silent },
      process: { id: this.#id, name: this.#id, startedAtMs: 0, roles: ["deliver"] },
      join: (gained) => this.#join(gained),
    });
  }

  static async start(ledger: Ledger, url: string): Promise<Writer> {
    const writer = new Writer(ledger, await openJournal(url, { holdsShards: false }));
    await writer.#rounds.start();
    return writer;
  }

  async act(): Promise<void> {
    const chance = Math.random();
    this.#shards.dispatchedTo += 1;
    if (chance < 0.03 && this.#shards.loaded().length > 0) this.#stop();
    if (chance < 0.08 && this.#last !== null) return this.#commit(this.#last);
    const held = this.#shards.loaded().filter(() => Math.random() < 0.3);
    const dispatched = held.map((one) => this.#shards.dispatched(one));
    return this.#commit(aBatch({ dispatched, running: this.#shards.running }));
  }

  /** It renews nothing until it has lost a shard, and believes that no time has passed: it writes on. */
  #stop(): void {
    if (this.#ledger.isOneStopped) return;
    this.#ledger.isOneStopped = true;
    const stoppedAtMs = performance.now();
    this.#stoppedAtMs = stoppedAtMs;
    this.#isStopped = new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake(), stopMsMax);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = () => {};
        this.#unknownMs += performance.now() - stoppedAtMs;
        this.#stoppedAtMs = null;
        this.#ledger.isOneStopped = false;
        resolve();
      };
    });
  }

  get isStopped(): boolean {
    return this.#stoppedAtMs !== null;
  }

  async leave(): Promise<void> {
    this.#wake();
    await this.#rounds.leave();
    await this.#rounds.close();
    await this.#subject.close();
  }

  /** Nobody hears of it any more. */
  async die(): Promise<void> {
    this.#wake();
    await this.#subject.close();
    await this.#rounds.close();
  }

  async #join(gained: readonly HeldShard[]): Promise<void> {
    const { dispatchedTo } = await this.#subject.journal.load(gained.map(({ shard }) => shard));
    for (const held of gained.filter((one) => this.#shards.isHeld(one))) {
      held.offeredTo = dispatchedTo.get(held.shard) ?? 0;
      held.isLoaded = true;
      if (Math.random() < 0.5) await delay(10); // It catches up.
      if (!this.#shards.isHeld(held) || held.state !== "joining") continue;
      this.#shards.dispatchedTo = Math.max(this.#shards.dispatchedTo, held.offeredTo);
      this.#shards.joined(held);
    }
  }

  async #commit({ dispatched, running }: JournalBatch): Promise<void> {
    const position = this.#ledger.nextBatch();
    const batch = aBatch({ dispatched, running, attempts: [anAttempt({ position })] });
    this.#last = batch;
    try {
      await this.#subject.journal.commit(batch);
      this.#ledger.accepted.set(position, { processId: this.#id, dispatched });
    } catch (error) {
      this.#ledger.refused.add(position);
      if (error instanceof ShardsLostError) this.#shards.lost(error.leases);
      this.#wake();
    }
  }
}

async function aLife(ledger: Ledger, url: string, untilMs: number): Promise<Writer> {
  let writer = await Writer.start(ledger, url);
  while (performance.now() < untilMs) {
    await writer.act();
    const chance = Math.random();
    if (chance < 0.02 && !writer.isStopped) {
      await (chance < 0.01 ? writer.leave() : writer.die());
      writer = await Writer.start(ledger, url);
    }
    if (chance > 0.7) await delay(20 * Math.random());
  }
  return writer;
}

/** By shard: who wrote it last, under which fence, and where it was. */
function assertInOrder(order: readonly Written[]): Map<number, DispatchedShard> {
  const last = new Map<number, DispatchedShard & { readonly processId: string }>();
  for (const { processId, dispatched } of order) {
    for (const now of dispatched) {
      const before = last.get(now.shard);
      last.set(now.shard, { ...now, processId });
      if (before === undefined) continue;
      const what = `shard ${now.shard}: ${JSON.stringify(before)}, then ${processId} ${JSON.stringify(now)}`;
      assert.ok(now.fence >= before.fence, `an old fence was taken: ${what}`);
      assert.ok(now.fence > before.fence || processId === before.processId, `two had one fence: ${what}`);
      assert.ok(now.position >= before.position, `it went back: ${what}`);
    }
  }
  return last;
}

test("no two processes write one shard, none goes back, and what is refused changes nothing", async (t) => {
  server = await startPostgres();
  const url = await server.createDatabase("race");
  await (await openJournal(url, { holdsShards: false })).close();
  const ledger = new Ledger();
  const database = new Database({ url, logger: silent });
  const subject = await openJournal(url, { holdsShards: false });
  const untilMs = performance.now() + runMs;
  const writers = await Promise.all(Array.from({ length: processes }, () => aLife(ledger, url, untilMs)));
  const shards = aShardStore(database.run, leaseMs);
  await eventually("each has as many shards as the others", async () => {
    const { members, free } = await shards.cluster();
    return free.length === 0 && members.length === processes && members.every((one) => one.shards.length === 16);
  });
  const stored = (await subject.journal.attempts({ limit: 100_000 })).toReversed();
  assert.deepEqual(
    stored.map(({ sequence }) => sequence),
    stored.map((_attempt, index) => index + 1),
  );
  assert.deepEqual(
    stored.map(({ position }) => position).sort((left, right) => left - right),
    [...ledger.accepted.keys()].sort((left, right) => left - right),
  );
  const last = assertInOrder(stored.map(({ position }) => ledger.accepted.get(position) as Written));
  const { dispatchedTo } = await subject.journal.load([...last.keys()]);
  for (const [shard, { position }] of last) assert.ok((dispatchedTo.get(shard) ?? 0) >= position, `shard ${shard}`);
  t.diagnostic(`${ledger.accepted.size} batches, ${ledger.refused.size} refused`);
  assert.ok(ledger.refused.size > 0, "no shard was lost: this test tests nothing");
  await Promise.all(writers.map((writer) => writer.leave()));
  await Promise.all([subject.close(), database.close()]);
});
