import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { limits } from "../../src/core/limits.ts";
import { anEvent, append, aRequest, bytesOf, itemsOf, positionsOf } from "./builders.ts";
import { type StoreKind, withStore } from "./store-kinds.ts";

/** What idempotency keys promise. */
export function idempotencySuite(kind: StoreKind): void {
  describe(`idempotency keys, in the ${kind.name} store`, () => {
    const promise = (sentence: string, work: Parameters<typeof withStore>[1]): void => {
      test(sentence, () => withStore(kind, work));
    };
    const key = (body: string, more: { scope?: string; key?: string } = {}) => ({
      scope: "key_1",
      key: "first",
      bodyHash: bytesOf(body),
      ...more,
    });

    promise("the same key with the same body is answered as the first time", async ({ store }) => {
      const duplicate = anEvent();
      await append(store, duplicate);
      const events = [anEvent(), duplicate];
      const first = await store.events.append(aRequest(events, { idempotency: key("body") }));
      assert.equal(first.kind, "answered");
      const again = await store.events.append(aRequest([anEvent(), anEvent()], { idempotency: key("body") }));
      assert.deepEqual(again, { kind: "repeated", items: itemsOf(first) });
      assert.equal(store.events.bounds().head, 2);
    });

    promise("requests with one key that are under way together store once", async ({ store }) => {
      const outcomes = await Promise.all(
        Array.from({ length: 5 }, () => store.events.append(aRequest([anEvent()], { idempotency: key("body") }))),
      );
      assert.deepEqual(outcomes.map((outcome) => outcome.kind).sort(), ["answered", ...Array(4).fill("repeated")]);
      assert.deepEqual(
        outcomes.map((outcome) => positionsOf(outcome)),
        Array(5).fill([1]),
      );
      assert.equal(store.events.bounds().head, 1);
    });

    promise("the same key with another body is a mismatch, and stores nothing", async ({ store }) => {
      await store.events.append(aRequest([anEvent()], { idempotency: key("body") }));
      const other = await store.events.append(aRequest([anEvent()], { idempotency: key("other") }));
      assert.deepEqual(other, { kind: "idempotency-mismatch" });
      assert.equal(store.events.bounds().head, 1);
    });

    promise("another scope and another key know nothing of it", async ({ store }) => {
      for (const more of [{}, { scope: "key_2" }, { key: "second" }]) {
        const outcome = await store.events.append(aRequest([anEvent()], { idempotency: key("body", more) }));
        assert.equal(outcome.kind, "answered");
      }
      assert.equal(store.events.bounds().head, 3);
    });

    promise("a refused request leaves its key free", async ({ store }) => {
      const taken = anEvent({ data: "1" });
      await append(store, taken);
      const conflict = [anEvent(), { ...taken, data: bytesOf("2") }];
      await store.events.append(aRequest(conflict, { idempotency: key("body") }));
      const after = await store.events.append(aRequest([anEvent()], { idempotency: key("other") }));
      assert.equal(after.kind, "answered");
    });

    promise("a key is forgotten after its age, also where it was not trimmed", async ({ store, clock }) => {
      await store.events.append(aRequest([anEvent()], { idempotency: key("body") }));
      clock.nowMs += limits.idempotencyKeyAgeMs - 1;
      const kept = await store.events.append(aRequest([anEvent()], { idempotency: key("body") }));
      assert.equal(kept.kind, "repeated");
      clock.nowMs += 1;
      const outcome = await store.events.append(aRequest([anEvent()], { idempotency: key("other") }));
      assert.equal(outcome.kind, "answered");
      const again = await store.events.append(aRequest([anEvent()], { idempotency: key("other") }));
      assert.equal(again.kind, "repeated");
    });
  });
}
