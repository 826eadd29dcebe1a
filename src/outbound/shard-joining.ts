/**
 * Shards that this process has gained join it: their lanes are loaded, offered what came since the last holder
 * dispatched to them, and run from then on at the position of all others. Live events do not wait. Part of stage 2.
 */
import type { Endpoint } from "../core/endpoint.ts";
import type { StoredEvent } from "../core/event.ts";
import { boundedHealth, type ParkedChange, recordWithin, startLane } from "../core/lane.ts";
import type { Clock, Logger } from "../core/ports.ts";
import type { JournalState } from "../log/journal.ts";
import type { Store } from "../log/store.ts";
import type { Tail } from "../log/tail.ts";
import type { Registry } from "../registry/registry.ts";
import type { HeldShard } from "./held-shards.ts";
import type { JournalWriter } from "./journal-writer.ts";
import type { LaneTable } from "./lane-table.ts";
import type { RunningLane } from "./running-lane.ts";

/** Events offered at once. */
const page = { limit: 1000, bytesMax: 4 * 1024 * 1024 };
/** The last holder knew of events that this process has not heard of: it looks again after this. */
const behindMs = 10;

export interface ShardJoiningOptions {
  readonly store: Store;
  readonly tail: Tail;
  readonly registry: Registry;
  readonly lanes: LaneTable;
  readonly journal: JournalWriter;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly isClosing: () => boolean;
  readonly pauseAfter: (error: unknown) => Promise<void>;
  /** An event that concerns the endpoint is offered to its lane. */
  readonly offer: (endpoint: Endpoint, event: StoredEvent) => void;
  /** Rows changed as a whole. */
  readonly rowsChange: (running: RunningLane, changes: readonly ParkedChange[]) => void;
  readonly enqueue: (running: RunningLane) => void;
  /** What is configured is known as it was when the shards were gained, or later. Absent: it always is. */
  readonly refresh?: (() => Promise<void>) | undefined;
}

export class ShardJoining {
  readonly #options: ShardJoiningOptions;

  constructor(options: ShardJoiningOptions) {
    this.#options = options;
  }

  /** Ends when they run, or are not this process's any more. */
  async join(gained: readonly HeldShard[]): Promise<void> {
    let state: JournalState | null = null;
    let group: HeldShard[] = [];
    do {
      state = await this.#load(gained);
      if (state === null) return;
      group = this.#joining(gained);
      // An endpoint may be heard of between the last look at that and this turn.
    } while (group.some(({ isStale }) => isStale));
    const isSole = this.#options.lanes.shards.count === 1;
    const head = isSole ? this.#options.store.events.bounds().head : Number.POSITIVE_INFINITY;
    for (const held of group) {
      held.journalledTo = state.dispatchedTo.get(held.shard) ?? 0;
      held.offeredTo = Math.min(held.journalledTo, head);
      held.isLoaded = true;
    }
    this.#addLanes(state, group, head);
    // The positions of what the log has lost are given again: it must be known before that they were not dispatched.
    if (group.some(({ journalledTo }) => journalledTo > head)) await this.#options.journal.flushed();
    this.#releaseHeld(state, group);
    await this.#catchUp(group);
  }

  #joining(group: readonly HeldShard[]): HeldShard[] {
    const { shards } = this.#options.lanes;
    return group.filter((held) => shards.isHeld(held) && held.state === "joining");
  }

  /** Null where there is nothing to join any more. */
  async #load(gained: readonly HeldShard[]): Promise<JournalState | null> {
    const { store, isClosing, refresh } = this.#options;
    for (;;) {
      const group = this.#joining(gained);
      if (group.length === 0 || isClosing()) return null;
      try {
        await refresh?.();
        for (const held of group) held.isStale = false;
        const state = await store.journal.load(group.map(({ shard }) => shard));
        if (!group.some(({ isStale }) => isStale)) return state;
      } catch (error) {
        await this.#failed(error);
      }
    }
  }

  /** It is tried again. A process that is alone does not start where the store cannot be read. */
  async #failed(error: unknown): Promise<void> {
    if (this.#options.lanes.shards.count === 1) throw error;
    await this.#options.pauseAfter(error);
  }

  #addLanes(state: JournalState, group: readonly HeldShard[], head: number): void {
    const { registry, lanes, clock, journal } = this.#options;
    const joining = new Set(group.map(({ shard }) => shard));
    const isJoining = (endpointNumber: number): boolean => joining.has(lanes.shards.shardOf(endpointNumber));
    for (const stored of state.lanes) {
      const { endpointNumber, ...record } = recordWithin(stored, head);
      const endpoint = registry.endpointByNumber(endpointNumber);
      if (endpoint === undefined || !isJoining(endpointNumber)) continue;
      const health = record.health === null ? null : boundedHealth(record.health, clock.steadyMs());
      const lane = startLane({ ...record, health }, state.parkedTotals.get(endpointNumber) ?? 0, endpoint);
      lanes.add(endpoint, lane, true);
      if (stored.readPosition > head) journal.touch(endpointNumber);
    }
    for (const [endpointNumber, total] of state.parkedTotals) {
      const endpoint = registry.endpointByNumber(endpointNumber);
      const isKnown = endpoint === undefined || lanes.get(endpointNumber) !== undefined;
      if (!isKnown && isJoining(endpointNumber)) lanes.addIdle(endpoint, total);
    }
  }

  /** Those that were ordered, and are not any more: what was held has nobody to wait for. */
  #releaseHeld(state: JournalState, group: readonly HeldShard[]): void {
    const { lanes, rowsChange } = this.#options;
    const joining = this.#joining(group);
    for (const endpointNumber of state.ordered) {
      const running = lanes.get(endpointNumber);
      const held = lanes.shards.of(endpointNumber);
      if (running === undefined || held === undefined || !joining.includes(held)) continue;
      if (running.lane.order === null) rowsChange(running, [{ do: "releaseAll" }]);
    }
  }

  /** Ends in the turn of the event loop in which nothing is missing: no event comes between. */
  async #catchUp(given: readonly HeldShard[]): Promise<void> {
    const { lanes, isClosing, enqueue } = this.#options;
    const { shards } = lanes;
    for (;;) {
      const group = this.#joining(given);
      if (group.length === 0 || isClosing()) return;
      const first = Math.min(...group.map(({ offeredTo }) => offeredTo));
      const last = Math.max(...group.map(({ offeredTo }) => offeredTo));
      if (shards.dispatchedTo < last) {
        await new Promise<void>((resolve) => setTimeout(resolve, behindMs).unref());
      } else if (first < shards.dispatchedTo) {
        await this.#offerNext(group, first).catch((error: unknown) => this.#failed(error));
      } else {
        for (const held of group) shards.joined(held);
        for (const held of group) for (const running of lanes.ofShard(held)) enqueue(running);
        return;
      }
    }
  }

  /** What comes behind `after`: from memory at once where it is there, so that it comes to an end. */
  async #offerNext(group: readonly HeldShard[], after: number): Promise<void> {
    const { store, tail, lanes } = this.#options;
    if (after + 1 < tail.earliest) {
      const { events, through } = await store.events.read({ after, ...page });
      this.#tellLost(group, after);
      this.#offer(this.#joining(group), events, Math.min(through, lanes.shards.dispatchedTo));
      return;
    }
    for (let from = after; from < lanes.shards.dispatchedTo; from += page.limit) {
      const through = Math.min(lanes.shards.dispatchedTo, from + page.limit);
      const events = Array.from({ length: through - from }, (_, index) => tail.get(from + index + 1));
      this.#offer(
        group,
        events.filter((event) => event !== undefined),
        through,
      );
    }
  }

  /** Retention has gone on while nobody ran them. */
  #tellLost(group: readonly HeldShard[], after: number): void {
    const { store, logger } = this.#options;
    const lostEvents = store.events.bounds().earliest - 1 - after;
    if (lostEvents <= 0) return;
    const shards = group.filter(({ offeredTo }) => offeredTo === after).map(({ shard }) => shard);
    logger.warn({ shards, lostEvents }, "Retention passed shards that no process ran.");
  }

  #offer(group: readonly HeldShard[], events: readonly StoredEvent[], through: number): void {
    const { registry, lanes, offer } = this.#options;
    const joining = new Map(group.map((held) => [held.shard, held]));
    for (const event of events) {
      if (event.position > through) break;
      for (const endpoint of registry.matching.concerned(event.tenant, event.type)) {
        const held = joining.get(lanes.shards.shardOf(endpoint.number));
        if (held !== undefined && event.position > held.offeredTo) offer(endpoint, event);
      }
    }
    for (const held of group) held.offeredTo = Math.max(held.offeredTo, through);
  }
}
