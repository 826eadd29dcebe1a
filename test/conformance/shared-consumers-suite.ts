import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Consumer, Lease } from "../../src/core/consumer.ts";
import { limits } from "../../src/core/limits.ts";
import type { ConsumerAnswer, KeptConsumer, SharedConsumerStore } from "../../src/log/consumer-store.ts";
import type { Store } from "../../src/log/store.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aConsumer, withCode } from "./builders.ts";
import { type SharedStoreKind, withStore } from "./store-kinds.ts";

const aLease = (token: string, members: Partial<Lease> = {}): Lease => ({
  ...{ token, from: 0, fetchedThrough: 2 ** 40, untilMs: 0, serving: 0, servingUntilMs: 0, isTold: true },
  ...members,
});
const lasting = { forMs: 1000.5, servingForMs: 2000 };

const of = ({ consumers: { shared } }: Store): SharedConsumerStore =>
  shared ?? assert.fail("processes do not share it");

async function made(store: Store, members: Partial<Consumer> = {}): Promise<KeptConsumer> {
  const { isTaken, kept } = await of(store).configure(aConsumer(members), null);
  assert.ok(isTaken && kept);
  return kept;
}

/** What is decided on `kept`, but for what the test is about. */
const decide = (store: Store, kept: KeptConsumer, members: object): Promise<ConsumerAnswer> => {
  const { tenant, name, position, told } = kept.consumer;
  const { version, turn, lease } = kept;
  const lasts = { forMs: null, servingForMs: null };
  return of(store).decide({ tenant, name, version, turn, position, told, lease, lasts, isNews: false, ...members });
};

const found = async (store: Store, name = "a"): Promise<KeptConsumer | null> =>
  (await of(store).find([{ tenant: "default", name }])).kept[0] ?? null;

/** What `SharedConsumerStore` promises. */
export function sharedConsumersSuite(kind: SharedStoreKind): void {
  describe(`consumers of many processes, in the ${kind.name} store`, () => {
    const promise = (sentence: string, work: Parameters<typeof withStore>[1]): void => {
      test(sentence, () => withStore(kind, work));
    };

    promise(
      "a decision is taken where nobody was first, and answered with what there is where somebody was",
      async ({ store }) => {
        const first = await made(store);
        const lease = aLease("lease_1");
        const told = { state: "at_risk" as const, times: 2, position: 7 };
        const taken = await decide(store, first, { position: 2 ** 40, lease, lasts: lasting, told });
        assert.equal(taken.isTaken, true);
        assert.deepEqual(taken.kept?.consumer, aConsumer({ position: 2 ** 40, told }));
        const { untilMs, servingUntilMs, ...rest } = taken.kept?.lease ?? assert.fail("nobody has it");
        assert.deepEqual({ ...rest, untilMs: 0, servingUntilMs: 0 }, lease);
        assert.deepEqual([untilMs - taken.nowMs, servingUntilMs - taken.nowMs], [1000.5, 2000]);
        assert.equal(taken.kept?.version, first.version);
        assert.notEqual(taken.kept?.turn, first.turn);
        const late = await decide(store, first, { position: 1 });
        assert.deepEqual({ ...late, nowMs: 0 }, { isTaken: false, kept: taken.kept, nowMs: 0 });
        assert.deepEqual(await found(store), taken.kept);
        assert.deepEqual(await store.consumers.load(), [taken.kept?.consumer]);
      },
    );

    promise("of many who decide at once on the same, one is first", async ({ store }) => {
      const kept = await made(store);
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, position) => decide(store, kept, { position: position + 1 })),
      );
      assert.equal(answers.filter(({ isTaken }) => isTaken).length, 1);
      const [winner] = answers.filter(({ isTaken }) => isTaken);
      assert.equal((await found(store))?.consumer.position, winner?.kept?.consumer.position);
    });

    promise(
      "a lease lasts from when it is decided, and a decision that does not renew it leaves it",
      async ({ store }) => {
        const lease = aLease("lease_1");
        const first = (await decide(store, await made(store), { lease, lasts: lasting })).kept as KeptConsumer;
        const second = (await decide(store, first, { position: 1 })).kept as KeptConsumer;
        assert.deepEqual(second.lease, first.lease);
        const renewed = await decide(store, second, { lasts: { forMs: 500_000, servingForMs: null } });
        assert.equal((renewed.kept?.lease?.untilMs ?? 0) - renewed.nowMs, 500_000);
        assert.equal(renewed.kept?.lease?.servingUntilMs, first.lease?.servingUntilMs);
      },
    );

    promise("decisions about many consumers, in whatever order, are each answered their own", async ({ store }) => {
      const names = ["c", "a", "b", "B"];
      const kept = new Map<string, KeptConsumer>();
      for (const name of names) kept.set(name, await made(store, { name }));
      const answers = await Promise.all(
        names.map((name, index) => decide(store, kept.get(name) as KeptConsumer, { position: index + 10 })),
      );
      assert.deepEqual(
        answers.map(({ isTaken, kept: now }) => [isTaken, now?.consumer.name, now?.consumer.position]),
        names.map((name, index) => [true, name, index + 10]),
      );
    });

    promise("settings change without a word about who reads, and how far", async ({ store }) => {
      const first = await made(store, { position: 3 });
      const lease = aLease("lease_1");
      const told = { state: "ok" as const, times: 1 };
      const read = (await decide(store, first, { position: 9, lease, lasts: lasting, told })).kept;
      const settings = { types: ["order.*"], filter: 'data.ü == "\\n"', leaseMs: 5000 };
      const changed = await of(store).configure(aConsumer({ ...settings, position: 3 }), first.version);
      assert.equal(changed.isTaken, true);
      assert.deepEqual(changed.kept?.consumer, aConsumer({ ...settings, position: 9, told }));
      assert.deepEqual(changed.kept?.lease, read?.lease);
      const onOld = await decide(store, read as KeptConsumer, { position: 10 });
      assert.deepEqual([onOld.isTaken, onOld.kept], [false, changed.kept], "what was decided knew other settings");
      const stale = await of(store).configure(aConsumer({ subject: "s" }), first.version);
      assert.deepEqual([stale.isTaken, stale.kept], [false, changed.kept]);
    });

    promise(
      "one that is there is not made again, and one that is gone is neither changed nor read",
      async ({ store }) => {
        const first = await made(store);
        assert.equal((await of(store).configure(aConsumer({ types: ["x"] }), null)).isTaken, false);
        await store.consumers.remove("default", "a");
        const gone = { isTaken: false, kept: null };
        for (const answer of [
          await decide(store, first, { position: 1 }),
          await of(store).configure(aConsumer(), first.version),
        ]) {
          assert.deepEqual({ isTaken: answer.isTaken, kept: answer.kept }, gone);
        }
        const again = await made(store);
        assert.notEqual(again.version, first.version);
        assert.equal((await decide(store, first, { position: 1 })).isTaken, false);
        assert.equal((await decide(store, again, { position: 1 })).isTaken, true);
      },
    );

    promise("they are found in the order asked for, and in pages by tenant and name", async ({ store }) => {
      for (const [tenant, name] of [
        ["default", "b"],
        ["acme", "z"],
        ["acme-2", "a"],
        ["default", "B"],
        ["acme", "a"],
      ] as const) {
        await made(store, { tenant, name });
      }
      const { kept } = await of(store).find([
        { tenant: "default", name: "b" },
        { tenant: "default", name: "z" },
        { tenant: "acme", name: "z" },
      ]);
      const keyOf = (one: KeptConsumer | null) => one && `${one.consumer.tenant} ${one.consumer.name}`;
      assert.deepEqual(kept.map(keyOf), ["default b", null, "acme z"]);
      const page = async (tenant: string | null, after: [string, string] | null, limit = 9) => {
        const [ofTenant = "", name = ""] = after ?? [];
        const from = after === null ? null : { tenant: ofTenant, name };
        return (await of(store).page({ tenant, after: from, limit })).kept.map(keyOf);
      };
      const all = ["acme a", "acme z", "acme-2 a", "default B", "default b"];
      assert.deepEqual(await page(null, null), all);
      assert.deepEqual(await page(null, ["acme", "z"], 2), all.slice(2, 4));
      assert.deepEqual(await page("acme", null), all.slice(0, 2));
      assert.deepEqual(await page("acme", ["acme", "a"]), all.slice(1, 2));
      assert.deepEqual(await page("nobody", null), []);
    });

    promise("a tenant has as many as it may, whoever makes them at once", async ({ store }) => {
      const room = 3;
      for (let at = 0; at < limits.consumersPerTenant - room; at += 200) {
        const count = Math.min(200, limits.consumersPerTenant - room - at);
        await Promise.all(
          Array.from({ length: count }, (_, index) => store.consumers.put(aConsumer({ name: `c${at + index}` }))),
        );
      }
      await made(store, { tenant: "acme" });
      const answers = await Promise.allSettled(
        Array.from({ length: room + 4 }, (_, index) => made(store, { name: `n${index}` })),
      );
      const refused = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason] : []));
      assert.equal(refused.length, 4);
      for (const error of refused) assert.ok(withCode("consumer-limit")(error));
    });

    promise("time goes on, and everybody has the same", async ({ store }) => {
      const before = await of(store).find([{ tenant: "default", name: "a" }]);
      const { nowMs } = await of(store).configure(aConsumer(), null);
      const { nowMs: after } = await of(store).page({ tenant: null, after: null, limit: 1 });
      assert.ok(before.nowMs <= nowMs && nowMs <= after, `${before.nowMs} ${nowMs} ${after}`);
      assert.ok(after - before.nowMs < 60_000);
    });

    promise("whoever waits elsewhere is told of what takes that away, and of settings", async ({ store }) => {
      let told = 0;
      for (const about of ["consumers", "configuration"] as const) store.pulse?.listen(about, () => (told += 1));
      const news = async (sentence: string, work: () => Promise<unknown>): Promise<void> => {
        // What was told of before may be told once more.
        await new Promise((resolve) => setTimeout(resolve, 600));
        const before = told;
        await work();
        await eventually(sentence, () => told > before);
      };
      const kept = await made(store);
      await news("of a decision", () => decide(store, kept, { isNews: true }));
      await news("of settings", () => of(store).configure(aConsumer({ types: ["x"] }), kept.version));
      await news("of an end", () => store.consumers.remove("default", "a"));
    });

    promise("after close nothing is decided", async ({ store }) => {
      const kept = await made(store);
      await store.close();
      await assert.rejects(decide(store, kept, { position: 1 }), withCode("shutting-down"));
      await assert.rejects(of(store).configure(aConsumer(), kept.version), withCode("shutting-down"));
      await assert.rejects(found(store), withCode("shutting-down"));
    });
  });
}
