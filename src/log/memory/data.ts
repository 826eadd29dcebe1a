import type { Consumer } from "../../core/consumer.ts";
import type { ParkedDelivery } from "../../core/delivery.ts";
import type { Endpoint } from "../../core/endpoint.ts";
import { TrotlineError } from "../../core/errors.ts";
import type { StoredEvent } from "../../core/event.ts";
import type { EventType } from "../../core/event-type.ts";
import type { KeyRecord } from "../../core/key.ts";
import type { LaneRecord } from "../../core/lane.ts";
import type { Clock } from "../../core/ports.ts";
import type { Replay } from "../../core/replay.ts";
import type { Receipt, Source } from "../../core/source.ts";
import type { AppendedItem, Redeliveries } from "../event-log.ts";
import type { StoredAttempt } from "../journal.ts";

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
  dispatchedTo = 0;
  readonly lanes = new Map<number, LaneRecord>();
  /** By endpoint number, then by position. */
  readonly parked = new Map<number, Map<number, ParkedDelivery>>();
  attempts: KeptAttempt[] = [];
  attemptsMade = 0;
  attemptEndedAtMs = Number.NEGATIVE_INFINITY;
  readonly endpoints = new Map<number, Endpoint>();
  endpointsMade = 0;
  readonly keys = new Map<string, KeyRecord>();
  /** By `tenant name`: neither has a space. */
  readonly consumers = new Map<string, Consumer>();
  readonly eventTypes = new Map<string, EventType>();
  /** By id. */
  readonly replays = new Map<string, Replay>();
  readonly sources = new Map<number, Source>();
  sourcesMade = 0;
  /** By id. */
  readonly receipts = new Map<string, Receipt>();
  commits = 0;
  isClosed = false;

  constructor(clock: Clock, bytesMax: number) {
    this.clock = clock;
    this.bytesMax = bytesMax;
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

  /** Every method of the ports begins here. */
  requireOpen(): void {
    if (this.isClosed) throw new TrotlineError("shutting-down", "The store is closed.");
  }
}
