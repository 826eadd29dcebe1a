import { limits } from "../../core/limits.ts";
import { fairShare, type ShardLease } from "../../core/shard.ts";
import type { ClusterView, MemberView, Round, RoundAsk, ShardStore, ShardView } from "../shard-store.ts";
import type { KeptShard, MemoryData } from "./data.ts";

/** The reference of `ShardStore`, for several stores that share their data. */
export class MemoryShardStore implements ShardStore {
  readonly #data: MemoryData;

  constructor(data: MemoryData) {
    this.#data = data;
  }

  get count(): number {
    return this.#data.shards.length;
  }

  async round({ process, holds, releases }: RoundAsk): Promise<Round> {
    this.#data.requireOpen();
    this.#data.commits += 1;
    const { clock, members, shards } = this.#data;
    const nowMs = clock.steadyMs();
    const expiresAtMs = nowMs + limits.shardLeaseMs;
    for (const [id, member] of members) if (member.expiresAtMs <= nowMs) members.delete(id);
    members.set(process.id, { process, expiresAtMs });
    const own = shards.filter(({ holder }) => holder === process.id);
    for (const kept of own) {
      if (isAmong(holds, kept) && !isAmong(releases, kept)) kept.expiresAtMs = expiresAtMs;
      else free(kept);
    }
    if (releases.length > 0) this.#data.pulse("shards");
    const share = fairShare(process.id, this.#holdings(nowMs), this.count);
    const held = own.filter(({ holder }) => holder !== null);
    for (const kept of shards) {
      if (held.length >= share) break;
      if (kept.holder !== null && kept.expiresAtMs > nowMs) continue;
      Object.assign(kept, { holder: process.id, fence: kept.fence + 1, expiresAtMs, follows: null });
      held.push(kept);
    }
    const leases = held.map(({ shard, fence }) => ({ shard, fence })).sort((left, right) => left.shard - right.shard);
    return { leases, excess: Math.max(0, held.length - share), leaseMs: limits.shardLeaseMs };
  }

  async leave(processId: string): Promise<void> {
    this.#data.requireOpen();
    this.#data.commits += 1;
    for (const kept of this.#data.shards) if (kept.holder === processId) free(kept);
    this.#data.pulse("shards");
    this.#data.members.delete(processId);
  }

  async cluster(): Promise<ClusterView> {
    this.#data.requireOpen();
    const nowMs = this.#data.clock.steadyMs();
    const heldBy = (id: string | null): ShardView[] =>
      this.#data.shards
        .filter((kept) => (kept.expiresAtMs > nowMs ? kept.holder : null) === id)
        .map(({ shard, dispatchedTo }) => ({ shard, dispatchedTo }));
    const members = [...this.#data.members.values()].map(({ process, expiresAtMs }): MemberView => {
      return { process, silentMs: nowMs - (expiresAtMs - limits.shardLeaseMs), shards: heldBy(process.id) };
    });
    members.sort((left, right) => (left.process.id < right.process.id ? -1 : 1));
    return { members, free: heldBy(null) };
  }

  /** How many shards each process has that wants some. */
  #holdings(nowMs: number): Map<string, number> {
    const holdings = new Map<string, number>();
    for (const { process } of this.#data.members.values()) {
      if (process.roles.includes("deliver")) holdings.set(process.id, 0);
    }
    for (const { holder, expiresAtMs } of this.#data.shards) {
      const count = holdings.get(holder ?? "");
      if (holder !== null && count !== undefined && expiresAtMs > nowMs) holdings.set(holder, count + 1);
    }
    return holdings;
  }
}

const isAmong = (leases: readonly ShardLease[], { shard, fence }: KeptShard): boolean =>
  leases.some((lease) => lease.shard === shard && lease.fence === fence);

/** Its fence ends, too: nothing more is written under it. */
function free(kept: KeptShard): void {
  kept.holder = null;
  kept.follows = null;
  kept.fence += 1;
}
