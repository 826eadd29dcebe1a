/**
 * Stage 2 of 4: publish → [dispatch] → attempt → journal.
 * Offers what was appended to the lanes that it concerns, and runs the lanes: whose turn it is, what its state machine
 * wants (`core/lane.ts`), and what came of it. An endpoint that nothing concerns costs nothing, and one that is a
 * million events behind is one number.
 *
 * Longer than most files: what happens to lanes meets here, on one private state. What could leave has (reading,
 * sending, whose turn it is, waking, slow attempts, what people do to lanes, the table of lanes, the journal), each to
 * a file beside this one.
 */
import type { AttemptResult } from "../core/attempt.ts";
import type { DisabledReason, Endpoint } from "../core/endpoint.ts";
import type { StoredEvent } from "../core/event.ts";
import {
  attemptSlow,
  beginLoad,
  boundedHealth,
  eventOffered,
  type Flight,
  type LaneTurn,
  type ParkedChange,
  parkedLoaded,
  recordWithin,
  startLane,
  turnCame,
} from "../core/lane.ts";
import { laneReordered } from "../core/lane-learn.ts";
import type { Settlement } from "../core/lane-settle.ts";
import type { Clock, Logger, Random } from "../core/ports.ts";
import { recoveryMayAtMs } from "../core/recovery-pace.ts";
import { latestDueAtMs } from "../core/retry-policy.ts";
import type { Store } from "../log/store.ts";
import type { Tail } from "../log/tail.ts";
import type { Registry } from "../registry/registry.ts";
import type { Attempter, Company } from "./attempt.ts";
import { FilterTime } from "./filter-time.ts";
import { JournalWriter } from "./journal-writer.ts";
import { LaneLearning } from "./lane-learning.ts";
import { LaneReading, takenBy } from "./lane-reading.ts";
import { LaneSteering } from "./lane-steering.ts";
import { LaneTable } from "./lane-table.ts";
import { isNews, newsOf, newsOfTooOld } from "./operations.ts";
import { RateLimits } from "./rate-limits.ts";
import { type Capacity, ReadyLanes, type Slot } from "./ready-lanes.ts";
import { notePace, nothingMoreComes, originOf, type RunningLane } from "./running-lane.ts";
import { type Ended, Sending } from "./sending.ts";
import { SlowWatch, Watched } from "./slow-watch.ts";
import { WakeQueue } from "./wake-queue.ts";

/** Turns given before the event loop has one. */
const turnsPerPass = 256;
/** One page when dispatching catches up after a start. */
const catchUpPage = { limit: 1000, bytesMax: 4 * 1024 * 1024 };
const sweepEveryMs = 30_000;

/** What statistics hear of; never waited for. */
export interface DispatchObserver {
  attempted(endpoint: Endpoint, event: StoredEvent, result: AttemptResult, settlement: Settlement): void;
  /** A delivery was given up without an attempt: its event was too old when its turn came. */
  gaveUp(endpoint: Endpoint, event: StoredEvent): void;
  cancelled(count: number, reason: "trimmed" | "skipped_to_latest" | "skipped"): void;
}

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
  readonly #reading: LaneReading;
  readonly #filterTime: FilterTime;
  readonly #sending: Sending;
  readonly #steering: LaneSteering;
  readonly #learning: LaneLearning;
  readonly #wakes: WakeQueue<RunningLane>;
  readonly #slow: SlowWatch;
  readonly #sweep: NodeJS.Timeout;
  readonly #disabling = new Set<number>();
  #isCaughtUp = false;
  #isPassing = false;
  #isClosing = false;
  #whenIdle: (() => void) | null = null;

  constructor(options: DispatchOptions) {
    this.#options = options;
    const { tail, registry, clock, store, logger } = options;
    const nowMs = (): number => clock.steadyMs();
    this.lanes = new LaneTable(clock, (number) => registry.endpointByNumber(number));
    this.rates = new RateLimits({ nowMs, perTenantPerSecond: options.tenantRatePerSecond ?? null });
    this.ready = new ReadyLanes(options.capacity, { rates: this.rates, nowMs, onReady: () => this.#pass() });
    this.#filterTime = new FilterTime();
    const { matching } = registry;
    this.#reading = new LaneReading({ tail, events: store.events, matching, filterTime: this.#filterTime });
    this.#sending = new Sending({
      ...options,
      events: store.events,
      isClosing: () => this.#isClosing,
      settled: (running, event, ended) => this.settle(running, event, ended),
      tooOld: (running, event, change) => this.#tooOld(running, event, change),
      gone: (running, change) => this.#gone(running, change),
    });
    this.#learning = new LaneLearning({
      store,
      clock,
      journal: () => this.journal,
      isClosing: () => this.#isClosing,
      pauseAfter: (error) => this.#sending.pauseAfter(error),
      enqueue: (running) => this.#enqueue(running),
    });
    this.#wakes = new WakeQueue(nowMs, (running) => this.#enqueue(running));
    this.#slow = new SlowWatch(nowMs, (watched) => this.#slowed(watched));
    this.#sweep = setInterval(() => this.#forgetIdle(), sweepEveryMs).unref();
    this.journal = new JournalWriter({
      journal: store.journal,
      logger,
      dispatchedTo: () => this.lanes.dispatchedTo,
      takeRecord: (number) => this.lanes.takeRecord(number),
      recordsStored: (records) => this.lanes.recordsStored(records),
      onRoom: () => this.#pass(),
    });
    this.#steering = new LaneSteering({
      ...options,
      lanes: this.lanes,
      journal: this.journal,
      reload: (running) => void this.#load(running, beginLoad(running.lane)),
      enqueue: (running) => this.#enqueue(running),
    });
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
      this.#enqueue(this.lanes.add(endpoint, lane, true));
      if (stored.readPosition > head) this.journal.touch(endpointNumber);
    }
    // The positions of what the log has lost are given again: it must be known before that they were not dispatched.
    if (state.dispatchedTo > head) await this.journal.flushed();
    for (const [endpointNumber, total] of state.parkedTotals) {
      const endpoint = registry.endpointByNumber(endpointNumber);
      if (endpoint === undefined || this.lanes.get(endpointNumber) !== undefined) continue;
      this.#enqueue(this.lanes.addIdle(endpoint, total));
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
        this.#enqueue(running);
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
    this.#slow.started(watched);
  }

  replayEnded(watched: Watched): void {
    this.#slow.ended(watched);
  }

  /** Room that a replay had is free. */
  roomFreed(slot: Slot): void {
    this.ready.ended(slot);
    this.#pass();
  }

  /** What an ended attempt means is noted, counted and acted upon. */
  settle(running: RunningLane, event: StoredEvent, ended: Ended): void {
    const { result, settlement } = ended;
    const { number, trigger, startedAtMs } = settlement.flight;
    const { endpoint } = running;
    const record = {
      ...result,
      endpointNumber: endpoint.number,
      position: event.position,
      number,
      trigger,
      startedAtMs,
    };
    this.#options.observer.attempted(endpoint, event, result, settlement);
    running.lastUsedMs = this.#options.clock.steadyMs();
    notePace(running, settlement);
    this.journal.note(endpoint.number, record, running.isRemoved ? [] : settlement.changes);
    if (running.isRemoved) return;
    if (isNews(settlement)) this.journal.announce(newsOf({ endpoint, event }, ended, this.#options.clock.wallMs()));
    if (settlement.changes.some((change) => change.do === "revive")) void this.#load(running, beginLoad(running.lane));
    if (settlement.disable !== null) void this.#disable(endpoint, settlement.disable);
    this.#enqueue(running);
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
    this.#wakes.close();
    this.ready.close();
    if (this.lanes.isBusy) {
      const deadline = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref());
      const idle = new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
      await Promise.race([idle, deadline]);
    }
    this.#slow.close();
    await this.journal.close(Math.max(graceMs, 1000));
  }

  #enqueue(running: RunningLane): void {
    if (this.#isClosing || running.isReading) return;
    this.ready.add(running);
    this.#pass();
  }

  /** Gives turns, soon: once for all who asked within the same moment. */
  #pass(): void {
    if (this.#isPassing) return;
    this.#isPassing = true;
    queueMicrotask(() => this.#giveTurns());
  }

  #giveTurns(): void {
    const nowMs = this.#options.clock.steadyMs();
    this.#filterTime.begin();
    for (let turns = 0; turns < turnsPerPass && !this.#filterTime.isSpent; turns++) {
      const running = this.#isClosing || this.journal.isFull ? undefined : this.ready.next();
      if (running === undefined) {
        this.#isPassing = false;
        return;
      }
      this.#giveTurn(running, nowMs);
    }
    setImmediate(() => this.#giveTurns());
  }

  #giveTurn(running: RunningLane, nowMs: number): void {
    const hasPace = running.endpoint.rateLimit !== null || running.recovery.bucket !== null;
    if (hasPace && this.#mustWait(running, nowMs)) return;
    const room = { first: true, retry: this.ready.hasRetryRoom };
    const turn = turnCame(running.lane, running.endpoint, { nowMs, room });
    switch (turn.do) {
      case "send":
        this.#send(running, turn, null);
        return;
      case "read":
        this.#readOn(running, nowMs);
        return;
      case "yield":
        this.ready.waitForRetryRoom(running);
        return;
      case "load":
        void this.#load(running, turn);
        break;
      case "note":
        this.journal.note(running.endpoint.number, null, turn.changes);
        this.ready.passed(running);
        this.#enqueue(running);
        return;
      case "learn":
        void this.#learning.learn(running, turn);
        break;
      case "loadKeys":
        void this.#learning.loadKeys(running, turn);
        this.ready.passed(running);
        this.#enqueue(running);
        return;
      case "rest":
        if (turn.untilMs !== null) this.#wakes.set(running, turn.untilMs);
        if (nothingMoreComes(running, nowMs)) this.#company(running)?.complete(running.endpoint);
    }
    this.ready.passed(running);
  }

  /** Its rate, or its pace after an outage, is used up for now: it costs nothing until there is a token. */
  #mustWait(running: RunningLane, nowMs: number): boolean {
    const atMs = Math.max(this.rates.laneMayAtMs(running, nowMs), recoveryMayAtMs(running.recovery, nowMs));
    if (atMs <= nowMs) return false;
    this.#wakes.set(running, atMs);
    this.ready.passed(running);
    return true;
  }

  #readOn(running: RunningLane, nowMs: number): void {
    const found = this.#reading.find(running, this.lanes.dispatchedTo);
    if (typeof found === "object") {
      const turn = takenBy(running, found, nowMs);
      if (turn?.do === "send") {
        this.#send(running, turn, found);
        return;
      }
      if (turn?.do === "note") this.journal.note(running.endpoint.number, null, turn.changes);
    } else if (found === "page") {
      this.ready.passed(running);
      void this.#readPage(running);
      return;
    }
    this.journal.touch(running.endpoint.number);
    this.ready.passed(running);
    this.#enqueue(running);
  }

  #send(running: RunningLane, turn: LaneTurn & { do: "send" }, event: StoredEvent | null): void {
    const { position, flight } = turn;
    const slot = this.ready.started(running, flight.room === "retry");
    const watched = new Watched(running, { position, flight, slot });
    this.#slow.started(watched);
    if (!flight.hasRow) this.journal.touch(running.endpoint.number);
    this.#sending.send(running, turn, event, () => {
      this.#slow.ended(watched);
      this.ready.ended(slot);
      this.#pass();
      this.#noteIdle();
    });
    this.#enqueue(running);
  }

  #gone(running: RunningLane, change: ParkedChange | null): void {
    this.ready.unused(running);
    this.journal.note(running.endpoint.number, null, change === null ? [] : [change]);
    this.#options.observer.cancelled(1, "trimmed");
    this.#enqueue(running);
  }

  #tooOld(running: RunningLane, event: StoredEvent, change: ParkedChange | null): void {
    this.ready.unused(running);
    this.journal.note(running.endpoint.number, null, change === null || running.isRemoved ? [] : [change]);
    if (change !== null) {
      this.#options.observer.gaveUp(running.endpoint, event);
      this.journal.announce(newsOfTooOld(running.endpoint, event, { change, nowMs: this.#options.clock.wallMs() }));
    }
    this.#enqueue(running);
  }

  async #readPage(running: RunningLane): Promise<void> {
    running.isReading = true;
    try {
      await this.#reading.readPage(running);
    } catch (error) {
      await this.#sending.pauseAfter(error);
    }
    running.isReading = false;
    this.#enqueue(running);
  }

  /** Asks the store for the parked deliveries that are due first, once it knows everything that was noted. */
  async #load(running: RunningLane, turn: LaneTurn & { do: "load" }): Promise<void> {
    const { limit, ticket, givenUpSinceMs } = turn;
    const { journal } = this.#options.store;
    const { number } = running.endpoint;
    for (;;) {
      try {
        await this.journal.flushed();
        if (running.isRemoved || this.#isClosing) return;
        const { rows, total } = await journal.parkedDue(number, limit);
        const asksGivenUp = rows.length === 0 && givenUpSinceMs !== null;
        const givenUp = asksGivenUp ? await journal.firstExhausted(number, givenUpSinceMs) : null;
        const latestMs = latestDueAtMs(running.endpoint, this.#options.clock.steadyMs());
        const bounded = rows.map((row) => (row.dueAtMs > latestMs ? { ...row, dueAtMs: latestMs } : row));
        parkedLoaded(running.lane, { rows: givenUp === null ? bounded : [givenUp], total, limit, ticket });
        this.#enqueue(running);
        return;
      } catch (error) {
        await this.#sending.pauseAfter(error);
      }
    }
  }

  /** Still in flight after a second: it gets a row, so that the cursor passes it, and no longer holds up its tenant. */
  #slowed(watched: Watched): void {
    const { running, position, flight, slot } = watched;
    if (this.#company(running)?.isWaiting(running.endpoint, position)) {
      this.#slow.startsNow(watched);
      return;
    }
    this.ready.slowed(slot);
    const isOwn = running.lane.flights.get(position) === flight;
    const change = isOwn ? attemptSlow(running.lane, position) : null;
    if (change !== null && !running.isRemoved) this.journal.note(running.endpoint.number, null, [change]);
    if (running.lane.order === null) this.#pass();
    else this.#enqueue(running);
  }

  /** The lane stands still already; that its endpoint is disabled is written as soon as the store takes it. */
  async #disable(endpoint: Endpoint, reason: DisabledReason): Promise<void> {
    if (endpoint.status !== "enabled" || this.#disabling.has(endpoint.number)) return;
    this.#disabling.add(endpoint.number);
    for (let isDone = false; !isDone && !this.#isClosing; ) {
      try {
        if (this.#options.registry.endpoint(endpoint.id) !== undefined) await this.#options.disable(endpoint, reason);
        isDone = true;
      } catch (error) {
        await this.#sending.pauseAfter(error);
      }
    }
    this.#disabling.delete(endpoint.number);
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
      this.#enqueue(this.lanes.add(after, lane, true));
      this.journal.touch(after.number);
      return;
    }
    const running = this.lanes.get(after.number);
    if (running === undefined) return;
    running.endpoint = after;
    // A 410 that came while the endpoint was being enabled disabled nothing: the next one does.
    if (after.status === "enabled" && before?.status !== "enabled") running.lane.isHalted = false;
    running.origin = originOf(after.url);
    if (before?.ordering !== after.ordering || before.onExhausted !== after.onExhausted) {
      this.#rowsChange(running, laneReordered(running.lane, after));
    }
    this.#enqueue(running);
  }

  /** A person changed the order: rows change as a whole, and what is held of them is asked for again. */
  #rowsChange(running: RunningLane, changes: readonly ParkedChange[]): void {
    this.journal.note(running.endpoint.number, null, changes);
    void this.#load(running, beginLoad(running.lane));
  }

  /** A person gave a delivery up; answers when that is durable. */
  skipped(running: RunningLane, change: ParkedChange): Promise<void> {
    this.journal.note(running.endpoint.number, null, [change]);
    this.#options.observer.cancelled(1, "skipped");
    this.#enqueue(running);
    return this.journal.flushed();
  }

  #company({ endpoint }: RunningLane): Company | null {
    return endpoint.batch === null ? null : this.#options.attempter.company(endpoint);
  }

  #forgetIdle(): void {
    this.lanes.forgetIdle();
    this.rates.forgetFull();
  }

  #noteIdle(): void {
    if (this.#whenIdle !== null && !this.lanes.isBusy) this.#whenIdle();
  }
}
