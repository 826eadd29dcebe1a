/** The processes that share a store, as they travel. */

export type ProcessRole = "api" | "deliver" | "receive";

/** Shards that no process runs: nothing is sent to their endpoints meanwhile. */
export interface FreeShards {
  readonly shards: number;
  /** Up to here every event was offered to the lanes of all of these shards; null where there are none. */
  readonly dispatched_position: number | null;
  readonly lag_events: number;
}

/** One of the processes, and the shards that it runs. */
export interface ClusterProcess {
  /** Of this start: a process that starts again has another. */
  readonly id: string;
  /** For people: host and process number, or what it was called. */
  readonly name: string;
  readonly roles: readonly ProcessRole[];
  readonly started_at: string;
  /** Since it last told the store of itself. */
  readonly silent_ms: number;
  readonly shards: number;
  readonly dispatched_position: number | null;
  readonly lag_events: number;
}

export interface UndispatchedEvent {
  readonly position: number;
  readonly accepted_at: string;
  readonly age_ms: number;
}

export interface Cluster {
  /** The id of the process that answered. */
  readonly answered_by: string;
  /** A process that is silent for so long has lost its shards; null where one process owns the store. */
  readonly lease_ms: number | null;
  readonly head_position: number;
  readonly processes: readonly ClusterProcess[];
  readonly free: FreeShards;
  /** The first event that was not offered to all lanes; null where there is none. */
  readonly oldest_undispatched: UndispatchedEvent | null;
}
