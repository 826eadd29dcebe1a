import type { AttemptRecord, ErrorClass } from "../core/attempt.ts";
import type { ParkedDelivery } from "../core/delivery.ts";
import type { LaneRecord, ParkedChange } from "../core/lane.ts";
import type { StandingKey } from "../core/lane-learn.ts";
import type { PublishedEvent } from "./event-log.ts";
import type { DispatchedShard, RunningPosition } from "./shard-store.ts";

/** What lanes did since the last batch. Stored whole or not at all: invariant 4 stands on it. */
export interface JournalBatch {
  /**
   * The shards of `changes` and `lanes`, and any that were dispatched further: every event up to the position was offered
   * to their lanes. Lanes whose record is not `behind` are at this position.
   */
  readonly dispatched: readonly DispatchedShard[];
  /** It is also that of every shard that was noted as running in a group with the same `generation`. */
  readonly running: RunningPosition;
  /** Of whatever shards: attempts happened, whoever runs the lane by now. */
  readonly attempts: readonly AttemptRecord[];
  /** In the order in which they happened. */
  readonly changes: readonly { readonly endpointNumber: number; readonly change: ParkedChange }[];
  /** The newest record of every lane that changed. */
  readonly lanes: readonly LaneRecord[];
  /** Operational events about all that; one that the log has already is passed over. */
  readonly announce: readonly PublishedEvent[];
}

/** What a process needs to go on. */
export interface JournalState {
  /** Of each shard that was asked for. */
  readonly dispatchedTo: ReadonlyMap<number, number>;
  /** Lanes that are behind or not well; every other is where its shard was dispatched to. */
  readonly lanes: readonly LaneRecord[];
  /** How many unsettled rows each endpoint has: all but those that are exhausted or cancelled. */
  readonly parkedTotals: ReadonlyMap<number, number>;
  /** Endpoints with rows that are held or blocked: those whose deliveries are ordered, or were. */
  readonly ordered: ReadonlySet<number>;
}

/** What the store knows of one lane. */
export interface StoredLane {
  readonly endpointNumber: number;
  /** Null where it is where its shard was dispatched to, and well. */
  readonly record: LaneRecord | null;
  readonly dispatchedTo: number;
  /** Rows that are not settled. */
  readonly parkedTotal: number;
}

export interface StoredAttempt extends AttemptRecord {
  /** Increases with the order in which attempts were journalled. */
  readonly sequence: number;
  /** Null where the event has left the log. */
  readonly eventId: string | null;
  readonly eventType: string | null;
}

export interface AttemptQuery {
  readonly endpointNumber?: number;
  readonly position?: number;
  /** Of whose events; only those that are still stored. */
  readonly tenant?: string;
  readonly delivered?: boolean;
  /** Statuses from `statusMin` to `statusMax`, both included. */
  readonly statusMin?: number;
  readonly statusMax?: number;
  readonly errorClass?: ErrorClass;
  /** Started at or after, and before. */
  readonly fromMs?: number;
  readonly beforeMs?: number;
  /** Newest first, from the attempt before this sequence. */
  readonly beforeSequence?: number;
  readonly limit: number;
}

/** What the store knows of one delivery. */
export interface StoredDelivery {
  readonly parked: ParkedDelivery | null;
  readonly attempts: number;
  readonly delivered: boolean;
}

/**
 * What happened to deliveries: attempts, lanes' records and parked rows. Rejects as `EventLog` does; a batch that was
 * refused changed nothing and may be committed again, with more.
 */
export interface Journal {
  /**
   * Answers after the batch is durable. Shares its transaction with whatever else the writer was given. Rejects with a
   * `ShardsLostError` where a shard has another fence by now, and stores nothing then.
   */
  commit(batch: JournalBatch): Promise<void>;
  /** The lanes of these shards. */
  load(shards: readonly number[]): Promise<JournalState>;
  /** In whatever order; to be looked at. */
  lanes(endpointNumbers: readonly number[]): Promise<readonly StoredLane[]>;
  /**
   * The parked deliveries of an endpoint that are due first (states `retrying` and `sending`), and how many there are
   * that are not settled, with those that are held or blocked.
   */
  parkedDue(endpointNumber: number, limit: number): Promise<{ rows: readonly ParkedDelivery[]; total: number }>;
  /**
   * The keys of an endpoint's unsettled rows, ascending, from the first beyond `after`: how many rows each has, and the
   * state of its first by position. Rows without a key are those of `unknownKey`.
   */
  standingKeys(
    endpointNumber: number,
    page: { readonly after: number; readonly limit: number },
  ): Promise<readonly StandingKey[]>;
  /** The first unsettled rows of each of these keys, by position, at most `limit` of each. */
  parkedOfKeys(endpointNumber: number, keys: readonly number[], limit: number): Promise<readonly ParkedDelivery[]>;
  /**
   * Of the deliveries of an endpoint that are exhausted or blocked since a time, the one that was first; null where
   * none is.
   */
  firstExhausted(endpointNumber: number, sinceMs: number): Promise<ParkedDelivery | null>;
  delivery(endpointNumber: number, position: number): Promise<StoredDelivery>;
  /**
   * Which positions from `first` to `last` an endpoint was sent with success, ascending, as far as attempts are kept.
   */
  deliveredAmong(endpointNumber: number, range: { readonly first: number; readonly last: number }): Promise<number[]>;
  /**
   * Positions from `first` to `last` whose delivery failed and has a row, because it waits for a retry or was given up;
   * ascending, the first `limit` of them.
   */
  failedAmong(
    endpointNumber: number,
    range: { readonly first: number; readonly last: number; readonly limit: number },
  ): Promise<number[]>;
  /** Newest first. */
  attempts(query: AttemptQuery): Promise<readonly StoredAttempt[]>;
  attempt(sequence: number): Promise<StoredAttempt | null>;
  /** One small step of the attempts' own retention; true when another has work to do. */
  trimAttempts(rule: { readonly olderThanMs: number; readonly rowsMax: number }): Promise<boolean>;
}
