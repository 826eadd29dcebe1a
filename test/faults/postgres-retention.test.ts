/** Steps of retention that several processes take at the same moment, while events come and lanes write. */
import assert from "node:assert/strict";
import { it } from "node:test";
import postgres from "postgres";
import { limits } from "../../src/core/limits.ts";
import { type ShardLease, shardOf } from "../../src/core/shard.ts";
import { openPostgresStore } from "../../src/log/postgres/store.ts";
import type { Store } from "../../src/log/store.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aBatch, anAttempt, anEvent, append, aReceipt, aRow, aSource } from "../conformance/builders.ts";
import { aDatabase } from "../conformance/postgres-kind.ts";
import { HandClock, silent } from "../conformance/store-kinds.ts";

const processes = 3;
const eventsPerRound = 40;
const rounds = 3;

interface Process {
  readonly store: Store;
  readonly id: string;
  leases: readonly ShardLease[];
}

it("remove everything once, fail nobody, and cancel each delivery at the process that runs its lane", async (context) => {
  const url = await aDatabase();
  const clock = new HandClock();
  const open = async (index: number): Promise<Process> => {
    const events = { partitionPositions: 25, lookMsMax: 50 };
    const store = await openPostgresStore({ url, clock, logger: silent, durability: "trusted", events });
    context.after(() => store.close());
    return { store, id: `prc_${index}`, leases: [] };
  };
  const all = await Promise.all(Array.from({ length: processes }, (_, index) => open(index)));
  const round = async (process: Process): Promise<void> => {
    const { store, id, leases } = process;
    const facts = { id, name: id, startedAtMs: 1, roles: ["deliver"] } as const;
    const { excess } = await store.shards.round({ process: facts, holds: leases, releases: [] });
    const releases = leases.slice(0, excess);
    const holds = leases.slice(excess);
    process.leases = (await store.shards.round({ process: facts, holds, releases })).leases;
  };
  for (let times = 0; times < 3; times++) for (const process of all) await round(process);
  const [first] = all as [Process];
  const source = await first.store.sources.create(aSource());
  const cancelled = new Map<number, { by: string; count: number }[]>();
  let removed = 0;

  const step = async (process: Process): Promise<void> => {
    const { store, id, leases } = process;
    for (let more = true; more; ) {
      const result = await store.events.trim({ olderThanMs: clock.nowMs, bytesMax: null, rowsMax: 7, leases });
      removed += result.removed;
      for (const [endpoint, count] of result.cancelled) {
        cancelled.set(endpoint, [...(cancelled.get(endpoint) ?? []), { by: id, count }]);
      }
      ({ more } = result);
    }
    while (await store.journal.trimAttempts({ olderThanMs: clock.nowMs, rowsMax: 7 }));
    while (await store.sources.trimReceipts({ olderThanMs: clock.nowMs, rowsMax: 7 }));
  };
  const write = async ({ store, leases }: Process, base: number): Promise<void> => {
    const positions = await append(store, ...Array.from({ length: eventsPerRound }, () => anEvent()));
    const shards = leases.slice(0, 4);
    await store.journal.commit(
      aBatch({
        dispatched: shards.map((lease) => ({ ...lease, position: 0 })),
        attempts: positions.map((position) => anAttempt({ position, startedAtMs: clock.nowMs })),
        changes: shards.flatMap(({ shard }) =>
          positions.map((position) => ({
            endpointNumber: shard + 64 * base,
            change: { do: "park" as const, row: aRow({ position }) },
          })),
        ),
      }),
    );
    await store.sources.note([aReceipt({ sourceNumber: source.number, receivedAtMs: clock.nowMs })]);
  };

  let parked = 0;
  for (let times = 0; times < rounds; times++) {
    await Promise.all(all.map((process) => write(process, 1)));
    parked += processes * 4 * eventsPerRound;
    clock.nowMs += 1000;
    await Promise.all([
      ...all.map((process) => step(process)),
      ...all.map((process) => write(process, 1)),
      ...all.map(step),
    ]);
    parked += processes * 4 * eventsPerRound;
  }
  clock.nowMs += 1000;
  await Promise.all(all.map(step));

  assert.equal(removed, 2 * rounds * processes * eventsPerRound, "an event was counted twice, or not at all");
  const counts = [...cancelled.values()].flat().map(({ count }) => count);
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    parked,
  );
  for (const [endpoint, told] of cancelled) {
    const holder = all.find(({ leases }) => leases.some(({ shard }) => shard === shardOf(endpoint, limits.shards)));
    assert.deepEqual([...new Set(told.map(({ by }) => by))], [holder?.id], `endpoint ${endpoint}`);
  }
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  context.after(() => sql.end());
  await eventually("only the newest partitions are left", async () => {
    await Promise.all(all.map(step));
    const [row] = await sql`
      SELECT (SELECT count(*)::int FROM trotline.partitions WHERE parent = 'events') AS partitions,
        (SELECT count(*)::int FROM trotline.receipts) AS receipts`;
    return row?.partitions <= 3 && row?.receipts === 0;
  });
  assert.deepEqual(await first.store.journal.attempts({ limit: 10 }), []);
});

it("a process whose clock is a year ahead removes nothing that is young by the clock of the database", async (context) => {
  const [yearMs, dayMs] = [365 * 86_400_000, 86_400_000];
  const url = await aDatabase();
  const clock = new HandClock();
  const store = await openPostgresStore({ url, clock, logger: silent, durability: "trusted" });
  context.after(() => store.close());
  const source = await store.sources.create(aSource());
  const write = async (): Promise<void> => {
    await append(store, anEvent());
    await store.journal.commit(aBatch({ attempts: [anAttempt({ position: 1, startedAtMs: clock.nowMs })] }));
    await store.sources.note([aReceipt({ sourceNumber: source.number, receivedAtMs: clock.nowMs })]);
  };
  const left = async (): Promise<readonly number[]> => {
    const rule = { olderThanMs: clock.nowMs - 7 * dayMs, rowsMax: 100 };
    await store.events.trim({ ...rule, bytesMax: null });
    await store.journal.trimAttempts(rule);
    await store.sources.trimReceipts(rule);
    const [attempts, receipts] = await Promise.all([
      store.journal.attempts({ limit: 10 }),
      store.sources.receipts({ sourceNumber: source.number, before: null, limit: 10 }),
    ]);
    return [
      (await store.events.read({ after: 0, limit: 10, bytesMax: 1e6 })).events.length,
      attempts.length,
      receipts.length,
    ];
  };
  clock.nowMs = Date.now() - 8 * dayMs;
  await write();
  clock.nowMs = Date.now() - dayMs;
  await write();
  clock.nowMs = Date.now() + yearMs;
  assert.deepEqual(await left(), [1, 1, 1], "what is a week old leaves, and nothing else");
});
