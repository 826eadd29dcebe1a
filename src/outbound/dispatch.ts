/**
 * Stage 2 of 4: publish → [dispatch] → attempt → journal.
 * Offers what was appended to the lanes that it concerns, and holds together what runs them: their turns
 * (`lane-turns.ts`), what became of deliveries (`lane-outcomes.ts`), what is asked of the store (`lane-loading.ts`), and
 * what people do to them (`lane-steering.ts`). An endpoint that nothing concerns costs nothing, and one that is a
 * million events behind is one number.
 */
import type { DisabledReason, Endpoint } from "../core/endpoint.ts";
import type { StoredEvent } from "../core/event.ts";
import { boundedHealth, eventOffered, type Flight, type ParkedChange, recordWithin, startLane } from "../core/lane.ts";
import { laneReordered } from "../core/lane-learn.ts";
import type { Clock, Logger, Random } from "../core/ports.ts";
import type { Store } from "../log/store.ts";
import type { Tail } from "../log/tail.ts";
import type { Registry } from "../registry/registry.ts";
import type { Attempter } from "./attempt.ts";
import { FilterTime } from "./filter-time.ts";
import { JournalWriter } from "./journal-writer.ts";
import { LaneLoading } from "./lane-loading.ts";
import { type DispatchObserver, LaneOutcomes } from "./lane-outcomes.ts";
import { LaneReading } from "./lane-reading.ts";
import { LaneSteering } from "./lane-steering.ts";
import { LaneTable } from "./lane-table.ts";
import { LaneTurns } from "./lane-turns.ts";
import { RateLimits } from "./rate-limits.ts";
import { type Capacity, ReadyLanes, type Slot } from "./ready-lanes.ts";
import { originOf, type RunningLane } from "./running-lane.ts";
import { type Ended, Sending } from "./sending.ts";
import type { Watched } from "./slow-watch.ts";

/** One page when dispatching catches up after a start. */
const catchUpPage = { limit: 1000, bytesMax: 4 * 1024 * 1024 };
const sweepEveryMs = 30_000;

export interface DispatchOptions {
  readonly store: Store;
  readonly tail: Tail;
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
}

export class Dispatcher {
  readonly lanes: LaneTable;
  readonly journal: JournalWriter;
  readonly ready: ReadyLanes;
  readonly rates: RateLimits;
  readonly #options: DispatchOptions;
  readonly #filterTime = new FilterTime();
  readonly #sending: Sending;
  readonly #loading: LaneLoading;
  readonly #turns: LaneTurns;
  readonly #outcomes: LaneOutcomes;
  readonly #steering: LaneSteering;
  readonly #sweep: NodeJS.Timeout;
  #isCaughtUp = false;
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
    this.lanes = new LaneTable(clock, (number) => registry.endpointByNumber(number));
    this.rates = new RateLimits({ nowMs, perTenantPerSecond: options.tenantRatePerSecond ?? null });
    this.ready = new ReadyLanes(options.capacity, { rates: this.rates, nowMs, onReady: () => this.#turns.pass() });
    this.journal = new JournalWriter({
      journal: store.journal,
      logger,
      dispatchedTo: () => this.lanes.dispatchedTo,
      takeRecord: (number) => this.lanes.takeRecord(number),
      recordsStored: (records) => this.lanes.recordsStored(records),
      onRoom: () => this.#turns.pass(),
    });
    const { lanes, ready, rates, journal } = this;
    const filterTime = this.#filterTime;
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
      reading: new LaneReading({ tail, events: store.events, matching: registry.matching, filterTime }),
      sending: this.#sending,
      loading: this.#loading,
      ended: () => this.#noteIdle(),
    });
    this.#steering = new LaneSteering({ ...options, lanes, journal, reload, enqueue });
    this.#sweep = setInterval(() => this.#forgetIdle(), sweepEveryMs).unref();
    registry.onChange((change) => this.#endpointChanged(change));
  }

  /** Goes on where the journal says, and catches up with what was appended since. */
  async start(): Promise<void> {
    const { store, registry } = this.#options;
    const state = await store.journal.load();
    const { head } = store.events.bounds();
    this.lanes.dispatchedTo = Math.min(state.dispatchedTo, head);
    for (const stored of state.lanes) {
      const { endpointNumber, ...record } = recordWithin(stored, head);
      const endpoint = registry.endpointByNumber(endpointNumber);
      if (endpoint === undefined) continue;
      const health = record.health === null ? null : boundedHealth(record.health, this.#options.clock.steadyMs());
      const lane = startLane({ ...record, health }, state.parkedTotals.get(endpointNumber) ?? 0, endpoint);
      this.#turns.enqueue(this.lanes.add(endpoint, lane, true));
      if (stored.readPosition > head) this.journal.touch(endpointNumber);
    }
    // The positions of what the log has lost are given again: it must be known before that they were not dispatched.
    if (state.dispatchedTo > head) await this.journal.flushed();
    for (const [endpointNumber, total] of state.parkedTotals) {
      const endpoint = registry.endpointByNumber(endpointNumber);
      if (endpoint === undefined || this.lanes.get(endpointNumber) !== undefined) continue;
      this.#turns.enqueue(this.lanes.addIdle(endpoint, total));
    }
    for (const endpointNumber of state.ordered) {
      const running = this.lanes.get(endpointNumber);
      // It was ordered, and is not any more: what was held has nobody to wait for.
      if (running !== undefined && running.lane.order === null) this.#rowsChange(running, [{ do: "releaseAll" }]);
    }
    const { events } = store;
    while (this.lanes.dispatchedTo < events.bounds().head) {
      const page = await events.read({ after: this.lanes.dispatchedTo, ...catchUpPage });
      this.#offer(page.events);
      this.lanes.dispatchedTo = Math.max(this.lanes.dispatchedTo, page.through);
    }
    this.#isCaughtUp = true;
  }

  /** Events were appended. Until `start` has caught up it finds them itself, behind those that came before them. */
  dispatch(events: readonly StoredEvent[]): void {
    if (this.#isCaughtUp) this.#offer(events);
  }

  /** Offers events to the lanes that they concern; in order, each once. */
  #offer(events: readonly StoredEvent[]): void {
    const { registry, clock } = this.#options;
    const { lanes } = this;
    this.#filterTime.begin();
    for (const event of events) {
      if (event.position <= lanes.dispatchedTo) continue;
      for (const endpoint of registry.matching.concerned(event.tenant, event.type)) {
        if (endpoint.filter !== null && this.#isLeftOut(endpoint, event)) continue;
        const running = lanes.of(endpoint);
        if (!eventOffered(running.lane, event.position)) continue;
        running.lastUsedMs = clock.steadyMs();
        this.journal.touch(endpoint.number);
        this.#turns.enqueue(running);
      }
      lanes.dispatchedTo = event.position;
    }
    this.journal.touchHead();
  }

  /**
   * Whether the filter of an endpoint that has nothing to do leaves the event out: then its lane need not wake. Where
   * filters have taken their time already, the lane finds out for itself.
   */
  #isLeftOut(endpoint: Endpoint, event: StoredEvent): boolean {
    if (this.#filterTime.isSpent || this.lanes.get(endpoint.number)?.lane.caughtUp === false) return false;
    return !this.#filterTime.ask(event, () => this.#options.registry.matching.passes(endpoint, event));
  }

  /** Ends with an attempt that is in flight, once its outcome is noted. */
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
  skipped(running: RunningLane, change: ParkedChange): Promise<void> {
    return this.#outcomes.skipped(running, change);
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
    if (startPosition !== null) {
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
    if (after.status === "enabled" && before?.status !== "enabled") running.lane.isHalted = false;
    running.origin = originOf(after);
    if (before?.ordering !== after.ordering || before.onExhausted !== after.onExhausted) {
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
