import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ParkedDelivery } from "../../src/core/delivery.ts";
import type { ParkedChange } from "../../src/core/lane.ts";
import { looseKey, noKey, strictKey, unknownKey } from "../../src/core/lane-key.ts";
import type { Store } from "../../src/log/store.ts";
import { aBatch, appendMany, aRow, aTrim, loadAll, park } from "./builders.ts";
import { type StoreKind, withStore } from "./store-kinds.ts";

const first = { after: Number.MIN_SAFE_INTEGER, limit: 100 };
const keyA = 2 ** 52 + 3;
const keyB = 77;

const commit = (store: Store, ...changes: ParkedChange[]): Promise<void> =>
  store.journal.commit(aBatch({ changes: changes.map((change) => ({ endpointNumber: 1, change })) }));

async function rowsOf(store: Store, ...positions: number[]): Promise<(ParkedDelivery | null)[]> {
  const found = [];
  for (const position of positions) found.push((await store.journal.delivery(1, position)).parked);
  return found;
}

/** What the journal promises to lanes whose deliveries are ordered. */
export function orderingSuite(kind: StoreKind): void {
  describe(`ordered rows, in the ${kind.name} store`, () => {
    const promise = (sentence: string, work: Parameters<typeof withStore>[1]): void => {
      test(sentence, () => withStore(kind, work));
    };
    const rows = [
      aRow({ position: 9, key: keyA, state: "held", attempts: 0, step: 0 }),
      aRow({ position: 4, key: keyA, dueAtMs: 50 }),
      aRow({ position: 7, key: keyA, state: "held" }),
      aRow({ position: 3, key: keyA, state: "exhausted" }),
      aRow({ position: 2, key: keyA, state: "cancelled" }),
      aRow({ position: 5, key: keyB, state: "blocked" }),
      aRow({ position: 6, key: noKey, dueAtMs: 40 }),
      aRow({ position: 8 }),
    ];

    promise("a row keeps its key, and has none where none was given, also after reopening", async (subject) => {
      await park(subject.store, 1, ...rows);
      const store = kind.reopens ? await subject.reopen() : subject.store;
      assert.deepEqual(await rowsOf(store, ...rows.map((row) => row.position)), rows);
    });

    promise("what is held or blocked is counted and not due; what is cancelled is neither", async ({ store }) => {
      await park(store, 1, ...rows);
      await park(store, 2, aRow());
      const due = await store.journal.parkedDue(1, 10);
      assert.deepEqual(
        due.rows.map((row) => row.position),
        [6, 4, 8],
      );
      assert.equal(due.total, 6);
      const { parkedTotals, ordered } = await loadAll(store);
      assert.deepEqual(
        parkedTotals,
        new Map([
          [1, 6],
          [2, 1],
        ]),
      );
      assert.deepEqual(ordered, new Set([1]));
    });

    promise("the keys that stand come ascending, in pages, with the state of their first row", async ({ store }) => {
      await park(store, 1, ...rows);
      await park(store, 2, aRow({ key: 5 }));
      const all = [
        { key: unknownKey, state: "retrying", rows: 1 },
        { key: noKey, state: "retrying", rows: 1 },
        { key: keyB, state: "blocked", rows: 1 },
        { key: keyA, state: "retrying", rows: 3 },
      ];
      assert.deepEqual(await store.journal.standingKeys(1, first), all);
      assert.deepEqual(await store.journal.standingKeys(1, { ...first, limit: 2 }), all.slice(0, 2));
      assert.deepEqual(await store.journal.standingKeys(1, { after: noKey, limit: 1 }), all.slice(2, 3));
      assert.deepEqual(await store.journal.standingKeys(3, first), []);
    });

    promise("the rows of keys come by position, so many of each, and none that is settled", async ({ store }) => {
      await park(store, 1, ...rows);
      const positions = async (keys: number[], limit: number) =>
        (await store.journal.parkedOfKeys(1, keys, limit)).map((row) => row.position);
      assert.deepEqual(await positions([keyA], 2), [4, 7]);
      assert.deepEqual(await positions([keyB, 12, keyA], 9), [5, 4, 7, 9]);
      assert.deepEqual(await positions([unknownKey], 9), [8]);
      assert.deepEqual(await store.journal.parkedOfKeys(2, [keyA], 9), []);
    });

    promise(
      "revive in an ordered lane: what was blocked is held, what was exhausted is due and has lost its place",
      async ({ store }) => {
        await park(
          store,
          1,
          ...[
            aRow({ position: 1, key: keyA, state: "exhausted", dueAtMs: 200, step: 4 }),
            aRow({ position: 2, key: keyA, state: "exhausted", dueAtMs: 99 }),
            aRow({ position: 3, key: keyB, state: "blocked", dueAtMs: 200 }),
            aRow({ position: 4, key: noKey, state: "exhausted", dueAtMs: 200 }),
            aRow({ position: 5, key: keyA, dueAtMs: 900 }),
            aRow({ position: 6, key: noKey, dueAtMs: 900 }),
            aRow({ position: 7, key: keyB, state: "cancelled", dueAtMs: 200 }),
          ],
        );
        await commit(store, { do: "revive", sinceMs: 100, dueAtMs: 777, isOrdered: true });
        const states = (await rowsOf(store, 1, 2, 3, 4, 5, 6, 7)).map((row) => [
          row?.state,
          row?.step,
          row?.dueAtMs,
          row?.key,
        ]);
        assert.deepEqual(states, [
          ["retrying", 0, 777, looseKey(keyA)],
          ["exhausted", 1, 99, keyA],
          ["held", 0, 777, keyB],
          ["retrying", 0, 777, noKey],
          ["retrying", 1, 900, keyA],
          ["retrying", 1, 900, noKey],
          ["cancelled", 1, 200, keyB],
        ]);
      },
    );

    promise("holdAll puts all that is not settled into one line", async ({ store }) => {
      await park(store, 1, ...rows);
      await commit(store, { do: "holdAll" });
      assert.deepEqual(await store.journal.standingKeys(1, first), [{ key: strictKey, state: "held", rows: 6 }]);
      const [held, exhausted, cancelled] = await rowsOf(store, 5, 3, 2);
      assert.deepEqual([held?.state, held?.key], ["held", strictKey]);
      assert.deepEqual([exhausted, cancelled], [rows[3], rows[4]]);
    });

    promise("releaseAll makes what was held due and what was blocked exhausted", async ({ store }) => {
      await park(store, 1, ...rows);
      await park(store, 2, aRow({ key: keyA, state: "held" }));
      await commit(store, { do: "releaseAll" });
      assert.deepEqual(
        (await rowsOf(store, 9, 4, 7, 3, 2, 5)).map((row) => row?.state),
        ["retrying", "retrying", "retrying", "exhausted", "cancelled", "exhausted"],
      );
      assert.deepEqual((await loadAll(store)).ordered, new Set([2]));
      assert.deepEqual(
        (await rowsOf(store, 9, 4)).map((row) => row?.key),
        [undefined, keyA],
        "what was held has no key any more",
      );
    });

    promise("unblockAll leaves what is held as it is", async ({ store }) => {
      await park(store, 1, ...rows);
      await commit(store, { do: "unblockAll" });
      assert.deepEqual(
        (await rowsOf(store, 9, 5)).map((row) => row?.state),
        ["held", "exhausted"],
      );
    });

    promise("what was blocked is given up since then, as what is exhausted is", async ({ store }) => {
      await park(store, 1, aRow({ position: 2, state: "blocked", key: keyA, dueAtMs: 100 }));
      await park(store, 1, aRow({ position: 1, state: "exhausted", dueAtMs: 150 }));
      assert.equal((await store.journal.firstExhausted(1, 50))?.position, 2);
    });

    promise("retention cancels what is held and blocked, and does not count what a person skipped", async (subject) => {
      const { store, clock } = subject;
      await appendMany(store, 4);
      clock.nowMs += 1000;
      await park(
        store,
        1,
        ...(["held", "blocked", "cancelled", "exhausted"] as const).map((state, index) =>
          aRow({ position: index + 1, state, key: keyA }),
        ),
      );
      const { cancelled } = await store.events.trim(aTrim({ olderThanMs: clock.nowMs }));
      assert.deepEqual([...cancelled], [[1, 2]]);
      assert.deepEqual(await store.journal.standingKeys(1, first), []);
    });
  });
}
