import type { Endpoint } from "../core/endpoint.ts";
import { type Lane, type LaneRecord, laneRecord, startLane } from "../core/lane.ts";
import { isAtRest } from "../core/lane-lines.ts";
import type { Clock } from "../core/ports.ts";
import { newRecoveryPace } from "../core/recovery-pace.ts";
import type { HeldShard, HeldShards } from "./held-shards.ts";
import { originOf, type RunningLane } from "./running-lane.ts";

/** A lane without work leaves memory after this. */
const idleLaneMs = 60_000;

/**
 * The lanes in memory, of the shards that this process holds. A lane that has nothing to do need not be here, nor have
 * a record in the store: it stands at the position up to which events were dispatched to its shard.
 */
export class LaneTable {
  readonly shards: HeldShards;
  readonly #lanes = new Map<number, RunningLane>();
  readonly #clock: Clock;
  readonly #configured: (endpointNumber: number) => Endpoint | undefined;

  /** `configured` knows an endpoint as it is now: who asks for its lane may have waited since it learnt of it. */
  constructor(parts: {
    clock: Clock;
    shards: HeldShards;
    configured?: (endpointNumber: number) => Endpoint | undefined;
  }) {
    this.#clock = parts.clock;
    this.shards = parts.shards;
    this.#configured = parts.configured ?? (() => undefined);
  }

  /** Every event up to here was offered to the lanes that it concerns and that run here. */
  get dispatchedTo(): number {
    return this.shards.dispatchedTo;
  }

  values(): Iterable<RunningLane> {
    return this.#lanes.values();
  }

  get(endpointNumber: number): RunningLane | undefined {
    return this.#lanes.get(endpointNumber);
  }

  /**
   * The lane of an endpoint, which is in memory from now on. Of one that another process runs nothing is known here:
   * what is answered is an idle lane that is nobody's, to be looked at only.
   */
  of(endpoint: Endpoint): RunningLane {
    const running = this.#lanes.get(endpoint.number);
    return running ?? this.addIdle(this.#configured(endpoint.number) ?? endpoint, 0);
  }

  addIdle(endpoint: Endpoint, parkedTotal: number): RunningLane {
    const held = this.shards.of(endpoint.number);
    const readPosition = held === undefined ? this.dispatchedTo : this.shards.positionOf(held);
    const record = { readPosition, pending: [], behind: false, health: null };
    return this.add(endpoint, startLane(record, parkedTotal, endpoint), false);
  }

  add(endpoint: Endpoint, lane: Lane, hasStoredRecord: boolean): RunningLane {
    const isHeld = this.shards.of(endpoint.number) !== undefined;
    const running: RunningLane = {
      endpoint,
      lane,
      origin: originOf(endpoint),
      isQueued: false,
      isReading: false,
      wakeAtMs: null,
      page: null,
      hasStoredRecord,
      isRemoved: !isHeld,
      isLost: !isHeld,
      lastUsedMs: this.#clock.steadyMs(),
      recovery: newRecoveryPace(this.#clock.steadyMs()),
    };
    if (isHeld) this.#lanes.set(endpoint.number, running);
    return running;
  }

  /** In memory. */
  *ofShard({ shard }: HeldShard): Iterable<RunningLane> {
    for (const [endpointNumber, running] of this.#lanes) {
      if (this.shards.shardOf(endpointNumber) === shard) yield running;
    }
  }

  /** Another process runs it from now on: what is in flight here does not count, and what is not never goes. */
  lose(running: RunningLane): void {
    running.isLost = true;
    for (const flight of [...running.lane.flights.values(), ...running.lane.manuals.values()]) flight.isLost = true;
    this.remove(running.endpoint.number);
  }

  remove(endpointNumber: number): void {
    const running = this.#lanes.get(endpointNumber);
    if (running === undefined) return;
    running.isRemoved = true;
    this.#lanes.delete(endpointNumber);
  }

  /** The record to be journalled; null where the store says the same already. */
  takeRecord(endpointNumber: number): LaneRecord | null {
    const running = this.#lanes.get(endpointNumber);
    if (running === undefined) return null;
    const record = laneRecord(running.lane, endpointNumber);
    const saysMore = record.behind || record.health !== null;
    if (!saysMore && !running.hasStoredRecord) return null;
    running.hasStoredRecord = true;
    return record;
  }

  /** Records that were taken are durable: the store keeps none that says no more than "at the dispatched position". */
  recordsStored(records: readonly LaneRecord[]): void {
    for (const { endpointNumber, behind, health } of records) {
      const running = this.#lanes.get(endpointNumber);
      if (running !== undefined) running.hasStoredRecord = behind || health !== null;
    }
  }

  forgetIdle(): void {
    const before = this.#clock.steadyMs() - idleLaneMs;
    for (const [number, running] of this.#lanes) {
      if (running.lastUsedMs <= before && isForgettable(running)) this.remove(number);
    }
  }

  get isBusy(): boolean {
    for (const running of this.#lanes.values()) if (hasInFlight(running)) return true;
    return false;
  }
}

export const hasInFlight = ({ lane }: RunningLane): boolean => lane.flights.size + lane.manuals.size > 0;

function isForgettable(running: RunningLane): boolean {
  const { lane } = running;
  if (running.isQueued || running.isReading || running.hasStoredRecord) return false;
  if (hasInFlight(running) || lane.unsent.length > 0 || !lane.caughtUp) return false;
  if (lane.parked.rows.length > 0 || lane.parked.horizonMs !== Number.POSITIVE_INFINITY) return false;
  if (lane.order !== null && !isAtRest(lane.order)) return false;
  return lane.breaker.consecutiveFailures === 0 && lane.pausedUntilMs === 0;
}
