import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { StoredEvent } from "../../src/core/event.ts";
import { aBatch, aKey, aLane, anAttempt, anEndpoint, anEvent, aRow, aStart, idsOf, loadAll, park } from "./builders.ts";
import { type StoreKind, withStore } from "./store-kinds.ts";

/** What `RegistryStore` promises. */
export function registrySuite(kind: StoreKind): void {
  describe(`the registry, in the ${kind.name} store`, () => {
    const promise = (sentence: string, work: Parameters<typeof withStore>[1]): void => {
      test(sentence, () => withStore(kind, work));
    };

    promise("endpoints and keys are loaded as they were stored, also after reopening", async (subject) => {
      const { registry } = subject.store;
      assert.deepEqual(await registry.load(), { endpoints: [], keys: [] });
      const full = anEndpoint({
        description: "ü",
        types: ["order.*"],
        headers: { "x-a": "1" },
        retry: { delaysMs: [1000, 2000] },
        disableAfterMs: null,
        status: "disabled",
        disabledReason: "gone",
      });
      const first = await registry.createEndpoint(anEndpoint(), aStart);
      const second = await registry.createEndpoint(full, aStart);
      assert.deepEqual([first.number, second], [1, { ...full, number: 2 }]);
      await registry.putKey(aKey());
      await registry.putKey(aKey({ id: "key_2", name: "second" }));
      await registry.putKey(aKey({ name: "renamed", scopes: [] }));
      const store = kind.reopens ? await subject.reopen() : subject.store;
      const keys = [aKey({ name: "renamed", scopes: [] }), aKey({ id: "key_2", name: "second" })];
      assert.deepEqual(await store.registry.load(), { endpoints: [first, second], keys });
    });

    promise("a key of a tenant, that expires, was rotated and used, is loaded as it was", async (subject) => {
      const { registry } = subject.store;
      const full = aKey({
        tenant: "acme",
        expiresAtMs: 1_800_000_000_000,
        rotatedAtMs: 1_700_000_000_001,
        previous: { hash: "cd".repeat(32), untilMs: 1_700_000_000_002 },
        lastUsedAtMs: 1_700_000_000_003,
      });
      await registry.putKey(full);
      const store = kind.reopens ? await subject.reopen() : subject.store;
      assert.deepEqual((await store.registry.load()).keys, [full]);
      await store.registry.putKey(aKey());
      assert.deepEqual((await store.registry.load()).keys, [aKey()]);
    });

    promise(
      "a key that was removed is gone, and a use of it that is noted later does not bring it back",
      async (subject) => {
        const { registry } = subject.store;
        await registry.putKey(aKey());
        await registry.putKey(aKey({ id: "key_2" }));
        await registry.removeKey("key_1");
        await registry.removeKey("key_3");
        const uses = [
          { id: "key_1", atMs: 5 },
          { id: "key_2", atMs: 6 },
        ];
        await registry.noteKeyUses(uses);
        const store = kind.reopens ? await subject.reopen() : subject.store;
        assert.deepEqual((await store.registry.load()).keys, [aKey({ id: "key_2", lastUsedAtMs: 6 })]);
      },
    );

    promise("a new endpoint has its lane's start", async ({ store }) => {
      const start = { ...aStart, readPosition: 41 };
      const { number } = await store.registry.createEndpoint(anEndpoint(), start);
      assert.deepEqual((await loadAll(store)).lanes, [{ ...start, endpointNumber: number }]);
    });

    promise("an update replaces the endpoint; of one that is unknown, nothing", async ({ store }) => {
      const created = await store.registry.createEndpoint(anEndpoint(), aStart);
      const changed = { ...created, url: "https://example.org/", status: "paused" } as const;
      await store.registry.updateEndpoint(changed);
      await store.registry.updateEndpoint({ ...changed, number: 77 });
      assert.deepEqual((await store.registry.load()).endpoints, [changed]);
    });

    promise("an announcement is in the log when the update is answered, and listeners have it", async ({ store }) => {
      const created = await store.registry.createEndpoint(anEndpoint(), aStart);
      const seen: StoredEvent[] = [];
      store.events.onAppended((events) => seen.push(...events));
      const announce = anEvent({ tenant: "_operations", type: "endpoint.disabled" });
      await store.registry.updateEndpoint({ ...created, status: "disabled" }, announce);
      assert.deepEqual(idsOf(seen), [announce.id]);
      assert.equal((await store.events.find("_operations", announce.id))?.position, 1);
      assert.equal((await store.registry.load()).endpoints[0]?.status, "disabled");
    });

    promise("an announcement among appends keeps positions dense and in order", async ({ store }) => {
      const created = await store.registry.createEndpoint(anEndpoint(), aStart);
      const seen: number[] = [];
      store.events.onAppended((events) => seen.push(...events.map((event) => event.position)));
      await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          index % 3 === 0
            ? store.registry.updateEndpoint(created, anEvent())
            : store.events.append({ events: [anEvent(), anEvent()], atomic: true, idempotency: null }),
        ),
      );
      assert.deepEqual(
        seen,
        Array.from({ length: 50 }, (_, index) => index + 1),
      );
    });

    promise("deleting removes the endpoint, its lane and what is parked, and keeps its attempts", async ({ store }) => {
      const gone = await store.registry.createEndpoint(anEndpoint(), aStart);
      const kept = await store.registry.createEndpoint(anEndpoint(), aStart);
      for (const { number } of [gone, kept])
        await park(store, number, aRow(), aRow({ position: 2, state: "exhausted" }));
      await store.journal.commit(aBatch({ attempts: [anAttempt({ endpointNumber: gone.number })] }));
      await store.registry.deleteEndpoint(gone.number);
      assert.deepEqual((await store.registry.load()).endpoints, [kept]);
      const { lanes, parkedTotals } = await loadAll(store);
      assert.deepEqual([lanes, [...parkedTotals]], [[aLane({ endpointNumber: kept.number })], [[kept.number, 1]]]);
      assert.equal((await store.journal.delivery(gone.number, 2)).parked, null);
      assert.equal((await store.journal.attempts({ endpointNumber: gone.number, limit: 9 })).length, 1);
    });

    promise(
      "a number is never given again, not even that of the last endpoint, nor after reopening",
      async (subject) => {
        const numbers: number[] = [];
        for (let i = 0; i < 3; i++) {
          const { number } = await subject.store.registry.createEndpoint(anEndpoint(), aStart);
          numbers.push(number);
          await subject.store.registry.deleteEndpoint(number);
          if (kind.reopens) await subject.reopen();
        }
        assert.deepEqual(numbers, [1, 2, 3]);
      },
    );
  });
}
