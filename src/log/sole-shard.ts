import type { ClusterProcess } from "../core/shard.ts";
import type { Journal } from "./journal.ts";
import type { ClusterView, Round, RoundAsk, ShardStore } from "./shard-store.ts";

/** The shards of a store that one process owns: one, for ever. */
export class SoleShard implements ShardStore {
  readonly count = 1;
  readonly #journal: Pick<Journal, "load">;
  #process: ClusterProcess | null = null;

  constructor(journal: Pick<Journal, "load">) {
    this.#journal = journal;
  }

  async round({ process }: RoundAsk): Promise<Round> {
    this.#process = process;
    return { leases: [{ shard: 0, fence: 1 }], excess: 0, leaseMs: Number.POSITIVE_INFINITY };
  }

  async leave(): Promise<void> {
    this.#process = null;
  }

  async cluster(): Promise<ClusterView> {
    const { dispatchedTo } = await this.#journal.load([0]);
    const shards = [{ shard: 0, dispatchedTo: dispatchedTo.get(0) ?? 0 }];
    if (this.#process === null) return { members: [], free: shards };
    return { members: [{ process: this.#process, silentMs: 0, shards }], free: [] };
  }
}
