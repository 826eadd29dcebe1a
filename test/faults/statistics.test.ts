/** Every attempt is counted once, whatever fails and whoever counts. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { moveToPostgres } from "../../src/app-move.ts";
import { Measures } from "../../src/core/measures.ts";
import { openPostgresStore } from "../../src/log/postgres/store.ts";
import type { WriterFaultRule } from "../../src/log/sqlite/writer-fault.ts";
import { hourMs } from "../../src/log/statistics-rows.ts";
import type { Store } from "../../src/log/store.ts";
import { StatisticsRoll } from "../../src/observe/statistics-roll.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aBatch, aFailedAttempt, anAttempt, anEvent, append } from "../conformance/builders.ts";
import { HandClock, inFolder, silent, withSqlite } from "../conformance/store-kinds.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";

const attemptsPerPage = 10;
const clock = new HandClock();

let server: PostgresServer;
before(async () => {
  server = await startPostgres();
});
after(() => server.remove());

const aRoll = (store: Store): StatisticsRoll =>
  new StatisticsRoll({ store, clock, logger: silent, attemptsAgeMs: 30 * 24 * hourMs, attemptsPerPage });

/** Deliveries of which every second is made at its second attempt. */
async function deliver(store: Store, from: number, count: number): Promise<void> {
  await append(store, ...Array.from({ length: count }, (_, nth) => anEvent({ type: `t.${nth % 3}` })));
  const positions = Array.from({ length: count }, (_, nth) => from + nth);
  const attempts = positions.flatMap((position) =>
    position % 2 === 0
      ? [anAttempt({ position })]
      : [aFailedAttempt({ position }), anAttempt({ position, number: 2, trigger: "retry" })],
  );
  await store.journal.commit(aBatch({ attempts }));
}

async function countsOf(store: Store): Promise<number[]> {
  const hour = Math.floor(clock.nowMs / hourMs) * hourMs;
  const [whole] = await store.statistics.read({
    ...{ fromMs: hour, beforeMs: hour + hourMs, stepMs: hourMs, bucketMs: hourMs },
    ...{ groupBy: "none", groupsMax: 1 },
  });
  const sum = new Measures();
  for (const measures of whole?.buckets.values() ?? []) sum.merge(measures);
  return [sum.sent, sum.delivered, sum.attempts, sum.errors.get("http_status") ?? 0, sum.fromAccepted.count];
}

/** Looks as long as the store is behind; answers how often. */
async function rollAll(store: Store): Promise<number> {
  const roll = aRoll(store);
  let looks = 0;
  await eventually("all is counted", async () => {
    await roll.look();
    looks += 1;
    const state = await store.statistics.state().catch(() => null);
    return state !== null && state.rolledTo === state.lastSequence;
  });
  await roll.close();
  return looks;
}

for (const how of ["fail", "exit"] as const) {
  test(`the writer ${how}s at its n-th call: what was counted and how far are one`, async () => {
    for (let call = 1, again = true; again; call++) {
      const fault: WriterFaultRule = { call, how };
      await inFolder(async (folder) => {
        await withSqlite(folder, {}, (store) => deliver(store, 1, 20));
        await withSqlite(folder, { fault }, async (store) => {
          // The look that fails is seen by there being another.
          again = (await rollAll(store)) > 1;
          assert.deepEqual(await countsOf(store), [20, 20, 30, 10, 20], `call ${call}`);
        });
      });
      assert.ok(call > 3 || again, "the fault was never met");
    }
  });
}

test("attempts that are journalled while others are counted are seen at the next look", async () => {
  await inFolder((folder) =>
    withSqlite(folder, {}, async (store) => {
      await deliver(store, 1, 20);
      const { statistics } = store;
      let meanwhile: Promise<void> | null = null;
      const state = statistics.state.bind(statistics);
      const page = async (query: Parameters<typeof statistics.page>[0]) => {
        const found = await statistics.page(query);
        meanwhile ??= deliver(store, 21, 10);
        await meanwhile;
        return found;
      };
      const add = statistics.add.bind(statistics);
      const trim = statistics.trim.bind(statistics);
      const counted = { counters: () => store.counters(), statistics: { ...statistics, state, page, add, trim } };
      const options = { store: counted as unknown as Store, clock, logger: silent, attemptsAgeMs: hourMs };
      const roll = new StatisticsRoll(options);
      roll.start();
      await eventually("all is counted", async () => (await countsOf(store))[2] === 45);
      await roll.close();
    }),
  );
});

test("writers that journal at once: no attempt comes before one that was counted", async () => {
  const url = await server.createDatabase("writers");
  const open = (): Promise<Store> => openPostgresStore({ url, clock, logger: silent, durability: "trusted" });
  const stores = await Promise.all([open(), open(), open(), open()]);
  const [first, ...others] = stores as [Store, Store, Store, Store];
  const batches = 25;
  await append(first, ...Array.from({ length: 3 * batches * 4 }, () => anEvent()));
  let isOver = false;
  const rolling = (async () => {
    const roll = aRoll(first);
    while (!isOver) await roll.look();
    await roll.close();
  })();
  const journals = others.map(async (store, writer) => {
    for (let batch = 0; batch < batches; batch++) {
      const from = 1 + 4 * (writer * batches + batch);
      const attempts = [0, 1, 2, 3].map((nth) => anAttempt({ position: from + nth, endpointNumber: 1 + writer }));
      await store.journal.commit(aBatch({ attempts }));
    }
  });
  await Promise.all(journals);
  isOver = true;
  await rolling;
  await rollAll(first);
  assert.deepEqual(await countsOf(first), [300, 300, 300, 0, 300]);
  await Promise.all(stores.map((store) => store.close()));
});

test("processes that count at once, and one that stops in the midst, count each attempt once", async () => {
  const url = await server.createDatabase("statistics");
  const open = (): Promise<Store> => openPostgresStore({ url, clock, logger: silent, durability: "trusted" });
  const stores = await Promise.all([open(), open(), open()]);
  const [first, second, leaving] = stores as [Store, Store, Store];
  await deliver(first, 1, 100);
  const stopping = aRoll(leaving);
  const underWay = [rollAll(first), rollAll(second), stopping.look()];
  await eventually("some are counted", async () => (await first.statistics.state()).rolledTo > 0);
  await stopping.close();
  await leaving.close();
  // Journalled while others count.
  await deliver(second, 101, 100);
  await Promise.all(underWay);
  await rollAll(first);
  assert.deepEqual(await countsOf(second), [200, 200, 300, 100, 200]);
  await Promise.all([first.close(), second.close()]);
});

test("a store that was moved is counted anew from its attempts", async () => {
  const url = await server.createDatabase("moved");
  await inFolder(async (folder) => {
    await withSqlite(folder, {}, async (store) => {
      await deliver(store, 1, 20);
      await rollAll(store);
    });
    const { signal } = new AbortController();
    const about = { folder, url, restart: false, durability: "trusted", clock, logger: silent } as const;
    await moveToPostgres({ ...about, signal, onStep: () => {} });
  });
  const store = await openPostgresStore({ url, clock, logger: silent, durability: "trusted" });
  await rollAll(store);
  assert.deepEqual(await countsOf(store), [20, 20, 30, 10, 20]);
  await store.close();
});
