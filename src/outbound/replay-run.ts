/**
 * One replay while it runs: counts its range, then sends it whenever it is given a turn (see `replays.ts`). Nothing is
 * held of it but a page of events and what is in flight.
 */
import { isCongestion } from "../core/attempt.ts";
import type { Endpoint } from "../core/endpoint.ts";
import { TrotlineError } from "../core/errors.ts";
import type { StoredEvent } from "../core/event.ts";
import { orderKey } from "../core/lane-key.ts";
import { replayMayGo, replayMayPark, replayPace } from "../core/lane-replay.ts";
import { limits } from "../core/limits.ts";
import { afterCount, hasEnded, type Replay, type ReplayMove } from "../core/replay.ts";
import { replayEnded, replayPassed, replayTook } from "../core/replay-progress.ts";
import { openWindow, windowCongested, windowDelivered, windowLimit } from "../core/window.ts";
import type { Registry } from "../registry/registry.ts";
import type { Dispatcher } from "./dispatch.ts";
import type { HeldShard } from "./held-shards.ts";
import { KeptReplay, type KeptReplayParts } from "./kept-replay.ts";
import type { Slot } from "./ready-lanes.ts";
import type { ReplayAttempts, ReplaySent } from "./replay-attempts.ts";
import type { ReplayPage } from "./replay-page.ts";
import type { ReplayReading } from "./replay-reading.ts";
import type { ReplayShare } from "./replay-share.ts";
import type { RunningLane } from "./running-lane.ts";

/** What was sent and has ended beyond the first that is still in flight: a crash would send it all again. */
const aheadMax = 1000;
/** The store is asked again after this. */
const askAgainMs = 500;

const passedByRetention = "Retention removed a part of its range before it came there; it went on behind it.";
const nothingLeft = "Retention removed what was left of its range before it came there.";
const endpointDeleted = "Its endpoint was deleted.";

export interface ReplayRunParts extends KeptReplayParts {
  readonly registry: Registry;
  readonly dispatcher: Dispatcher;
  readonly reading: ReplayReading;
  readonly attempts: ReplayAttempts;
  readonly share: ReplayShare;
  /** Where the log begins. */
  readonly earliest: () => number;
  readonly isClosing: () => boolean;
  /** It wants a turn. */
  readonly wake: (run: ReplayRun) => void;
  /** It wants one then: its endpoint's rate is used up. */
  readonly wakeAt: (run: ReplayRun, atMs: number) => void;
  /** An attempt of it ended: others may have the room. */
  readonly roomFreed: () => void;
}

export class ReplayRun {
  readonly kept: KeptReplay;
  /** True while it stands in a queue for a turn. */
  isQueued = false;
  wakeAtMs: number | null = null;
  readonly isRemoved = false;
  readonly #parts: ReplayRunParts;
  readonly #window = openWindow();
  /** Read, and not sent yet. */
  #events: StoredEvent[] = [];
  /** Taken up, and not sent after all: they go before any other. */
  #again: StoredEvent[] = [];
  #readThrough: number;
  #isReading = false;
  #isChanging = false;
  #counting: Promise<void> | null = null;
  #inFlight = 0;
  #whenIdle: (() => void) | null = null;
  /** Another process runs it, or this one gives it back: it sends nothing more. */
  #isStopped: boolean;

  /** Without a shard it is another process's: what it was when it was looked at last. */
  constructor(record: Replay, held: HeldShard | null, parts: ReplayRunParts) {
    this.#parts = parts;
    this.kept = new KeptReplay(record, held, parts);
    this.#isStopped = held === null;
    this.#readThrough = record.position;
  }

  get hasEnded(): boolean {
    return hasEnded(this.kept.status);
  }

  get #isOver(): boolean {
    return this.#isStopped || this.#parts.isClosing();
  }

  get endpoint(): Endpoint | undefined {
    return this.#parts.registry.endpointByNumber(this.kept.view.endpointNumber);
  }

  /** Ends when it counts no more: it has counted, or was stopped. Begins to count where it should and does not. */
  count(): Promise<void> {
    this.#counting ??= this.#count().finally(() => {
      this.#counting = null;
      this.#parts.wake(this);
    });
    return this.#counting;
  }

  /** Its turn: sends one event if there is one, and room for it. */
  takeTurn(nowMs: number): "sent" | "full" | "rest" {
    if (this.#isOver) return "rest";
    if (this.hasEnded) return this.#letGo();
    const { endpoint } = this;
    if (endpoint === undefined) return this.#become("failed", endpointDeleted);
    if (this.kept.status === "counting") void this.count();
    if (this.kept.status !== "running" || this.kept.view.isDryRun) return "rest";
    // To an ordered endpoint it sends one after the other.
    const inFlightMax = endpoint.ordering === "none" ? windowLimit(this.#window, limits.replayInFlight) : 1;
    if (this.#inFlight >= inFlightMax) return "rest";
    // What is to be sent once more may be the very first that all the others wait for.
    if (this.#again.length === 0 && this.kept.progress.open.length >= aheadMax) return "rest";
    const running = this.#parts.dispatcher.lanes.of(endpoint);
    const pace = replayPace(running.lane, endpoint, nowMs);
    if (pace === "rest" || (pace === "send" && !replayMayPark(running.lane, this.kept.view.only))) return "rest";
    const mayAtMs = this.#parts.share.mayAtMs(running, nowMs);
    if (mayAtMs > nowMs) {
      this.#parts.wakeAt(this, mayAtMs);
      return "rest";
    }
    return this.#sendNext(running);
  }

  #sendNext(running: RunningLane): "sent" | "full" | "rest" {
    if (this.#again.length + this.#events.length === 0) return this.#readOn(running.endpoint);
    if (this.#parts.dispatcher.journal.isFull) return "full";
    if (!this.#parts.attempts.isReady(running.endpoint)) return "rest"; // It is looked at again every while.
    if (running.lane.order !== null && !this.#mayGo(running)) return "rest";
    const slot = this.#parts.share.take(running);
    if (slot === null) return "full";
    const event = this.#again.shift() ?? this.#takeUp();
    if (event !== undefined) void this.#send(event, { running, slot });
    return "sent";
  }

  /** In an ordered lane: nothing of the next event's key is under way. */
  #mayGo({ lane, endpoint }: RunningLane): boolean {
    const next = this.#again[0] ?? this.#events[0];
    if (next === undefined) return true;
    const key = orderKey(endpoint.ordering, next.subject);
    return replayMayGo(lane, { position: next.position, key, mayStand: this.kept.view.only === "parked" });
  }

  #takeUp(): StoredEvent | undefined {
    const event = this.#events.shift();
    if (event === undefined) return undefined;
    replayTook(this.kept.progress, event.position);
    if (this.#events.length === 0) replayPassed(this.kept.progress, this.#readThrough);
    return event;
  }

  /** Stops, and waits until nothing is in flight, for as long as the grace lasts; then stores how far it came. */
  async close(graceMs: number): Promise<void> {
    this.#isStopped = true;
    if (this.#inFlight > 0) {
      const deadline = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref());
      const idle = new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
      await Promise.race([idle, deadline]);
    }
    await this.kept.close();
  }

  /** Stops at once: another process runs it, and goes on from what is stored. */
  abandon(): void {
    this.#isStopped = true;
    this.kept.abandon();
    this.#letGo();
  }

  async #count(): Promise<void> {
    const { kept } = this;
    while (kept.status === "counting" && !this.#isOver) {
      const { endpoint } = this;
      if (endpoint === undefined) return;
      const { countedThrough, last } = kept.view;
      if (countedThrough >= last) {
        await this.#changeAtLast(afterCount(kept.view));
        return;
      }
      const page = await this.#page(endpoint, { after: countedThrough, purpose: "count" });
      if (page === null || kept.status !== "counting") continue;
      kept.counted(page.through, page.count);
      if (page.lost > 0) kept.explain(passedByRetention);
      // Pages may come without a wait; everyone else has a turn in between.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The next page; at the end of the range it is complete once nothing is in flight. */
  #readOn(endpoint: Endpoint): "rest" {
    const { last } = this.kept.view;
    if (this.#isReading) return "rest";
    if (this.#readThrough >= last) {
      if (this.#inFlight > 0 || this.kept.progress.open.length > 0) return "rest";
      replayPassed(this.kept.progress, last);
      return this.#become("completed");
    }
    if (this.#inFlight === 0 && this.#parts.earliest() > last) return this.#become("failed", nothingLeft);
    this.#isReading = true;
    void this.#page(endpoint, { after: this.#readThrough, purpose: "send" }).then((page) => {
      this.#isReading = false;
      if (page !== null) this.#hasRead(page);
      this.#parts.wake(this);
    });
    return "rest";
  }

  #hasRead(page: ReplayPage): void {
    this.#events = [...page.events];
    this.#readThrough = page.through;
    if (page.lost > 0) this.kept.explain(passedByRetention);
    if (this.#events.length > 0) return;
    replayPassed(this.kept.progress, page.through);
    this.kept.saveSoon();
  }

  async #send(event: StoredEvent, room: { running: RunningLane; slot: Slot }): Promise<void> {
    this.#inFlight += 1;
    const sent = await this.#parts.attempts.send(this.kept.view, event, room);
    this.#inFlight -= 1;
    if (sent.outcome === "again") this.#again.push(event);
    else this.#note(event, sent);
    if (this.#inFlight === 0) this.#whenIdle?.();
    // Those that wait for the room come first.
    this.#parts.roomFreed();
    this.#parts.wake(this);
  }

  #note(event: StoredEvent, sent: Exclude<ReplaySent, { outcome: "again" }>): void {
    replayEnded(this.kept.progress, event.position, sent.outcome);
    this.kept.saveSoon();
    if (sent.outcome === "left-out" || sent.result === null) return;
    const { startedAtMs, result } = sent;
    if (isCongestion(result)) {
      windowCongested(this.#window, { startedAtMs, nowMs: this.#parts.clock.steadyMs() });
    } else if (sent.outcome === "delivered") {
      windowDelivered(this.#window, limits.replayInFlight);
    }
  }

  /** Null where the store could not be read, for now. */
  async #page(endpoint: Endpoint, from: { after: number; purpose: "count" | "send" }): Promise<ReplayPage | null> {
    try {
      return await this.#parts.reading.page(this.kept.view, { ...from, tenant: endpoint.tenant });
    } catch (error) {
      await this.#pauseAfter(error);
      return null;
    }
  }

  /** What has ended is remembered, without its events. */
  #letGo(): "rest" {
    this.#events = [];
    this.#again = [];
    return "rest";
  }

  #become(move: ReplayMove, reason?: string): "rest" {
    void this.#changeAtLast(move, reason);
    return "rest";
  }

  /** As soon as the store takes it; unless a person has ended it meanwhile. */
  async #changeAtLast(move: ReplayMove, reason?: string): Promise<void> {
    if (this.#isChanging) return;
    this.#isChanging = true;
    for (let isDone = false; !isDone && !this.hasEnded && !this.#isOver; ) {
      try {
        await this.kept.change(move, reason);
        isDone = true;
      } catch (error) {
        // A person did something else meanwhile, and it holds.
        if (error instanceof TrotlineError && error.code === "replay-ended") break;
        await this.#pauseAfter(error);
      }
    }
    this.#isChanging = false;
    this.#parts.wake(this);
  }

  async #pauseAfter(error: unknown): Promise<void> {
    this.#parts.logger.warn({ err: error, replay: this.kept.id }, "A replay met an error; trying again.");
    await new Promise<void>((resolve) => setTimeout(resolve, askAgainMs).unref());
  }
}
