/**
 * The rounds in which processes settle who runs which shards: each renews what it holds, gives back what it has too
 * many of, and takes what is free. A lease counts from before it was asked for, by this process's own clock: so it is
 * never held for longer than the store says. Part of stage 2; where one process owns the store there is one round.
 */
import { TrotlineError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { Clock, Logger } from "../core/ports.ts";
import type { ClusterProcess, ShardLease } from "../core/shard.ts";
import type { Round, ShardStore } from "../log/shard-store.ts";
import type { HeldShard, HeldShards } from "./held-shards.ts";

/** So many rounds in the time of a lease: two may fail. */
const roundsPerLease = 3;
const askAgainMs = 1000;

export interface ShardRoundsOptions {
  readonly store: ShardStore;
  readonly shards: HeldShards;
  readonly process: ClusterProcess;
  /** Ends when they run, or are lost. */
  readonly join: (gained: readonly HeldShard[]) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const isSame = (one: ShardLease, other: ShardLease): boolean => one.shard === other.shard && one.fence === other.fence;

export class ShardRounds {
  readonly #options: ShardRoundsOptions;
  /** Given up here, and not given back in the store yet. */
  #releases: ShardLease[] = [];
  readonly #leaving = new Map<HeldShard, Promise<void>>();
  #asking: Promise<void> | null = null;
  #roundTimer: NodeJS.Timeout | null = null;
  #expiryTimer: NodeJS.Timeout | null = null;
  #isLeaving = false;
  #isClosed = false;
  #heardAtMs: number;
  /** Why there are no more rounds. */
  #refusal: TrotlineError | null = null;
  /** As the store last said. */
  leaseMs: number = limits.shardLeaseMs;
  /** Rounds by what came of them. */
  readonly counts = { renewed: 0, failed: 0 };

  constructor(options: ShardRoundsOptions) {
    this.#options = options;
    this.#heardAtMs = options.clock.steadyMs();
  }

  /** Since the last round that the store answered was begun, or since the start. */
  get unheardMs(): number {
    const { shards, clock } = this.#options;
    return shards.count === 1 ? 0 : Math.max(0, clock.steadyMs() - this.#heardAtMs);
  }

  /**
   * Ends with the first round; where one process owns the store, when everything runs. Rejects there, and with
   * `store-moving`: a store that does not answer is asked again.
   */
  async start(): Promise<void> {
    const { store, shards, process, join } = this.#options;
    if (shards.count > 1) {
      await this.#ask();
      if (this.#refusal !== null) throw this.#refusal;
      return;
    }
    const { leases, leaseMs } = await store.round({ process, holds: [], releases: [] });
    this.leaseMs = leaseMs;
    await join(leases.map((lease) => shards.gained(lease)));
  }

  /** The next round is not waited for: something may be free. */
  soon(): void {
    if (this.#isClosed || this.#options.shards.count === 1) return;
    if (this.#asking === null) this.#askIn(0);
    else void this.#asking.then(() => this.#askIn(0));
  }

  /** Everything is given back, each shard as soon as nothing is in flight of it. Ends when that is done. */
  async leave(): Promise<void> {
    const { shards } = this.#options;
    this.#isLeaving = true;
    if (shards.count === 1) return;
    await Promise.all(shards.values().map((held) => this.#leave(held)));
  }

  /** Everything here is given up at once, and nothing is taken any more: the store is not the one that it was. */
  abandon(): void {
    const { shards } = this.#options;
    this.#isClosed = true;
    for (const held of shards.values()) shards.drop(held);
  }

  /** The store knows this process no more. */
  async close(): Promise<void> {
    const { store, process, logger } = this.#options;
    this.#isClosed = true;
    if (this.#roundTimer !== null) clearTimeout(this.#roundTimer);
    if (this.#expiryTimer !== null) clearTimeout(this.#expiryTimer);
    await this.#asking;
    await store.leave(process.id).catch((error: unknown) => {
      logger.warn({ err: error }, "The shards of this process could not be given back; they are when its leases end.");
    });
  }

  #askIn(delayMs: number): void {
    if (this.#isClosed) return;
    if (this.#roundTimer !== null) clearTimeout(this.#roundTimer);
    this.#roundTimer = setTimeout(() => void this.#ask(), delayMs).unref();
  }

  #ask(): Promise<void> {
    this.#asking ??= this.#round().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #round(): Promise<void> {
    const { store, shards, clock, logger } = this.#options;
    const askedAtMs = clock.steadyMs();
    const holds = shards.haveExpired() ? [] : shards.values().map(({ shard, fence }) => ({ shard, fence }));
    const releases = [...this.#releases];
    try {
      const round = await store.round({ process: this.#facts(), holds, releases });
      this.#releases = this.#releases.filter((lease) => !releases.includes(lease));
      this.counts.renewed += 1;
      this.#heardAtMs = askedAtMs;
      this.leaseMs = round.leaseMs;
      this.#renewed(askedAtMs + round.leaseMs);
      // Where this process was stopped for longer than the lease, it has lost what it was answered.
      if (!shards.haveExpired() && !this.#isClosed) this.#heard(round, holds);
      this.#askIn(this.#releases.length > 0 ? 0 : round.leaseMs / roundsPerLease);
    } catch (error) {
      this.counts.failed += 1;
      if (error instanceof TrotlineError && error.code === "store-moving") {
        this.#refusal = error;
        return;
      }
      logger.warn({ err: error }, "The leases of this process could not be renewed; trying again.");
      this.#askIn(askAgainMs);
    }
  }

  /** Who leaves wants no more shards. */
  #facts(): ClusterProcess {
    const { process } = this.#options;
    return this.#isLeaving ? { ...process, roles: process.roles.filter((role) => role !== "deliver") } : process;
  }

  #renewed(untilMs: number): void {
    const { shards, clock } = this.#options;
    shards.renewed(untilMs);
    if (this.#expiryTimer !== null) clearTimeout(this.#expiryTimer);
    // What is too late is found out at every turn and before every attempt; this is for when there is none.
    const delayMs = Math.max(0, untilMs - clock.steadyMs()) + 1;
    this.#expiryTimer = setTimeout(() => void shards.haveExpired(), delayMs).unref();
  }

  #heard({ leases, excess }: Round, holds: readonly ShardLease[]): void {
    const { shards, join, logger } = this.#options;
    for (const held of shards.values()) if (!leases.some((lease) => isSame(lease, held))) shards.drop(held);
    const others = leases.filter((lease) => !shards.values().some((held) => isSame(lease, held)));
    // What was dropped here while the store was asked is not taken up under the fence that it had: something that was
    // written before may yet arrive there.
    const isOver = (lease: ShardLease): boolean => this.#isLeaving || holds.some((held) => isSame(held, lease));
    for (const lease of others.filter(isOver)) this.#release(lease);
    const gained = others.filter((lease) => !isOver(lease)).map((lease) => shards.gained(lease));
    if (gained.length > 0) {
      join(gained).catch((error: unknown) => logger.error({ err: error }, "Shards could not be joined."));
    }
    this.#giveBack(excess);
  }

  #giveBack(excess: number): void {
    const held = this.#options.shards.values();
    const leaving = this.#leaving.size;
    // Those that do not run yet first.
    const ranked = held.filter(({ state }) => state !== "leaving");
    ranked.sort((left, right) => Number(left.state === "running") - Number(right.state === "running"));
    for (const one of ranked.slice(0, Math.max(0, excess - leaving))) void this.#leave(one);
  }

  #leave(held: HeldShard): Promise<void> {
    const leaving = this.#leaving.get(held) ?? this.#letGo(held).finally(() => this.#leaving.delete(held));
    this.#leaving.set(held, leaving);
    return leaving;
  }

  async #letGo(held: HeldShard): Promise<void> {
    const { shards } = this.#options;
    await shards.leave(held);
    if (!shards.isHeld(held)) return;
    shards.drop(held);
    this.#release(held);
    this.soon();
  }

  #release({ shard, fence }: ShardLease): void {
    if (!this.#releases.some((lease) => isSame(lease, { shard, fence }))) this.#releases.push({ shard, fence });
  }
}
