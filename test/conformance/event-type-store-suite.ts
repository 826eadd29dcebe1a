import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { anEventType, withCode } from "./builders.ts";
import { type StoreKind, withStore } from "./store-kinds.ts";

/** What `EventTypeStore` promises. */
export function eventTypeStoreSuite(kind: StoreKind): void {
  describe(`event types, in the ${kind.name} store`, () => {
    const promise = (sentence: string, work: Parameters<typeof withStore>[1]): void => {
      test(sentence, () => withStore(kind, work));
    };

    promise("event types are loaded as they were stored, by name, also after reopening", async (subject) => {
      const { eventTypes } = subject.store;
      assert.deepEqual(await eventTypes.load(), []);
      const full = anEventType({
        name: "order.paid",
        description: "ü",
        group: "orders",
        archived: true,
        validate: "reject",
        versions: [
          { version: "1", description: "", schema: { type: "object", const: { "": [1e21] } }, transforms: {} },
          { version: "2", description: "b", schema: true, example: null, transforms: { "1": '{"a": $}' } },
        ],
      });
      const others = ["order.a", "a", "Z", "order"].map((name) => anEventType({ name }));
      for (const eventType of [full, ...others]) await eventTypes.put(eventType);
      const store = kind.reopens ? await subject.reopen() : subject.store;
      const [ofOrder, lower, upper, order] = others;
      assert.deepEqual(await store.eventTypes.load(), [upper, lower, order, ofOrder, full]);
    });

    promise("an event type replaces the one of the same name, and no other", async ({ store }) => {
      const other = anEventType({ name: "a" });
      await store.eventTypes.put(anEventType({ name: "b", description: "old" }));
      await store.eventTypes.put(other);
      const changed = anEventType({ name: "b", updatedAtMs: 9 });
      await store.eventTypes.put(changed);
      assert.deepEqual(await store.eventTypes.load(), [other, changed]);
    });

    promise("removing removes one event type; one that is unknown, nothing", async (subject) => {
      const kept = anEventType({ name: "order.paid" });
      for (const eventType of [anEventType({ name: "order" }), kept]) await subject.store.eventTypes.put(eventType);
      await subject.store.eventTypes.remove("order");
      await subject.store.eventTypes.remove("nothing");
      const store = kind.reopens ? await subject.reopen() : subject.store;
      assert.deepEqual(await store.eventTypes.load(), [kept]);
    });

    promise("after close nothing is taken", async ({ store }) => {
      await store.close();
      await assert.rejects(store.eventTypes.put(anEventType()), withCode("shutting-down"));
      await assert.rejects(store.eventTypes.remove("a"), withCode("shutting-down"));
      await assert.rejects(store.eventTypes.load(), withCode("shutting-down"));
    });
  });
}
