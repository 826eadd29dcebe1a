/**
 * Which shards this process holds, and how far each of them is. Part of stage 2. What was gained joins
 * (`shard-joining.ts`), what is too much leaves (`shard-leaving.ts`); who holds what is settled in rounds
 * (`shard-rounds.ts`).
 */
import type { Clock } from "../core/ports.ts";
import { type ShardLease, shardOf } from "../core/shard.ts";
import type { DispatchedShard, RunningPosition } from "../log/shard-store.ts";

export interface HeldShard extends ShardLease {
  /**
   * `joining`: its lanes are being loaded, and are offered what they missed. `running`: they have turns. `leaving`: what
   * is in flight ends, and no event is offered to them.
   */
  state: "joining" | "running" | "leaving";
  /** How far it is, is known: before that nothing of it can be written. */
  isLoaded: boolean;
  /** An endpoint of it was made while it was being loaded: what is loaded may not have that. */
  isStale: boolean;
  /** Unless it runs: every event up to here was offered to its lanes. */
  offeredTo: number;
  journalledTo: number;
}

export interface HeldShardsListener {
  /** Its lanes are at the process's position from now on. */
  joined?(held: HeldShard): void;
  /** What is in flight of it ends; resolves when whoever listens has let go of it. */
  leaving?(held: HeldShard): Promise<void>;
  /** It is another's now, or was given back: nothing of it is written any more. */
  gone?(held: HeldShard): void;
}

export class HeldShards {
  readonly count: number;
  /** Every event up to here was offered to the lanes of the shards that run. */
  dispatchedTo = 0;
  /** How many went to others without having been given back. */
  lostCount = 0;
  readonly #clock: Clock;
  readonly #held = new Map<number, HeldShard>();
  /** By shard: 1 where its lanes run. Asked for each event and endpoint that it concerns. */
  readonly #runs: Uint8Array;
  readonly #listeners: HeldShardsListener[] = [];
  /** By this process's own clock. Nothing is sent from then on. */
  #untilMs = Number.POSITIVE_INFINITY;
  /** Grows when fewer run. */
  #generation = 0;

  constructor(count: number, clock: Clock) {
    this.count = count;
    this.#clock = clock;
    this.#runs = new Uint8Array(count);
  }

  listen(listener: HeldShardsListener): void {
    this.#listeners.push(listener);
  }

  shardOf(endpointNumber: number): number {
    return shardOf(endpointNumber, this.count);
  }

  /** Whether the lane of this endpoint has its turns in this process. */
  runs(endpointNumber: number): boolean {
    return this.#runs[shardOf(endpointNumber, this.count)] === 1;
  }

  /** The shard of an endpoint, where it is known how far that is. */
  of(endpointNumber: number): HeldShard | undefined {
    const held = this.#held.get(this.shardOf(endpointNumber));
    return held?.isLoaded ? held : undefined;
  }

  values(): HeldShard[] {
    return [...this.#held.values()];
  }

  runningShards(): HeldShard[] {
    return this.values().filter(({ state }) => state === "running");
  }

  loaded(): HeldShard[] {
    return this.values().filter(({ isLoaded }) => isLoaded);
  }

  /** An endpoint was made. */
  noteNew(endpointNumber: number): void {
    const held = this.#held.get(this.shardOf(endpointNumber));
    if (held !== undefined) held.isStale = true;
  }

  isHeld(held: HeldShard): boolean {
    return this.#held.get(held.shard) === held;
  }

  positionOf(held: HeldShard): number {
    return held.state === "running" ? this.dispatchedTo : held.offeredTo;
  }

  /** As it is to be journalled. */
  dispatched(held: HeldShard): DispatchedShard {
    const { shard, fence, state } = held;
    return { shard, fence, position: this.positionOf(held), isRunning: state === "running" };
  }

  /** Where those are that run: to be journalled with whatever is. */
  get running(): RunningPosition {
    return { generation: this.#generation, position: this.dispatchedTo };
  }

  /** Some was dispatched further than is journalled. */
  get isAhead(): boolean {
    for (const held of this.#held.values()) {
      if (held.isLoaded && this.positionOf(held) > held.journalledTo) return true;
    }
    return false;
  }

  /** What was journalled; of a shard that was lost meanwhile it says nothing. */
  journalled(dispatched: readonly DispatchedShard[]): void {
    for (const { shard, fence, position } of dispatched) {
      const held = this.#held.get(shard);
      if (held?.fence === fence) held.journalledTo = position;
    }
  }

  gained({ shard, fence }: ShardLease): HeldShard {
    const positions = { offeredTo: 0, journalledTo: 0 };
    const held: HeldShard = { shard, fence, state: "joining", isLoaded: false, isStale: false, ...positions };
    this.#held.set(shard, held);
    return held;
  }

  joined(held: HeldShard): void {
    held.state = "running";
    this.#runs[held.shard] = 1;
    for (const { joined } of this.#listeners) joined?.(held);
  }

  /** No turn and no event for it any more. Ends when whoever listens has let go of it. */
  async leave(held: HeldShard): Promise<void> {
    this.#standStill(held);
    held.state = "leaving";
    await Promise.all(this.#listeners.map(({ leaving }) => leaving?.(held)));
  }

  drop(held: HeldShard): void {
    if (!this.isHeld(held)) return;
    if (held.state !== "leaving") this.lostCount += 1;
    this.#standStill(held);
    this.#held.delete(held.shard);
    for (const { gone } of this.#listeners) gone?.(held);
  }

  /** It does not move with those that run any more. */
  #standStill(held: HeldShard): void {
    held.offeredTo = this.positionOf(held);
    this.#runs[held.shard] = 0;
    if (held.state === "running") this.#generation += 1;
  }

  /** They were found to be another's. */
  lost(leases: readonly ShardLease[]): void {
    for (const { shard, fence } of leases) {
      const held = this.#held.get(shard);
      if (held?.fence === fence) this.drop(held);
    }
  }

  renewed(untilMs: number): void {
    this.#untilMs = untilMs;
  }

  get untilMs(): number {
    return this.#untilMs;
  }

  /**
   * Whether the leases have run out; then everything is lost. To be asked right before whatever is sent: a process that
   * was stopped for a while is told of it by nobody.
   */
  haveExpired(): boolean {
    if (this.#untilMs === Number.POSITIVE_INFINITY || this.#clock.steadyMs() < this.#untilMs) return false;
    for (const held of this.values()) this.drop(held);
    return true;
  }
}

/** Of a process that owns its store: everything runs here, for ever. */
export function soleShard(clock: Clock): HeldShards {
  const shards = new HeldShards(1, clock);
  const held = shards.gained({ shard: 0, fence: 1 });
  held.isLoaded = true;
  shards.joined(held);
  return shards;
}
