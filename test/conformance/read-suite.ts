import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { anEvent, append, appendMany, aRequest, bytesOf, idsOf, itemsOf, plain } from "./builders.ts";
import { type StoreKind, withStore } from "./store-kinds.ts";

/** What `read`, `find` and `positionBefore` promise. */
export function readSuite(kind: StoreKind): void {
  describe(`reading, in the ${kind.name} store`, () => {
    const promise = (sentence: string, work: Parameters<typeof withStore>[1]): void => {
      test(sentence, () => withStore(kind, work));
    };

    promise("a page ends at its limit, and goes through its last event", async ({ store }) => {
      await appendMany(store, 5);
      const page = await store.events.read({ after: 1, limit: 2, bytesMax: 1e6 });
      assert.deepEqual(
        page.events.map((event) => event.position),
        [2, 3],
      );
      assert.equal(page.through, 3);
    });

    promise("a page that has all goes through the head", async ({ store }) => {
      await appendMany(store, 3);
      assert.equal((await store.events.read({ after: 0, limit: 10, bytesMax: 1e6 })).through, 3);
      const beyond = await store.events.read({ after: 3, limit: 10, bytesMax: 1e6 });
      assert.deepEqual(beyond, { events: [], through: 3 });
      assert.equal((await store.events.read({ after: 9, limit: 10, bytesMax: 1e6 })).through, 9);
    });

    promise("a page ends before the event that would pass its bytes, and has one at least", async ({ store }) => {
      await appendMany(store, 4, { data: "1234567890" });
      const page = await store.events.read({ after: 0, limit: 10, bytesMax: 20 });
      assert.deepEqual([page.events.length, page.through], [2, 2]);
      const tight = await store.events.read({ after: 2, limit: 10, bytesMax: 1 });
      assert.deepEqual([tight.events.length, tight.through], [1, 3]);
    });

    promise("a tenant's page has its events only, and goes through those of others", async ({ store }) => {
      const ours = [anEvent({ tenant: "acme" }), anEvent({ tenant: "acme" }), anEvent({ tenant: "acme" })];
      await append(store, anEvent(), ours[0] as never, anEvent(), ours[1] as never, ours[2] as never, anEvent());
      const all = await store.events.read({ after: 0, limit: 10, bytesMax: 1e6, tenant: "acme" });
      assert.deepEqual([idsOf(all.events), all.through], [ours.map((event) => event.id), 6]);
      const first = await store.events.read({ after: 0, limit: 2, bytesMax: 1e6, tenant: "acme" });
      assert.deepEqual([first.events.map((event) => event.position), first.through], [[2, 4], 4]);
      const none = await store.events.read({ after: 0, limit: 10, bytesMax: 1e6, tenant: "nobody" });
      assert.deepEqual([none.events.length, none.through], [0, 6]);
    });

    promise("a read sees every commit that was answered", async ({ store }) => {
      for (let count = 1; count <= 20; count++) {
        const event = anEvent();
        await append(store, event);
        assert.equal((await store.events.find("default", event.id))?.position, count);
        assert.equal((await store.events.read({ after: count - 1, limit: 1, bytesMax: 1 })).events.length, 1);
      }
    });

    promise("an unknown id is null", async ({ store }) => {
      const event = anEvent();
      await append(store, event);
      assert.equal(await store.events.find("default", "evt_none"), null);
      assert.equal(await store.events.find("default", "evt\0\ud800"), null, "what no event may be called");
      assert.equal(await store.events.find("acme", event.id), null);
    });

    promise("a position is found by time", async ({ store, clock }) => {
      assert.equal(await store.events.positionBefore(clock.nowMs), 0);
      const startMs = clock.nowMs;
      for (let i = 0; i < 10; i++) {
        await append(store, anEvent(), anEvent());
        clock.nowMs += 100;
      }
      assert.equal(await store.events.positionBefore(startMs), 0);
      assert.equal(await store.events.positionBefore(startMs + 1), 2);
      assert.equal(await store.events.positionBefore(startMs + 400), 8);
      assert.equal(await store.events.positionBefore(startMs + 401), 10);
      assert.equal(await store.events.positionBefore(startMs + 1e9), 20);
    });

    if (kind.reopens) {
      promise("after reopening, the log is as it was", async (subject) => {
        const events = Array.from({ length: 20 }, () => anEvent({ subject: "s", data: '{"n":1}' }));
        await append(subject.store, ...events);
        const before = await subject.store.events.read({ after: 0, limit: 100, bytesMax: 1e6 });
        const bounds = subject.store.events.bounds();
        const idempotency = { scope: "s", key: "k", bodyHash: bytesOf("b") };
        const keyed = await subject.store.events.append(aRequest([events[3] as never], { idempotency }));
        const store = await subject.reopen();
        const { epochs, ...ends } = store.events.bounds();
        assert.deepEqual(ends, { earliest: 1, head: 20 });
        const begun = kind.beginsEpochs ? epochs.slice(-1).map(({ id }) => ({ id, after: 20 })) : [];
        assert.deepEqual(epochs, [...bounds.epochs, ...begun]);
        assert.equal(store.events.bounds().epochs, epochs);
        assert.equal(store.counters().logBytes, 20 * 7);
        const after = await store.events.read({ after: 0, limit: 100, bytesMax: 1e6 });
        assert.deepEqual(after.events.map(plain), before.events.map(plain));
        const again = await store.events.append(aRequest([anEvent()], { idempotency }));
        assert.deepEqual(again, { kind: "repeated", items: itemsOf(keyed) });
        subject.clock.nowMs -= 5000;
        assert.deepEqual(await append(store, anEvent()), [21]);
        const [last] = (await store.events.read({ after: 20, limit: 1, bytesMax: 1e6 })).events;
        assert.equal(last?.acceptedAtMs, before.events[0]?.acceptedAtMs);
      });
    }
  });
}
