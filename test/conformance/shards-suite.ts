import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ClusterProcess, type ProcessRole, type ShardLease, shardOf } from "../../src/core/shard.ts";
import type { DispatchedShard, Round } from "../../src/log/shard-store.ts";
import type { Store } from "../../src/log/store.ts";
import { aBatch, aLane, anAttempt, aReplay, aRow, withCode } from "./builders.ts";
import { type SharedStoreKind, type Subject, withStore } from "./store-kinds.ts";

const aProcess = (id: string, roles: readonly ProcessRole[] = ["deliver"]): ClusterProcess => ({
  id,
  name: `the ${id}`,
  startedAtMs: 1_700_000_000_000,
  roles,
});

const round = (store: Store, id: string, holds: readonly ShardLease[] = []): Promise<Round> =>
  store.shards.round({ process: aProcess(id), holds, releases: [] });

/** A second process comes, and the first gives up what it has too many of. */
async function shared(store: Store): Promise<{ first: readonly ShardLease[]; second: readonly ShardLease[] }> {
  const { leases } = await round(store, "prc_a");
  await round(store, "prc_b");
  const releases = leases.slice(0, (await round(store, "prc_a", leases)).excess);
  const holds = leases.slice(releases.length);
  await store.shards.round({ process: aProcess("prc_a"), holds, releases });
  return { first: holds, second: (await round(store, "prc_b")).leases };
}

const numbers = (leases: readonly ShardLease[]): number[] => leases.map(({ shard }) => shard);
function endpointOf({ shard }: ShardLease, count: number): number {
  let number = count + 1;
  while (shardOf(number, count) !== shard) number += 1;
  return number;
}

/** What `ShardStore` promises, and what fences promise of the journal and of replays. */
export function shardsSuite(kind: SharedStoreKind): void {
  describe(`shards, in the ${kind.name} store`, () => {
    const promise = (sentence: string, work: (subject: Subject, store: Store) => Promise<void>): void => {
      test(sentence, () => withStore(kind, (subject) => work(subject, subject.store)));
    };

    promise("the first process is given all shards, and keeps their fences as long as it renews", async (_, store) => {
      const first = await round(store, "prc_a");
      assert.deepEqual(
        numbers(first.leases),
        Array.from({ length: store.shards.count }, (_member, shard) => shard),
      );
      assert.equal(first.excess, 0);
      assert.ok(first.leaseMs > 0);
      assert.deepEqual(await round(store, "prc_a", first.leases), first);
    });

    promise("one that comes is given half, when it is given back; a fence is never given twice", async (_, store) => {
      const { first, second } = await shared(store);
      const { count } = store.shards;
      assert.equal(new Set([...numbers(first), ...numbers(second)]).size, count);
      assert.ok(Math.abs(first.length - second.length) <= 1);
      const before = new Map((await round(store, "prc_b", second)).leases.map(({ shard, fence }) => [shard, fence]));
      for (const { shard, fence } of second) assert.equal(before.get(shard), fence);
      await store.shards.leave("prc_b");
      for (const { shard, fence } of (await round(store, "prc_a", first)).leases) {
        assert.ok(fence > (before.get(shard) ?? 0), `shard ${shard}`);
      }
    });

    promise("one that does not deliver is given none, and takes none from others", async (_, store) => {
      const { leases } = await round(store, "prc_a");
      const idle = await store.shards.round({ process: aProcess("prc_b", ["api"]), holds: [], releases: [] });
      assert.deepEqual(idle.leases, []);
      assert.equal((await round(store, "prc_a", leases)).excess, 0);
      const leaving = await store.shards.round({ process: aProcess("prc_a", []), holds: leases, releases: [] });
      assert.deepEqual([leaving.leases, leaving.excess], [leases, leases.length]);
    });

    promise("what a process does not know that it holds is taken anew, under another fence", async (_, store) => {
      const { leases } = await round(store, "prc_a");
      const again = (await round(store, "prc_a", leases.slice(1))).leases;
      assert.deepEqual(again.slice(1), leases.slice(1));
      assert.ok((again[0]?.fence ?? 0) > (leases[0]?.fence ?? 0));
    });

    promise("a process that is silent for the length of its lease has lost everything", async (subject, store) => {
      const { leases } = await round(store, "prc_a");
      await kind.lapse(subject);
      const taken = await round(store, "prc_b");
      assert.deepEqual(numbers(taken.leases), numbers(leases));
      assert.deepEqual((await round(store, "prc_a", leases)).leases, []);
    });

    promise("of a lost shard nothing is written, and nothing of what came with it", async (subject, store) => {
      const { count } = store.shards;
      const { leases } = await round(store, "prc_a");
      const [lost, other] = leases as [ShardLease, ShardLease];
      const dispatched = [lost, other].map((lease) => ({ ...lease, position: 7 }));
      const endpointNumber = endpointOf(other, count);
      const change = { do: "park", row: aRow() } as const;
      const batch = aBatch({
        dispatched,
        attempts: [anAttempt({ endpointNumber })],
        changes: [{ endpointNumber, change }],
        lanes: [aLane({ endpointNumber })],
      });
      await kind.lapse(subject);
      await round(store, "prc_b");
      await assert.rejects(store.journal.commit(batch), (error: { code?: string; leases?: unknown }) => {
        assert.deepEqual([error.code, error.leases], ["shards-lost", [lost, other]]);
        return true;
      });
      const state = await store.journal.load([lost.shard, other.shard]);
      assert.deepEqual([...state.dispatchedTo.values()], [0, 0]);
      assert.deepEqual([state.lanes, state.parkedTotals.size], [[], 0]);
      assert.deepEqual(await store.journal.attempts({ limit: 9 }), []);
    });

    promise("only what is lost is named, and the rest is taken without it", async (_, store) => {
      const { leases } = await round(store, "prc_a");
      const [lost, kept] = leases as [ShardLease, ShardLease];
      await store.shards.round({ process: aProcess("prc_a"), holds: leases.slice(1), releases: [lost] });
      const dispatched = [lost, kept].map((lease) => ({ ...lease, position: 3 }));
      await assert.rejects(store.journal.commit(aBatch({ dispatched })), (error: { leases?: unknown }) => {
        assert.deepEqual(error.leases, [lost]);
        return true;
      });
      await store.journal.commit(aBatch({ dispatched: dispatched.slice(1), attempts: [anAttempt()] }));
      const { dispatchedTo } = await store.journal.load([lost.shard, kept.shard]);
      assert.deepEqual([dispatchedTo.get(lost.shard), dispatchedTo.get(kept.shard)], [0, 3]);
      assert.equal((await store.journal.attempts({ limit: 9 })).length, 1, "attempts are of whatever shards");
    });

    promise("the state of some shards is what their endpoints' lanes and rows are", async (_, store) => {
      const { count } = store.shards;
      const { leases } = await round(store, "prc_a");
      const [one, other] = leases as [ShardLease, ShardLease];
      const lanes = [one, other].map((lease) => aLane({ endpointNumber: endpointOf(lease, count), readPosition: 2 }));
      const changes = lanes.map(({ endpointNumber }) => ({
        endpointNumber,
        change: { do: "park", row: aRow({ state: "held", key: 5 }) } as const,
      }));
      const dispatched = [one, other].map((lease, index) => ({ ...lease, position: 8 + index }));
      await store.journal.commit(aBatch({ dispatched, lanes, changes }));
      const number = endpointOf(other, count);
      assert.deepEqual(await store.journal.load([other.shard]), {
        dispatchedTo: new Map([[other.shard, 9]]),
        lanes: [lanes[1]],
        parkedTotals: new Map([[number, 1]]),
        ordered: new Set([number]),
      });
    });

    promise("shards that run are where their process is, and one that leaves stays where it was", async (_, store) => {
      const { leases } = await round(store, "prc_a");
      const [one, two, three] = leases as [ShardLease, ShardLease, ShardLease];
      const positions = async (): Promise<number[]> => [
        ...(await store.journal.load([one.shard, two.shard, three.shard])).dispatchedTo.values(),
      ];
      const commit = (generation: number, position: number, ...dispatched: DispatchedShard[]): Promise<void> =>
        store.journal.commit(aBatch({ dispatched, running: { generation, position } }));
      const running = (lease: ShardLease, position: number) => ({ ...lease, position, isRunning: true });
      await commit(0, 10, running(one, 10), running(two, 10), { ...three, position: 10 });
      await commit(0, 20);
      assert.deepEqual(await positions(), [20, 20, 10], "one has a position of its own");
      await commit(1, 30, running(one, 30));
      assert.deepEqual(await positions(), [30, 20, 10], "one was not noted as running since");
      await commit(1, 40, { ...two, position: 25 });
      await commit(1, 50, { ...one, position: 45 }, running(three, 50));
      await commit(1, 60);
      assert.deepEqual(await positions(), [45, 25, 60]);
    });

    promise(
      "a shard that changes hands stays where its process was, whatever that writes later",
      async (subject, store) => {
        const { leases } = await round(store, "prc_a");
        const dispatched = leases.map((lease) => ({ ...lease, position: 7, isRunning: true }));
        await store.journal.commit(aBatch({ dispatched, running: { generation: 0, position: 7 } }));
        await store.journal.commit(aBatch({ running: { generation: 0, position: 9 } }));
        await kind.lapse(subject);
        const taken = await round(store, "prc_b");
        await store.journal.commit(aBatch({ attempts: [anAttempt()], running: { generation: 0, position: 99 } }));
        const [first] = taken.leases as [ShardLease];
        const shards = numbers(leases);
        const state = await store.journal.load(shards);
        assert.deepEqual(
          [...state.dispatchedTo],
          shards.map((shard) => [shard, 9]),
        );
        await store.shards.round({ process: aProcess("prc_b"), holds: taken.leases.slice(1), releases: [first] });
        assert.equal((await store.journal.load([first.shard])).dispatchedTo.get(first.shard), 9);
      },
    );

    promise("of replays that are stored together, those of a lost shard alone are refused", async (_, store) => {
      const { leases } = await round(store, "prc_a");
      const [lost, kept] = leases as [ShardLease, ShardLease];
      await store.shards.round({ process: aProcess("prc_a"), holds: leases.slice(1), releases: [lost] });
      const all = [1, 2, 3, 4].map((nth) => aReplay({ id: `rpl_${nth}` }));
      const answers = await Promise.allSettled(
        all.map((replay, at) => store.replays.put(replay, at % 2 === 0 ? lost : kept)),
      );
      assert.deepEqual(
        answers.map((answer) => (answer.status === "fulfilled" ? "stored" : answer.reason.leases)),
        [[lost], "stored", [lost], "stored"],
      );
      assert.deepEqual(await store.replays.load(), [all[1], all[3]]);
    });

    promise("how far a replay came is written by who runs its endpoint, and by nobody else", async (subject, store) => {
      const { leases } = await round(store, "prc_a");
      const replay = aReplay({ endpointNumber: endpointOf(leases[0] as ShardLease, store.shards.count) });
      await store.replays.put(replay, leases[0] as ShardLease);
      await kind.lapse(subject);
      await round(store, "prc_b");
      const late = store.replays.put({ ...replay, position: 9 }, leases[0] as ShardLease);
      await assert.rejects(late, withCode("shards-lost"));
      assert.deepEqual(await store.replays.load(), [replay]);
    });

    promise("who is there, who runs what, and how far that is, can be seen", async (subject, store) => {
      const { second } = await shared(store);
      const [mine] = second as [ShardLease];
      await store.journal.commit(aBatch({ dispatched: [{ ...mine, position: 5 }] }));
      const { members, free } = await store.shards.cluster();
      assert.deepEqual(
        members.map(({ process }) => process),
        [aProcess("prc_a"), aProcess("prc_b")],
      );
      assert.deepEqual(members[1]?.shards[0], { shard: mine.shard, dispatchedTo: 5 });
      assert.deepEqual(free, []);
      await kind.lapse(subject);
      await round(store, "prc_c");
      const later = await store.shards.cluster();
      assert.deepEqual(
        later.members.map(({ process, shards }) => [process.id, shards.length]),
        [["prc_c", store.shards.count]],
      );
    });
  });
}
