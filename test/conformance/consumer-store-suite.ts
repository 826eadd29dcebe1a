import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { aConsumer, withCode } from "./builders.ts";
import { type StoreKind, withStore } from "./store-kinds.ts";

/** What `ConsumerStore` promises. */
export function consumerStoreSuite(kind: StoreKind): void {
  describe(`consumers, in the ${kind.name} store`, () => {
    const promise = (sentence: string, work: Parameters<typeof withStore>[1]): void => {
      test(sentence, () => withStore(kind, work));
    };

    promise("consumers are loaded as they were stored, by tenant and name, also after reopening", async (subject) => {
      const { consumers } = subject.store;
      assert.deepEqual(await consumers.load(), []);
      const full = aConsumer({ types: ["order.*", "a"], filter: 'data.ü == "\\n"', subject: "s", position: 2 ** 40 });
      const others = [
        aConsumer({ name: "b" }),
        aConsumer({ name: "B" }),
        aConsumer({ tenant: "acme-2" }),
        aConsumer({ tenant: "acme", name: "z" }),
      ];
      for (const consumer of [full, ...others]) await consumers.put(consumer);
      const store = kind.reopens ? await subject.reopen() : subject.store;
      const [lower, upper, hyphened, plain] = others;
      assert.deepEqual(await store.consumers.load(), [plain, hyphened, upper, full, lower]);
    });

    promise("a consumer replaces the one of the same tenant and name, and no other", async ({ store }) => {
      const other = aConsumer({ tenant: "acme" });
      await store.consumers.put(aConsumer({ filter: "true" }));
      await store.consumers.put(other);
      const changed = aConsumer({ position: 7, updatedAtMs: 9 });
      await store.consumers.put(changed);
      assert.deepEqual(await store.consumers.load(), [other, changed]);
    });

    promise("of many changes at once the last holds", async ({ store }) => {
      const puts = Array.from({ length: 50 }, (_, position) => store.consumers.put(aConsumer({ position })));
      await Promise.all([
        ...puts,
        store.consumers.put(aConsumer({ name: "gone" })),
        store.consumers.remove("default", "gone"),
      ]);
      assert.deepEqual(await store.consumers.load(), [aConsumer({ position: 49 })]);
    });

    promise("removing removes one consumer; one that is unknown, nothing", async (subject) => {
      const kept = [aConsumer({ tenant: "acme" }), aConsumer({ name: "b" })];
      for (const consumer of [aConsumer(), ...kept]) await subject.store.consumers.put(consumer);
      await subject.store.consumers.remove("default", "a");
      await subject.store.consumers.remove("default", "nobody");
      const store = kind.reopens ? await subject.reopen() : subject.store;
      assert.deepEqual(await store.consumers.load(), kept);
    });

    promise("after close nothing is taken", async ({ store }) => {
      await store.close();
      await assert.rejects(store.consumers.put(aConsumer()), withCode("shutting-down"));
      await assert.rejects(store.consumers.remove("default", "a"), withCode("shutting-down"));
      await assert.rejects(store.consumers.load(), withCode("shutting-down"));
    });
  });
}
