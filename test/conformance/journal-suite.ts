import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  aBatch,
  aFailedAttempt,
  aLane,
  anAttempt,
  anEndpoint,
  anEvent,
  append,
  aRow,
  aStart,
  loadAll,
  park,
} from "./builders.ts";
import { type StoreKind, withStore } from "./store-kinds.ts";

const health = { consecutiveFailures: 3, failingSinceMs: 5, probeAtMs: 9, failedProbes: 1, pausedUntilMs: 7 };

/** What lanes and parked rows promise. */
export function journalSuite(kind: StoreKind): void {
  describe(`the journal, in the ${kind.name} store`, () => {
    const promise = (sentence: string, work: Parameters<typeof withStore>[1]): void => {
      test(sentence, () => withStore(kind, work));
    };
    const due = async (store: Parameters<Parameters<typeof withStore>[1]>[0]["store"], endpoint: number) =>
      (await store.journal.parkedDue(endpoint, 100)).rows.map((row) => row.position);

    promise("an empty journal begins at 0", async ({ store }) => {
      assert.deepEqual(await loadAll(store), {
        dispatchedTo: 0,
        lanes: [],
        parkedTotals: new Map(),
        ordered: new Set(),
      });
    });

    promise("what a batch says is loaded again, also after reopening", async (subject) => {
      const lanes = [
        aLane({ endpointNumber: 1, readPosition: 9, pending: [4, 7], behind: true }),
        aLane({ endpointNumber: 2, readPosition: 3, behind: false, health }),
        aLane({ endpointNumber: 3, readPosition: 12, behind: false }),
        aLane({ endpointNumber: 4, readPosition: 2, behind: true, health: { ...health, failingSinceMs: null } }),
      ];
      const changes = [1, 2, 3].map((position) => ({
        endpointNumber: 2,
        change: { do: "park", row: aRow({ position }) } as const,
      }));
      await subject.store.journal.commit(aBatch({ dispatchedTo: 12, lanes, changes }));
      const store = kind.reopens ? await subject.reopen() : subject.store;
      assert.deepEqual(await loadAll(store), {
        dispatchedTo: 12,
        lanes: [lanes[0], lanes[1], lanes[3]],
        parkedTotals: new Map([[2, 3]]),
        ordered: new Set(),
      });
    });

    promise(
      "lanes are looked at as a batch left them, those without a record where their shard is",
      async ({ store }) => {
        const [first, second, third, other] = [64, 128, 192, 640]; // All of one shard.
        const lanes = [
          aLane({ endpointNumber: first, readPosition: 9, pending: [4, 7], behind: true }),
          aLane({ endpointNumber: second, readPosition: 3, behind: false, health }),
          aLane({ endpointNumber: third, readPosition: 12, behind: false }),
        ];
        const rows = [aRow({ position: 1 }), aRow({ position: 2 }), aRow({ position: 3, state: "exhausted" })];
        const changes = rows.map((row) => ({ endpointNumber: second, change: { do: "park", row } as const }));
        await store.journal.commit(aBatch({ dispatchedTo: 12, lanes, changes }));
        const seen = await store.journal.lanes([second, first, third, other]);
        assert.deepEqual(
          seen.toSorted((left, right) => left.endpointNumber - right.endpointNumber),
          [
            { endpointNumber: first, record: lanes[0], dispatchedTo: 12, parkedTotal: 0 },
            { endpointNumber: second, record: lanes[1], dispatchedTo: 12, parkedTotal: 2 },
            { endpointNumber: third, record: null, dispatchedTo: 12, parkedTotal: 0 },
            { endpointNumber: other, record: null, dispatchedTo: 12, parkedTotal: 0 },
          ],
        );
        assert.deepEqual(await store.journal.lanes([]), []);
      },
    );

    promise("what a batch announces is in the log with it, once, and listeners have it", async (subject) => {
      const { store } = subject;
      const seen: string[] = [];
      store.events.onAppended((events) => seen.push(...events.map(({ id }) => id)));
      const announce = [anEvent({ tenant: "_operations" }), anEvent({ tenant: "_operations" })];
      const ids = announce.map(({ id }) => id);
      await Promise.all([append(store, anEvent({ id: "before" })), store.journal.commit(aBatch({ announce }))]);
      assert.deepEqual(
        seen.filter((id) => id !== "before"),
        ids,
      );
      await store.journal.commit(aBatch({ announce, attempts: [anAttempt()] }));
      assert.equal(store.events.bounds().head, 3, "the same again is passed over");
      assert.equal((await store.journal.attempts({ limit: 9 })).length, 1);
      const reopened = kind.reopens ? await subject.reopen() : store;
      for (const id of ids) assert.ok((await reopened.events.find("_operations", id)) !== null);
    });

    promise("the newest record of a lane replaces it, and an idle and well one removes it", async ({ store }) => {
      await store.journal.commit(aBatch({ lanes: [aLane({ readPosition: 1, pending: [1], health })] }));
      const newer = aLane({ readPosition: 2 });
      await store.journal.commit(aBatch({ dispatchedTo: 2, lanes: [newer] }));
      assert.deepEqual((await loadAll(store)).lanes, [newer]);
      await store.journal.commit(aBatch({ dispatchedTo: 3, lanes: [aLane({ readPosition: 3, behind: false })] }));
      assert.deepEqual(await loadAll(store), {
        dispatchedTo: 3,
        lanes: [],
        parkedTotals: new Map(),
        ordered: new Set(),
      });
    });

    promise("parked rows come by due time, then position, with their total, and no settled ones", async ({ store }) => {
      const rows = [
        aRow({ position: 1, dueAtMs: 30 }),
        aRow({ position: 2, dueAtMs: 10, state: "sending", attempts: 0, step: 0 }),
        aRow({ position: 3, dueAtMs: 5, state: "exhausted" }),
        aRow({ position: 5, dueAtMs: 20 }),
        aRow({ position: 4, dueAtMs: 20, attempts: 7, step: 3 }),
      ];
      await park(store, 1, ...rows);
      await park(store, 2, aRow({ position: 1, dueAtMs: 1 }));
      const { rows: first, total } = await store.journal.parkedDue(1, 3);
      assert.deepEqual(first, [rows[1], rows[4], rows[3]]);
      assert.equal(total, 4);
      assert.deepEqual(await due(store, 1), [2, 4, 5, 1]);
      assert.deepEqual(await store.journal.parkedDue(9, 10), { rows: [], total: 0 });
    });

    promise("which deliveries failed: those with a row that waits for a retry or was given up", async ({ store }) => {
      await park(
        store,
        1,
        aRow({ position: 9, state: "exhausted" }),
        aRow({ position: 2 }),
        aRow({ position: 3, state: "sending", attempts: 0, step: 0 }),
        aRow({ position: 5, state: "exhausted" }),
        aRow({ position: 7, dueAtMs: 1 }),
      );
      await park(store, 2, aRow({ position: 4 }));
      const { journal } = store;
      assert.deepEqual(await journal.failedAmong(1, { first: 1, last: 100, limit: 10 }), [2, 5, 7, 9]);
      assert.deepEqual(await journal.failedAmong(1, { first: 3, last: 8, limit: 10 }), [5, 7]);
      assert.deepEqual(await journal.failedAmong(1, { first: 1, last: 100, limit: 2 }), [2, 5]);
      assert.deepEqual(await journal.failedAmong(1, { first: 5, last: 5, limit: 1 }), [5]);
      assert.deepEqual(await journal.failedAmong(1, { first: 6, last: 5, limit: 1 }), []);
      assert.deepEqual(await journal.failedAmong(3, { first: 1, last: 100, limit: 10 }), []);
      const change = { do: "unpark", position: 5 } as const;
      await journal.commit(aBatch({ changes: [{ endpointNumber: 1, change }] }));
      assert.deepEqual(await journal.failedAmong(1, { first: 1, last: 100, limit: 10 }), [2, 7, 9]);
    });

    promise("changes are applied in their order, and replace or remove one row", async ({ store }) => {
      const row = aRow({ position: 1, attempts: 2, dueAtMs: 50 });
      const changes = [
        { do: "park", row: aRow({ position: 1 }) },
        { do: "park", row: aRow({ position: 2 }) },
        { do: "unpark", position: 1 },
        { do: "park", row },
        { do: "unpark", position: 2 },
        { do: "unpark", position: 99 },
      ] as const;
      await store.journal.commit(aBatch({ changes: changes.map((change) => ({ endpointNumber: 1, change })) }));
      assert.deepEqual((await store.journal.parkedDue(1, 10)).rows, [row]);
    });

    promise("revive makes due what was given up since, with a fresh schedule, and nothing else", async ({ store }) => {
      const old = aRow({ position: 1, state: "exhausted", attempts: 10, step: 9, dueAtMs: 99 });
      const since = aRow({ position: 2, state: "exhausted", attempts: 8, step: 7, dueAtMs: 100 });
      const waiting = aRow({ position: 3, dueAtMs: 5000, step: 4 });
      await park(store, 1, old, since, waiting);
      await park(store, 2, since);
      const change = { do: "revive", sinceMs: 100, dueAtMs: 777 } as const;
      await store.journal.commit(aBatch({ changes: [{ endpointNumber: 1, change }] }));
      const revived = { ...since, state: "retrying", step: 0, dueAtMs: 777 };
      assert.deepEqual((await store.journal.parkedDue(1, 10)).rows, [revived, waiting]);
      assert.deepEqual((await store.journal.delivery(1, 1)).parked, old);
      assert.deepEqual(await due(store, 2), []);
    });

    promise(
      "the first of those that were given up since a time is told, whatever waits beside it",
      async ({ store }) => {
        const rows = [
          aRow({ position: 1, state: "exhausted", dueAtMs: 99 }),
          aRow({ position: 2, state: "exhausted", dueAtMs: 300 }),
          aRow({ position: 5, state: "exhausted", dueAtMs: 200 }),
          aRow({ position: 4, state: "exhausted", attempts: 7, step: 3, dueAtMs: 200 }),
          aRow({ position: 6, dueAtMs: 150 }),
        ];
        await park(store, 1, ...rows);
        await park(store, 2, aRow({ position: 1, state: "exhausted", dueAtMs: 100 }));
        assert.deepEqual(await store.journal.firstExhausted(1, 100), rows[3]);
        assert.deepEqual(await store.journal.firstExhausted(1, 99), rows[0]);
        assert.equal(await store.journal.firstExhausted(1, 301), null);
        assert.equal(await store.journal.firstExhausted(9, 0), null);
      },
    );

    promise("cancelAll removes every row of the endpoint, settled or not", async ({ store }) => {
      await park(store, 1, aRow({ position: 1 }), aRow({ position: 2, state: "exhausted" }));
      await park(store, 2, aRow({ position: 1 }));
      const changes = [{ endpointNumber: 1, change: { do: "cancelAll" } as const }];
      await store.journal.commit(aBatch({ changes }));
      assert.deepEqual(await due(store, 1), []);
      assert.equal((await store.journal.delivery(1, 2)).parked, null);
      assert.deepEqual([...(await loadAll(store)).parkedTotals], [[2, 1]]);
    });

    promise("cancelBeyond removes the endpoint's rows beyond a position, whatever their state", async ({ store }) => {
      const kept = [aRow({ position: 1 }), aRow({ position: 5 })];
      const gone = [
        aRow({ position: 6 }),
        aRow({ position: 7, state: "sending" }),
        aRow({ position: 8, state: "exhausted" }),
      ];
      await park(store, 1, ...kept, aRow({ position: 4, state: "exhausted" }), ...gone);
      await park(store, 2, aRow({ position: 6 }));
      const changes = [{ endpointNumber: 1, change: { do: "cancelBeyond", position: 5 } as const }];
      await store.journal.commit(aBatch({ changes }));
      assert.deepEqual((await store.journal.parkedDue(1, 10)).rows, kept);
      assert.notEqual((await store.journal.delivery(1, 4)).parked, null);
      for (const { position } of gone) assert.equal((await store.journal.delivery(1, position)).parked, null);
      assert.deepEqual(await due(store, 2), [6]);
    });

    promise(
      "what is parked before cancelBeyond in a batch goes, and what is parked after it stays",
      async ({ store }) => {
        const parks = (position: number) => ({ do: "park", row: aRow({ position }) }) as const;
        const changes = [parks(3), parks(9), { do: "cancelBeyond", position: 2 } as const, parks(8), parks(2)];
        await store.journal.commit(aBatch({ changes: changes.map((change) => ({ endpointNumber: 1, change })) }));
        assert.deepEqual(await due(store, 1), [2, 8]);
      },
    );

    promise("a delivery tells its row, its attempts and whether one delivered", async ({ store }) => {
      const row = aRow({ position: 7, attempts: 2 });
      await park(store, 1, row);
      const failed = aFailedAttempt({ position: 7 });
      const elsewhere = anAttempt({ position: 7, endpointNumber: 2 });
      await store.journal.commit(aBatch({ attempts: [failed, { ...failed, number: 2 }, elsewhere] }));
      assert.deepEqual(await store.journal.delivery(1, 7), { parked: row, attempts: 2, delivered: false });
      assert.deepEqual(await store.journal.delivery(2, 7), { parked: null, attempts: 1, delivered: true });
      assert.deepEqual(await store.journal.delivery(3, 7), { parked: null, attempts: 0, delivered: false });
    });

    promise("what is journalled too late for a deleted endpoint leaves nothing but its attempts", async ({ store }) => {
      const { number } = await store.registry.createEndpoint(anEndpoint(), aStart);
      await store.registry.deleteEndpoint(number);
      const changes = [{ endpointNumber: number, change: { do: "park", row: aRow() } as const }];
      const lanes = [aLane({ endpointNumber: number })];
      await store.journal.commit(aBatch({ changes, lanes, attempts: [anAttempt({ endpointNumber: number })] }));
      const state = await loadAll(store);
      assert.deepEqual([state.lanes.length, state.parkedTotals.size], [0, 0]);
      assert.equal((await store.journal.attempts({ endpointNumber: number, limit: 5 })).length, 1);
    });

    promise("journal batches and appends that are under way together are all stored", async ({ store }) => {
      await Promise.all(
        Array.from({ length: 50 }, async (_, index) => {
          await Promise.all([
            append(store, anEvent()),
            store.journal.commit(aBatch({ dispatchedTo: index + 1, attempts: [anAttempt({ position: index + 1 })] })),
          ]);
        }),
      );
      assert.equal(store.events.bounds().head, 50);
      assert.equal((await loadAll(store)).dispatchedTo, 50);
      const attempts = await store.journal.attempts({ limit: 100 });
      assert.deepEqual(
        attempts.map((attempt) => attempt.position),
        Array.from({ length: 50 }, (_, index) => 50 - index),
      );
    });
  });
}
