import type { Replay } from "../core/replay.ts";
import type { ShardLease } from "../core/shard.ts";

/** Replays, durable. Each method is one transaction, shared with whatever waits, and rejects as `EventLog` does. */
export interface ReplayStore {
  load(): Promise<readonly Replay[]>;
  /**
   * Stores the replay in place of the one with the same id, if there is one. Rejects with a `ShardsLostError` where the
   * shard of its endpoint has another fence by now, and stores nothing then.
   */
  put(replay: Replay, lease: ShardLease): Promise<void>;
  remove(id: string): Promise<void>;
}
