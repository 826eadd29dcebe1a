import { TrotlineError } from "../core/errors.ts";
import type { ClusterProcess, ShardLease } from "../core/shard.ts";

/** How far the events of the log were offered to the lanes of a shard; durable under a fence. */
export interface DispatchedShard extends ShardLease {
  readonly position: number;
  /** It is where all shards are that the process runs, and moves with them. Absent: it has a position of its own. */
  readonly isRunning?: boolean;
}

/**
 * Where the shards are that a process runs: one number for all of them. Groups of one `generation` stand for the same
 * shards, or more: it grows before one of them leaves or is lost, which stays where it was then.
 */
export interface RunningPosition {
  readonly generation: number;
  readonly position: number;
}

export interface RoundAsk {
  readonly process: ClusterProcess;
  /** What it holds and goes on with. What the store has for it beside that was never heard of, and is taken anew. */
  readonly holds: readonly ShardLease[];
  /** What it gives back: nothing is written under these fences any more. */
  readonly releases: readonly ShardLease[];
}

export interface Round {
  /** What it holds now, ascending. What is not among these is lost to it. */
  readonly leases: readonly ShardLease[];
  /** How many of these it is to give back, when what is in flight of them has ended. */
  readonly excess: number;
  /** From when the store was asked, at least. Infinite where nobody else can take them. */
  readonly leaseMs: number;
}

export interface ShardView {
  readonly shard: number;
  readonly dispatchedTo: number;
}

export interface MemberView {
  readonly process: ClusterProcess;
  /** Since its last round. */
  readonly silentMs: number;
  readonly shards: readonly ShardView[];
}

export interface ClusterView {
  readonly members: readonly MemberView[];
  /** Shards that nobody runs now. */
  readonly free: readonly ShardView[];
}

/**
 * Which process runs the lanes of which shards. Each method is one transaction, and rejects as `EventLog` does. Times
 * are the store's own.
 */
export interface ShardStore {
  /** 1 where one process owns the store. */
  readonly count: number;
  /**
   * Announces the process, renews what it holds, takes back what it gives, and gives it what is free or has expired, up
   * to its fair share (`core/shard.ts`). A fence that a shard was given with before is never given again, and giving
   * back ends it.
   */
  round(ask: RoundAsk): Promise<Round>;
  /** The process is gone, and everything it held is free. */
  leave(processId: string): Promise<void>;
  cluster(): Promise<ClusterView>;
}

/** What was asked is another process's to do; nothing of it was done. */
export class ShardElsewhereError extends TrotlineError {
  readonly shard: number;
  readonly endpointId: string;

  constructor(shard: number, endpointId: string) {
    const detail = `Another process runs the endpoint \`${endpointId}\`, or will in a moment.`;
    super("shard-elsewhere", detail, { retryAfterSeconds: 1 });
    this.shard = shard;
    this.endpointId = endpointId;
  }
}

/** Shards are not any more who wrote's: nothing of what was to be written is stored. */
export class ShardsLostError extends TrotlineError {
  /** As they were written under. */
  readonly leases: readonly ShardLease[];

  constructor(leases: readonly ShardLease[], detail = "Another process runs these endpoints by now.") {
    super("shards-lost", detail);
    this.leases = leases;
  }
}
