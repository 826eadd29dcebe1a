/**
 * What an operator is shown of the processes that share the store: who runs how many shards, and how far each is.
 * Beside the flow.
 */
import type { Clock } from "../core/ports.ts";
import type { ClusterProcess } from "../core/shard.ts";
import type { MemberView, ShardView } from "../log/shard-store.ts";
import type { Store } from "../log/store.ts";
import type { HeldShards } from "./held-shards.ts";
import type { ShardRounds } from "./shard-rounds.ts";

export interface ShardsReading {
  readonly shards: number;
  /** Up to here every event was offered to the lanes of all of them; null where there are none. */
  readonly dispatchedTo: number | null;
  readonly lagEvents: number;
}

export interface ProcessReading extends ShardsReading {
  readonly process: ClusterProcess;
  /** Since it last told the store of itself. */
  readonly silentMs: number;
}

export interface UndispatchedEvent {
  readonly position: number;
  readonly acceptedAtMs: number;
  readonly ageMs: number;
}

export interface ClusterReading {
  readonly processes: readonly ProcessReading[];
  /** Shards that nobody runs. */
  readonly free: ShardsReading;
  readonly head: number;
  /** Infinite where one process owns the store. */
  readonly leaseMs: number;
  /** The first event that some shard was not offered, where there is one. */
  readonly oldest: UndispatchedEvent | null;
}

/** What a process knows of itself. */
export interface OwnReading {
  readonly process: ClusterProcess;
  readonly shardsHeld: number;
  /** Without having been given back. */
  readonly shardsLost: number;
  readonly lagEvents: number;
  readonly rounds: ShardRounds["counts"];
}

export interface ClusterReaderOptions {
  readonly store: Store;
  readonly shards: HeldShards;
  readonly rounds: ShardRounds;
  readonly process: ClusterProcess;
  readonly clock: Clock;
}

export class ClusterReader {
  readonly #options: ClusterReaderOptions;

  constructor(options: ClusterReaderOptions) {
    this.#options = options;
  }

  async read(): Promise<ClusterReading> {
    const { store, rounds } = this.#options;
    const { members, free } = await store.shards.cluster();
    const { head } = store.events.bounds();
    const processes = members.map((member) => this.#process(member, head));
    const freeShards = reading(free, head);
    const positions = [...processes, freeShards].flatMap(({ dispatchedTo }) => dispatchedTo ?? []);
    const oldest = await this.#firstBehind(Math.min(head, ...positions), head);
    return { processes, free: freeShards, head, leaseMs: rounds.leaseMs, oldest };
  }

  /** Why this process does not deliver although it is to; null where it does. */
  trouble(): string | null {
    const { rounds, process } = this.#options;
    if (!process.roles.includes("deliver") || rounds.unheardMs <= rounds.leaseMs) return null;
    const seconds = Math.floor(rounds.unheardMs / 1000);
    return `This process delivers nothing: its leases could not be renewed for ${seconds} s, and have run out.`;
  }

  /** Of this process alone, from memory. */
  own(): OwnReading {
    const { store, shards, rounds, process } = this.#options;
    const views = shards.loaded().map((held) => ({ shard: held.shard, dispatchedTo: shards.positionOf(held) }));
    const { lagEvents } = reading(views, store.events.bounds().head);
    const counts = { shardsHeld: shards.values().length, shardsLost: shards.lostCount };
    return { process, lagEvents, rounds: rounds.counts, ...counts };
  }

  #process({ process, silentMs, shards }: MemberView, head: number): ProcessReading {
    if (process.id !== this.#options.process.id) return { process, silentMs, ...reading(shards, head) };
    // It has dispatched further than the store was told.
    const known = new Map(this.#options.shards.loaded().map((held) => [held.shard, held]));
    const views = shards.map(({ shard, dispatchedTo }) => {
      const held = known.get(shard);
      const position = held === undefined ? dispatchedTo : this.#options.shards.positionOf(held);
      return { shard, dispatchedTo: Math.max(dispatchedTo, position) };
    });
    return { process, silentMs, ...reading(views, head) };
  }

  async #firstBehind(dispatchedTo: number, head: number): Promise<UndispatchedEvent | null> {
    if (dispatchedTo >= head) return null;
    const { store, clock } = this.#options;
    const { events } = await store.events.read({ after: dispatchedTo, limit: 1, bytesMax: 1 });
    const [event] = events;
    if (event === undefined) return null;
    const { position, acceptedAtMs } = event;
    return { position, acceptedAtMs, ageMs: Math.max(0, clock.steadyMs() - acceptedAtMs) };
  }
}

function reading(views: readonly ShardView[], head: number): ShardsReading {
  if (views.length === 0) return { shards: 0, dispatchedTo: null, lagEvents: 0 };
  const dispatchedTo = Math.min(...views.map((view) => view.dispatchedTo));
  return { shards: views.length, dispatchedTo, lagEvents: Math.max(0, head - dispatchedTo) };
}
