import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { anEndpoint, aReplay, aStart, firstLease, withCode } from "./builders.ts";
import { type StoreKind, withStore } from "./store-kinds.ts";

/** What `ReplayStore` promises. */
export function replayStoreSuite(kind: StoreKind): void {
  describe(`replays, in the ${kind.name} store`, () => {
    const promise = (sentence: string, work: Parameters<typeof withStore>[1]): void => {
      test(sentence, () => withStore(kind, work));
    };

    promise("replays are loaded as they were stored, by id, also after reopening", async (subject) => {
      const { replays } = subject.store;
      assert.deepEqual(await replays.load(), []);
      const late = aReplay({ id: "rpl_2", types: ["a.*"], only: "failed", isDryRun: true, matched: 3, first: 2 ** 40 });
      const early = aReplay({ id: "rpl_1", status: "failed", reason: "The endpoint was deleted – ü." });
      await replays.put(late, firstLease);
      await replays.put(early, firstLease);
      const store = kind.reopens ? await subject.reopen() : subject.store;
      assert.deepEqual(await store.replays.load(), [early, late]);
    });

    promise("a replay replaces the one with the same id, and no other", async ({ store }) => {
      const other = aReplay({ id: "rpl_2" });
      await Promise.all([store.replays.put(aReplay(), firstLease), store.replays.put(other, firstLease)]);
      const changed = aReplay({ status: "paused", position: 9, delivered: 8, failed: 1 });
      await Promise.all([
        store.replays.put(aReplay({ position: 5 }), firstLease),
        store.replays.put(changed, firstLease),
      ]);
      assert.deepEqual(await store.replays.load(), [changed, other]);
    });

    promise("removing removes one replay; one that is unknown, nothing", async (subject) => {
      const kept = aReplay({ id: "rpl_2" });
      await subject.store.replays.put(aReplay(), firstLease);
      await subject.store.replays.put(kept, firstLease);
      await subject.store.replays.remove("rpl_1");
      await subject.store.replays.remove("rpl_9");
      const store = kind.reopens ? await subject.reopen() : subject.store;
      assert.deepEqual(await store.replays.load(), [kept]);
    });

    promise("the replays of an endpoint outlive it", async (subject) => {
      const { number, id } = await subject.store.registry.createEndpoint(anEndpoint(), aStart);
      const replay = aReplay({ endpointNumber: number, endpointId: id });
      await subject.store.replays.put(replay, firstLease);
      await subject.store.registry.deleteEndpoint(number);
      const store = kind.reopens ? await subject.reopen() : subject.store;
      assert.deepEqual(await store.replays.load(), [replay]);
      await store.replays.put({ ...replay, status: "failed" }, firstLease);
      assert.equal((await store.replays.load())[0]?.status, "failed");
    });

    promise("after close nothing is taken", async ({ store }) => {
      await store.close();
      await assert.rejects(store.replays.put(aReplay(), firstLease), withCode("shutting-down"));
      await assert.rejects(store.replays.remove("rpl_1"), withCode("shutting-down"));
      await assert.rejects(store.replays.load(), withCode("shutting-down"));
    });
  });
}
