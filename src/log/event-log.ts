import type { Epochs } from "../core/epochs.ts";
import type { NewEvent, StoredEvent } from "../core/event.ts";
import type { ShardLease } from "../core/shard.ts";

/** What this process knows of the log's ends. */
export interface LogBounds {
  /** What the log has been through; the same array as long as no epoch begins. */
  readonly epochs: Epochs;
  /** The first position that is still stored; `head + 1` while nothing is. */
  readonly earliest: number;
  /** The last position; 0 before the first event. */
  readonly head: number;
}

export interface PublishedEvent extends NewEvent {
  /** False where `occurredAtMs` was filled in: then it does not count when the same id comes again. */
  readonly occurredAtWasGiven: boolean;
}

/** A publisher's `Idempotency-Key`: the same key with the same body is answered as the first time. */
export interface Idempotency {
  /** Whose key it is, so that publishers cannot meet each other's. */
  readonly scope: string;
  readonly key: string;
  readonly bodyHash: Uint8Array;
}

export interface AppendRequest {
  readonly events: readonly PublishedEvent[];
  /** True: one event in conflict refuses all. False: it refuses only itself. */
  readonly atomic: boolean;
  readonly idempotency: Idempotency | null;
}

export interface AppendedItem {
  readonly id: string;
  /** The event's position; for a conflict, that of the event that has the id. */
  readonly position: number;
  /**
   * `duplicate`: the same event was stored before; of a received one the id says that, not its bytes. `conflict`: another event has the id, and this one is not stored.
   */
  readonly outcome: "stored" | "duplicate" | "conflict";
}

export type AppendOutcome =
  /** Durable, in the order given. Where `atomic` and an item is a conflict, nothing of the request was stored. */
  | { readonly kind: "answered"; readonly items: readonly AppendedItem[] }
  /** The key was used before; these are the first request's items. */
  | { readonly kind: "repeated"; readonly items: readonly AppendedItem[] }
  | { readonly kind: "idempotency-mismatch" };

export interface ReadQuery {
  /** The page begins at the first position beyond this one. */
  readonly after: number;
  readonly limit: number;
  /** The page ends before the event that would pass this many bytes of data; it has at least one event. */
  readonly bytesMax: number;
  /** Only this tenant's events. */
  readonly tenant?: string;
}

export interface ReadBackQuery {
  /** The page begins at the last position before this one, and goes down. */
  readonly before: number;
  readonly limit: number;
  /** As for `ReadQuery`. */
  readonly bytesMax: number;
  readonly tenant?: string;
}

export interface EventPage {
  /** Ascending by position; descending where it was read back. */
  readonly events: readonly StoredEvent[];
  /**
   * No event that the query asks for is beyond the last of `events` and up to here; where it was read back, none is
   * below the last and down to here.
   */
  readonly through: number;
}

/** How often a received event came again: copies are counted, and not stored. */
export interface Redeliveries {
  readonly count: number;
  /** Null where it came once. */
  readonly lastAtMs: number | null;
}

export interface TrimRule {
  /** Remove events accepted before this. */
  readonly olderThanMs: number;
  /** Remove the oldest until the data that is left is no more than this; null for no bound. */
  readonly bytesMax: number | null;
  /** The most rows that one step removes: a step shares the writer with publishers. */
  readonly rowsMax: number;
  /**
   * Whose parked deliveries go, as far as these are the newest fences: those of other shards are for the processes that
   * run them. Absent: all.
   */
  readonly leases?: readonly ShardLease[];
}

export interface TrimResult {
  readonly removed: number;
  readonly bounds: LogBounds;
  /** True when another step has work to do. */
  readonly more: boolean;
  /** Parked deliveries that went because their event had, now or before, by endpoint number: they are cancelled. */
  readonly cancelled: ReadonlyMap<number, number>;
}

/**
 * The append-only, ordered store of events. Positions are dense and are assigned by the store, in the order of commits:
 * whoever has seen position n never sees a new event below n.
 *
 * Every method may reject with a `TrotlineError` of code `store-unavailable`, `store-full`, `overloaded` or
 * `shutting-down`; what was refused was not stored, or was not known to be.
 */
export interface EventLog {
  /** Answers after the events are durable (fsync), never before. */
  append(request: AppendRequest): Promise<AppendOutcome>;
  bounds(): LogBounds;
  /**
   * The listener is given every event stored from now on, by whomever, in order of position and without a gap, before
   * the append that stored it is answered.
   */
  onAppended(listener: (events: readonly StoredEvent[]) => void): void;
  /** Resolves when everything was shown that others had stored. Absent where nobody else stores anything unheard. */
  catchUp?(): Promise<void>;
  read(query: ReadQuery): Promise<EventPage>;
  /** Newest first. */
  readBack(query: ReadBackQuery): Promise<EventPage>;
  /** Null where the id is unknown, or has left the log. */
  find(tenant: string, id: string): Promise<StoredEvent | null>;
  /** Of the event at a position; none where there is none. */
  redeliveries(position: number): Promise<Redeliveries>;
  /** The last position accepted before a time; 0 where there is none. */
  positionBefore(timeMs: number): Promise<number>;
  /** One small step of retention: events, what is parked for them, and old idempotency keys. */
  trim(rule: TrimRule): Promise<TrimResult>;
}
