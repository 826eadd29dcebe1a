import type { ParkedDelivery } from "../../core/delivery.ts";
import type { Endpoint } from "../../core/endpoint.ts";
import type { Epochs } from "../../core/epochs.ts";
import { TrotlineError } from "../../core/errors.ts";
import type { StoredEvent } from "../../core/event.ts";
import type { EventType } from "../../core/event-type.ts";
import type { KeyRecord } from "../../core/key.ts";
import type { LaneRecord } from "../../core/lane.ts";
import type { Clock } from "../../core/ports.ts";
import type { Replay } from "../../core/replay.ts";
import { type ClusterProcess, type ShardLease, shardOf } from "../../core/shard.ts";
import type { Receipt, Source } from "../../core/source.ts";
import type { PulseKind } from "../cluster-pulse.ts";
import type { ConfigurationChange } from "../configuration-changes.ts";
import type { KeptConsumer } from "../consumer-store.ts";
import type { AppendedItem, Redeliveries } from "../event-log.ts";
import type { StoredAttempt } from "../journal.ts";
import type { NewRequest } from "../request-store.ts";
import { ShardsLostError } from "../shard-store.ts";
import type { StatisticsRow } from "../statistics-store.ts";

export interface RememberedKey {
  readonly bodyHash: Uint8Array;
  readonly items: readonly AppendedItem[];
  readonly createdAtMs: number;
}

/** An attempt, and when it had ended: never less than that of the attempt before. */
export interface KeptAttempt {
  readonly attempt: Omit<StoredAttempt, "eventId" | "eventType">;
  readonly endedAtMs: number;
}

export interface KeptShard {
  readonly shard: number;
  /** Null where it is free. */
  holder: string | null;
  fence: number;
  expiresAtMs: number;
  dispatchedTo: number;
  /** Where those are that its process runs, and it with them; null where it has a position of its own. */
  follows: object | null;
}

export interface KeptChange extends ConfigurationChange {
  /** The store that made it. */
  readonly writer: object;
}

export interface KeptRequest {
  readonly request: NewRequest;
  readonly takenByMs: number;
  readonly endsAtMs: number;
  /** The process that took it; null while it waits. */
  taker: string | null;
  heldUntilMs: number;
  answer: Uint8Array | null;
}

export interface MemoryDataOptions {
  readonly clock: Clock;
  /** As for the store. */
  readonly bytesMax?: number;
  readonly shards?: number;
}

/** All that the memory store holds; its ports work on one of these, as those of a database share its tables. */
export class MemoryData {
  readonly clock: Clock;
  /** The most bytes of events' data. */
  readonly bytesMax: number;
  /** Ascending and dense; the first is at `trimmedThrough + 1`. */
  events: StoredEvent[] = [];
  trimmedThrough = 0;
  trimmedAcceptedAtMs = Number.NEGATIVE_INFINITY;
  acceptedAtMs = 0;
  logBytes = 0;
  /** By `tenant id`: no tenant has a space. */
  readonly positionsById = new Map<string, number>();
  /** By position. */
  readonly redeliveries = new Map<number, Redeliveries>();
  /** By scope and key. */
  readonly idempotency = new Map<string, RememberedKey>();
  readonly shards: readonly KeptShard[];
  /** By id, with when they are taken for dead. */
  readonly members = new Map<string, { process: ClusterProcess; expiresAtMs: number }>();
  /** Begun by the first store. */
  epochs: Epochs | null = null;
  /** Told of every event that is stored, by whatever store. */
  readonly listeners = new Set<(events: readonly StoredEvent[]) => void>();
  /** Told that something of a kind changed, by whatever store. */
  readonly pulseListeners = new Set<{ readonly kind: PulseKind; readonly told: () => void }>();
  /** By id, in the order in which they were asked. */
  readonly requests = new Map<string, KeptRequest>();
  readonly lanes = new Map<number, LaneRecord>();
  /** By endpoint number, then by position. */
  readonly parked = new Map<number, Map<number, ParkedDelivery>>();
  attempts: KeptAttempt[] = [];
  attemptsMade = 0;
  attemptEndedAtMs = Number.NEGATIVE_INFINITY;
  /** Of what is configured, the last ones. */
  readonly changes: KeptChange[] = [];
  readonly endpoints = new Map<number, Endpoint>();
  endpointsMade = 0;
  readonly keys = new Map<string, KeyRecord>();
  /** By `tenant name`: neither has a space. */
  readonly consumers = new Map<string, KeptConsumer>();
  consumerVersions = 0;
  readonly eventTypes = new Map<string, EventType>();
  /** By id. */
  readonly replays = new Map<string, Replay>();
  readonly sources = new Map<number, Source>();
  sourcesMade = 0;
  /** By id. */
  readonly receipts = new Map<string, Receipt>();
  /** Rows by their key. */
  readonly statistics = { rolledTo: 0, rows: new Map<string, StatisticsRow>() };
  commits = 0;
  isClosed = false;

  constructor({ clock, bytesMax = Number.POSITIVE_INFINITY, shards = 1 }: MemoryDataOptions) {
    this.clock = clock;
    this.bytesMax = bytesMax;
    const fence = shards === 1 ? 1 : 0;
    this.shards = Array.from({ length: shards }, (_, shard) => {
      return { shard, holder: null, fence, expiresAtMs: 0, dispatchedTo: 0, follows: null };
    });
  }

  shardOf(endpointNumber: number): number {
    return shardOf(endpointNumber, this.shards.length);
  }

  /** Refuses what is written under fences that are not the newest. */
  requireHeld(leases: readonly ShardLease[]): void {
    const lost = leases.filter(({ shard, fence }) => this.shards[shard]?.fence !== fence);
    if (lost.length > 0) throw new ShardsLostError(lost.map(({ shard, fence }) => ({ shard, fence })));
  }

  get head(): number {
    return this.trimmedThrough + this.events.length;
  }

  eventAt(position: number): StoredEvent | undefined {
    return this.events[position - this.trimmedThrough - 1];
  }

  /** True for a number that had an endpoint: what is journalled for it comes too late. */
  wasDeleted(endpointNumber: number): boolean {
    return endpointNumber <= this.endpointsMade && !this.endpoints.has(endpointNumber);
  }

  parkedOf(endpointNumber: number): Map<number, ParkedDelivery> {
    const rows = this.parked.get(endpointNumber) ?? new Map<number, ParkedDelivery>();
    this.parked.set(endpointNumber, rows);
    return rows;
  }

  redelivered(position: number): void {
    const count = (this.redeliveries.get(position)?.count ?? 0) + 1;
    this.redeliveries.set(position, { count, lastAtMs: this.clock.steadyMs() });
  }

  /** Something of that kind changed: whoever listens is told, in a turn of his own. */
  pulse(kind: PulseKind): void {
    for (const listener of this.pulseListeners) if (listener.kind === kind) setImmediate(listener.told);
  }

  /** Every method of the ports begins here. */
  requireOpen(): void {
    if (this.isClosed) throw new TrotlineError("shutting-down", "The store is closed.");
  }
}
