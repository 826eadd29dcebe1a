/**
 * Stage 2 of 4: publish → [dispatch] → attempt → journal.
 * Offers what was appended to the lanes that it concerns (`lane-offering.ts`), and holds together what runs them: their
 * turns (`lane-turns.ts`), what became of deliveries (`lane-outcomes.ts`), what is asked of the store (`lane-loading.ts`), and
 * what people do to them (`lane-steering.ts`). An endpoint that nothing concerns costs nothing, and one that is a
 * million events behind is one number.
 */
import type { DisabledReason, Endpoint } from "../core/endpoint.ts";
import type { StoredEvent } from "../core/event.ts";
import { type Flight, type ParkedChange, startLane } from "../core/lane.ts";
import { laneReordered } from "../core/lane-learn.ts";
import type { Clock, Logger, Random } from "../core/ports.ts";
import type { Store } from "../log/store.ts";
import type { Tail } from "../log/tail.ts";
import type { Registry } from "../registry/registry.ts";
import type { Attempter } from "./attempt.ts";
import { FilterTime } from "./filter-time.ts";
import type { HeldShard, HeldShards } from "./held-shards.ts";
import { JournalWriter } from "./journal-writer.ts";
import { LaneLoading } from "./lane-loading.ts";
import { LaneOffering } from "./lane-offering.ts";
import { type DispatchObserver, LaneOutcomes } from "./lane-outcomes.ts";
import { LaneOwnership } from "./lane-ownership.ts";
import { LaneReading } from "./lane-reading.ts";
import { LaneSteering } from "./lane-steering.ts";
import { LaneTable } from "./lane-table.ts";
import { LaneTurns } from "./lane-turns.ts";
import { RateLimits } from "./rate-limits.ts";
import { type Capacity, ReadyLanes, type Slot } from "./ready-lanes.ts";
import { originOf, type RunningLane } from "./running-lane.ts";
import { type Ended, Sending } from "./sending.ts";
import { ShardJoining } from "./shard-joining.ts";
import { ShardLeaving } from "./shard-leaving.ts";
import type { Watched } from "./slow-watch.ts";

const sweepEveryMs = 30_000;

export interface DispatchOptions {
  readonly store: Store;
  readonly tail: Tail;
  /** Which lanes are this process's. */
  readonly shards: HeldShards;
  readonly registry: Registry;
  readonly attempter: Attempter;
  readonly observer: DispatchObserver;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly capacity: Capacity;
  /** Attempts a second of each tenant; null or absent: no bound. */
  readonly tenantRatePerSecond?: number | null;
  /** Disables an endpoint that is gone, or failed for too long. */
  readonly disable: (endpoint: Endpoint, reason: DisabledReason) => Promise<void>;
  /** How long what is in flight of a shard may take to end when another process is to have it. */
  readonly leaveGraceMs: number;
  /** As for `ShardJoining`. */
  readonly refresh?: () => Promise<void>;
}

export class Dispatcher {
  readonly lanes: LaneTable;
  readonly journal: JournalWriter;
  readonly ready: ReadyLanes;
  readonly rates: RateLimits;
  readonly #options: DispatchOptions;
  readonly #sending: Sending;
  readonly #loading: LaneLoading;
  readonly #turns: LaneTurns;
  readonly #outcomes: LaneOutcomes;
  readonly #steering: LaneSteering;
  readonly #offering: LaneOffering;
  readonly #ownership: LaneOwnership;
  readonly #joining: ShardJoining;
  readonly #sweep: NodeJS.Timeout;
  #hasStarted = false;
  #isClosing = false;
  #whenIdle: (() => void) | null = null;

  constructor(options: DispatchOptions) {
    this.#options = options;
    const { tail, registry, clock, store, logger } = options;
    const nowMs = (): number => clock.steadyMs();
    const enqueue = (running: RunningLane): void => this.#turns.enqueue(running);
    const reload = (running: RunningLane): void => void this.#loading.load(running);
    const isClosing = (): boolean => this.#isClosing;
    const pauseAfter = (error: unknown): Promise<void> => this.#sending.pauseAfter(error);
    const { shards } = options;
    this.lanes = new LaneTable({ clock, shards, configured: (number) => registry.endpointByNumber(number) });
    this.rates = new RateLimits({ nowMs, perTenantPerSecond: options.tenantRatePerSecond ?? null });
    this.ready = new ReadyLanes(options.capacity, { rates: this.rates, nowMs, onReady: () => this.#turns.pass() });
    this.journal = new JournalWriter({
      journal: store.journal,
      logger,
      shards,
      nowMs,
      takeRecord: (number) => this.lanes.takeRecord(number),
      recordsStored: (records) => this.lanes.recordsStored(records),
      onRoom: () => this.#turns.pass(),
    });
    const { lanes, ready, rates, journal } = this;
    const filterTime = new FilterTime();
    this.#outcomes = new LaneOutcomes({ ...options, journal, ready, isClosing, pauseAfter, reload, enqueue });
    this.#sending = new Sending({
      ...options,
      events: store.events,
      isClosing,
      settled: (running, event, ended) => this.settle(running, event, ended),
      tooOld: (running, event, change) => this.#outcomes.tooOld(running, event, change),
      gone: (running, change) => this.#outcomes.gone(running, change),
    });
    this.#loading = new LaneLoading({ store, clock, journal, isClosing, pauseAfter, enqueue });
    this.#turns = new LaneTurns({
      ...options,
      ...{ lanes, ready, rates, journal, filterTime },
      reading: new LaneReading({
        ...{ tail, events: store.events, matching: registry.matching, filterTime },
        passed: (running, earliest) => this.#steering.passed(running, earliest, 0),
      }),
      sending: this.#sending,
      loading: this.#loading,
      ended: () => this.#noteIdle(),
    });
    this.#ownership = new LaneOwnership({ ...options, lanes, journal, sending: this.#sending });
    this.#steering = new LaneSteering({ ...options, lanes, journal, reload, enqueue, ownership: this.#ownership });
    this.#offering = new LaneOffering({ ...options, lanes, journal, filterTime, enqueue });
    this.#joining = new ShardJoining({
      ...options,
      ...{ lanes, journal, isClosing, pauseAfter, enqueue },
      offer: (endpoint, event) => this.#offering.offerTo(endpoint, event),
      rowsChange: (running, changes) => this.#rowsChange(running, changes),
    });
    const leaving = new ShardLeaving({ ...options, lanes, journal, graceMs: options.leaveGraceMs });
    shards.listen({
      leaving: (held) => leaving.drain(held),
      gone: (held) => {
        this.#ownership.gone(held);
        this.#noteIdle();
      },
    });
    this.#sweep = setInterval(() => this.#forgetIdle(), sweepEveryMs).unref();
    registry.onChange((change) => this.#endpointChanged(change));
  }

  /** From now on events are offered to the lanes of shards that run here; as yet there are none. */
  start(): void {
    this.lanes.shards.dispatchedTo = this.#options.tail.head;
    this.#hasStarted = true;
  }

  /** These shards are this process's: ends when their lanes run, or are another's again. */
  join(gained: readonly HeldShard[]): Promise<void> {
    return this.#joining.join(gained);
  }

  /** Events were appended. */
  dispatch(events: readonly StoredEvent[]): void {
    if (this.#hasStarted) this.#offering.offer(events);
  }

  /** What others configured before is known here; rejects where that cannot be found out. */
  async refresh(): Promise<void> {
    await this.#options.refresh?.();
  }

  /** The lane of an endpoint, to be acted upon. Refuses with `shard-elsewhere` where another process runs it. */
  requireOwn(endpoint: Endpoint): RunningLane {
    return this.#ownership.requireOwn(endpoint);
  }

  /** Refuses with `shards-lost` where another process has taken the lane over since. */
  requireKept(running: RunningLane): void {
    this.#ownership.requireKept(running);
  }

  /** Ends with an attempt that is in flight, once its outcome is noted; rejects with `shards-lost`. */
  whenEnded(flight: Flight): Promise<void> {
    return this.#sending.whenEnded(flight);
  }

  /** A manual attempt, or one of a replay, ended, or was cut off. */
  manualEnded(flight: Flight): void {
    this.#sending.noteEnded(flight);
    this.#noteIdle();
  }

  /** An attempt of a replay goes, in the room that it was given, and is looked after as any other, until `replayEnded`. */
  replayStarted(watched: Watched): void {
    this.#turns.replayStarted(watched);
  }

  replayEnded(watched: Watched): void {
    this.#turns.replayEnded(watched);
  }

  /** Room that a replay had is free. */
  roomFreed(slot: Slot): void {
    this.#turns.roomFreed(slot);
  }

  /** What an ended attempt means is noted, counted and acted upon. */
  settle(running: RunningLane, event: StoredEvent, ended: Ended): void {
    this.#outcomes.settle(running, event, ended);
  }

  /** A person gave a delivery up; answers when that is durable. */
  async skipped(running: RunningLane, change: ParkedChange): Promise<void> {
    await this.#outcomes.skipped(running, change);
    this.requireKept(running);
  }

  /** A paused or disabled endpoint runs again (see `lane-steering.ts`). */
  resume(endpoint: Endpoint, from: "cursor" | "latest"): Promise<void> {
    return this.#steering.resume(endpoint, from);
  }

  /** The endpoint's lane reads on behind `position`; answers when that is durable. */
  seek(endpoint: Endpoint, position: number): Promise<void> {
    return this.#steering.seek(endpoint, position);
  }

  /** Retention removed everything before `earliest`, and the parked rows of it. */
  trimmed(earliest: number, cancelled: ReadonlyMap<number, number>): void {
    this.#steering.trimmed(earliest, cancelled);
  }

  /** No turn is given any more; attempts in flight may end for as long as the grace lasts, then all is journalled. */
  async close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#sweep);
    this.#turns.stop();
    if (this.lanes.isBusy) {
      const deadline = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref());
      const idle = new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
      await Promise.race([idle, deadline]);
    }
    this.#turns.close();
    await this.journal.close(Math.max(graceMs, 1000));
  }

  #endpointChanged(change: { before: Endpoint | null; after: Endpoint | null; startPosition: number | null }): void {
    const { before, after, startPosition } = change;
    if (after === null) {
      if (before !== null) {
        this.lanes.remove(before.number);
        this.#options.attempter.drop(before);
      }
      return;
    }
    if (before === null) {
      this.lanes.shards.noteNew(after.number);
      // Whoever runs it, or will, finds it in the store; so it is with one that has run.
      if (
        startPosition === null ||
        this.lanes.shards.of(after.number) === undefined ||
        this.lanes.get(after.number) !== undefined
      )
        return;
      const behind = startPosition < this.lanes.dispatchedTo;
      const lane = startLane({ readPosition: startPosition, pending: [], behind, health: null }, 0, after);
      this.#turns.enqueue(this.lanes.add(after, lane, true));
      this.journal.touch(after.number);
      return;
    }
    const running = this.lanes.get(after.number);
    if (running === undefined) return;
    running.endpoint = after;
    // A 410 that came while the endpoint was being enabled disabled nothing: the next one does.
    if (after.status === "enabled" && before.status !== "enabled") running.lane.isHalted = false;
    running.origin = originOf(after);
    if (before.ordering !== after.ordering || before.onExhausted !== after.onExhausted) {
      this.#rowsChange(running, laneReordered(running.lane, after));
    }
    this.#turns.enqueue(running);
  }

  /** A person changed the order: rows change as a whole, and what is held of them is asked for again. */
  #rowsChange(running: RunningLane, changes: readonly ParkedChange[]): void {
    this.journal.note(running.endpoint.number, null, changes);
    void this.#loading.load(running);
  }

  #forgetIdle(): void {
    this.lanes.forgetIdle();
    this.rates.forgetFull();
  }

  #noteIdle(): void {
    if (this.#whenIdle !== null && !this.lanes.isBusy) this.#whenIdle();
  }
}
