import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EventPage, ReadBackQuery } from "../../src/log/event-log.ts";
import type { Store } from "../../src/log/store.ts";
import { aBatch, aFailedAttempt, anAttempt, anEvent, append, appendMany, aTrim, plain } from "./builders.ts";
import { type StoreKind, withStore } from "./store-kinds.ts";

const readBack = (store: Store, query: Partial<ReadBackQuery>): Promise<EventPage> =>
  store.events.readBack({ before: 1000, limit: 100, bytesMax: 1e6, ...query });

const positionsIn = (page: EventPage): number[] => page.events.map((event) => event.position);

/** What `readBack` and `deliveredAmong` promise. */
export function readBackSuite(kind: StoreKind): void {
  describe(`reading back, in the ${kind.name} store`, () => {
    const promise = (sentence: string, work: Parameters<typeof withStore>[1]): void => {
      test(sentence, () => withStore(kind, work));
    };

    promise("the newest come first, whole, and a page that has all goes down to the earliest", async ({ store }) => {
      await append(store, anEvent(), anEvent({ subject: "ü", version: "1", data: '{"a" : 1.0}' }), anEvent());
      const page = await readBack(store, {});
      assert.deepEqual([positionsIn(page), page.through], [[3, 2, 1], 1]);
      const forward = await store.events.read({ after: 0, limit: 9, bytesMax: 1e6 });
      assert.deepEqual(page.events.map(plain), forward.events.map(plain).reverse());
    });

    promise("a page begins before its position and ends at its limit", async ({ store }) => {
      await appendMany(store, 5);
      const page = await readBack(store, { before: 5, limit: 2 });
      assert.deepEqual([positionsIn(page), page.through], [[4, 3], 3]);
      const last = await readBack(store, { before: page.through, limit: 2 });
      assert.deepEqual([positionsIn(last), last.through], [[2, 1], 1]);
      assert.deepEqual(await readBack(store, { before: 1 }), { events: [], through: 1 });
      assert.deepEqual(await readBack(store, { before: 0 }), { events: [], through: 0 });
    });

    promise("a page ends before the event that would pass its bytes, and has one at least", async ({ store }) => {
      await appendMany(store, 4, { data: "1234567890" });
      const page = await readBack(store, { bytesMax: 20 });
      assert.deepEqual([positionsIn(page), page.through], [[4, 3], 3]);
      const tight = await readBack(store, { before: 3, bytesMax: 1 });
      assert.deepEqual([positionsIn(tight), tight.through], [[2], 2]);
    });

    promise("a tenant's page has its events only, and goes down past those of others", async ({ store }) => {
      const ours = { tenant: "acme" };
      await append(store, anEvent(), anEvent(ours), anEvent(), anEvent(ours), anEvent(ours), anEvent());
      const all = await readBack(store, ours);
      assert.deepEqual([positionsIn(all), all.through], [[5, 4, 2], 1]);
      const first = await readBack(store, { ...ours, limit: 2 });
      assert.deepEqual([positionsIn(first), first.through], [[5, 4], 4]);
      const rest = await readBack(store, { ...ours, before: first.through });
      assert.deepEqual([positionsIn(rest), rest.through], [[2], 1]);
      const none = await readBack(store, { tenant: "nobody" });
      assert.deepEqual([none.events.length, none.through], [0, 1]);
    });

    promise("what has left the log is not read, and an empty log has an empty page", async ({ store, clock }) => {
      assert.deepEqual(await readBack(store, {}), { events: [], through: 1 });
      await appendMany(store, 5);
      await store.events.trim(aTrim({ olderThanMs: clock.nowMs + 1, rowsMax: 2 }));
      const page = await readBack(store, {});
      assert.deepEqual([positionsIn(page), page.through], [[5, 4, 3], 3]);
      await store.events.trim(aTrim({ olderThanMs: clock.nowMs + 1 }));
      assert.deepEqual(await readBack(store, {}), { events: [], through: 6 });
    });

    promise(
      "which positions were delivered: those of the endpoint, with success, in the range, once",
      async (subject) => {
        const { journal } = subject.store;
        const attempts = [
          anAttempt({ position: 9 }),
          anAttempt({ position: 2 }),
          aFailedAttempt({ position: 3 }),
          anAttempt({ position: 3, number: 2, trigger: "replay" }),
          anAttempt({ position: 3, number: 3, trigger: "manual" }),
          aFailedAttempt({ position: 4 }),
          anAttempt({ position: 5, endpointNumber: 2 }),
          anAttempt({ position: 6 }),
        ];
        await journal.commit(aBatch({ attempts }));
        assert.deepEqual(await journal.deliveredAmong(1, { first: 1, last: 100 }), [2, 3, 6, 9]);
        assert.deepEqual(await journal.deliveredAmong(1, { first: 3, last: 6 }), [3, 6]);
        assert.deepEqual(await journal.deliveredAmong(2, { first: 1, last: 100 }), [5]);
        assert.deepEqual(await journal.deliveredAmong(3, { first: 1, last: 100 }), []);
        assert.deepEqual(await journal.deliveredAmong(1, { first: 6, last: 5 }), []);
      },
    );

    promise("a range of many thousands is looked through whole", async ({ store }) => {
      const positions = [1, 999, 1000, 1001, 2000, 2001, 9999];
      await store.journal.commit(aBatch({ attempts: positions.map((position) => anAttempt({ position })) }));
      assert.deepEqual(await store.journal.deliveredAmong(1, { first: 1, last: 20_000 }), positions);
      assert.deepEqual(await store.journal.deliveredAmong(1, { first: 2, last: 2000 }), positions.slice(1, 5));
    });

    promise("a replay's attempt is kept as one", async ({ store }) => {
      await store.journal.commit(aBatch({ attempts: [anAttempt({ trigger: "replay" })] }));
      assert.equal((await store.journal.attempts({ limit: 1 }))[0]?.trigger, "replay");
    });
  });
}
