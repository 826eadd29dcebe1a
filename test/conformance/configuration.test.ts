/** What stores promise to processes that configure them together: news of each change, and no change on what is old. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ConfigurationChanges, ConfigurationKind } from "../../src/log/configuration-changes.ts";
import type { Store } from "../../src/log/store.ts";
import { onMemory, onPostgres, type SharedKind } from "../flows/a-configured-cluster.ts";
import { aKey, anEndpoint, anEventType, aSource, aStart, withCode } from "./builders.ts";

const isStale = withCode("change-contended");

function configurationSuite(kind: SharedKind): void {
  const promise = (
    sentence: string,
    work: (one: Store & { changes: ConfigurationChanges }, other: Store) => Promise<void>,
  ): void => {
    test(sentence, async () => {
      const open = await kind.share();
      const [one, other] = [await open(), await open()];
      assert.ok(one.changes);
      try {
        await work(one as Store & { changes: ConfigurationChanges }, other);
      } finally {
        await one.close();
        await other.close();
      }
    });
  };

  promise("news name each change of whatever store, and what changed is read by its key", async (one, other) => {
    const endpoint = await other.registry.createEndpoint(anEndpoint(), { ...aStart, readPosition: 7 });
    const source = await other.sources.create(aSource());
    await other.registry.putKey(aKey());
    await one.eventTypes.put(anEventType({ name: "a" }));
    const { head, changes, isComplete } = await one.changes.since(0);
    const told = changes.map(({ sequence, kind, key }) => `${sequence} ${kind} ${key}`);
    assert.deepEqual(told, ["1 endpoint 1", "2 source 1", "3 key key_1", "4 event_type a"]);
    assert.deepEqual([head, isComplete, await other.changes?.head()], [4, true, 4]);
    assert.deepEqual(await one.changes.endpoints([1, 2]), [{ endpoint, readPosition: 7 }]);
    assert.deepEqual(await one.changes.sources([1, 2]), [source]);
    assert.deepEqual(await one.changes.keys(["key_1", "key_2"]), [aKey()]);
    assert.deepEqual(await one.changes.eventTypes(["a", "b"]), [anEventType({ name: "a" })]);
    await one.registry.deleteEndpoint(1);
    assert.deepEqual(await one.changes.endpoints([1]), []);
    assert.deepEqual((await one.changes.since(4)).changes, [{ sequence: 5, kind: "endpoint", key: "1" }]);
    assert.equal((await one.changes.since(9)).isComplete, false, "a store that was put back");
  });

  promise("what was built on what another changed since is refused, and stores nothing", async (one, other) => {
    const endpoint = await one.registry.createEndpoint(anEndpoint(), aStart);
    const second = await one.registry.createEndpoint(anEndpoint(), aStart);
    const built = (through: number, ...kinds: ConfigurationKind[]) => ({ through, kinds });
    await other.registry.updateEndpoint({ ...endpoint, description: "other" }, null, built(2));
    const mine = { ...endpoint, description: "mine" };
    await assert.rejects(one.registry.updateEndpoint(mine, null, built(2)), isStale);
    await assert.rejects(one.registry.createEndpoint(anEndpoint(), aStart, built(2, "endpoint")), isStale);
    await assert.rejects(one.registry.putKey(aKey(), built(2, "key", "endpoint")), isStale);
    assert.deepEqual((await one.changes.since(2)).changes.length, 1);
    // Another of its kind, and kinds that nobody touched, are no hindrance; nor is what one changed oneself.
    await one.registry.updateEndpoint({ ...second, description: "mine" }, null, built(2, "key", "source"));
    await one.registry.updateEndpoint({ ...second, description: "again" }, null, built(2));
    await one.registry.updateEndpoint(mine, null, built(3));
    await assert.rejects(one.registry.updateEndpoint(mine, null, built(99)), isStale, "a store that was put back");
    const { endpoints, keys } = await other.registry.load();
    assert.deepEqual([endpoints.map(({ description }) => description), keys], [["mine", "again"], []]);
  });

  promise("of those who change the same at once, on the same, one does", async (one, other) => {
    const stores = [one, other];
    const key = aKey();
    await one.registry.putKey(key);
    const wins = async (change: (store: Store, name: string) => Promise<unknown>): Promise<void> => {
      const settled = await Promise.allSettled(stores.map((store, index) => change(store, `n${index}`)));
      const refused = settled.filter(({ status }) => status === "rejected") as PromiseRejectedResult[];
      assert.equal(refused.length, 1);
      assert.ok(isStale(refused[0]?.reason));
    };
    for (let round = 0; round < 5; round++) {
      const through = await one.changes.head();
      await wins(({ registry }, name) => registry.putKey({ ...key, name }, { through, kinds: [] }));
      const next = await one.changes.head();
      await wins(({ sources }, name) => sources.create(aSource({ name }), { through: next, kinds: ["source"] }));
      const last = await one.changes.head();
      await wins(({ eventTypes }, name) =>
        eventTypes.put(anEventType({ name }), { through: last, kinds: ["event_type"] }),
      );
    }
  });
}

for (const kind of [onMemory, onPostgres]) {
  describe(`what processes configure together, on ${kind.name}`, () => configurationSuite(kind));
}
