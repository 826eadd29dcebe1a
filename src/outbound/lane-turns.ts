/**
 * Runs the lanes: whose turn it is, what its state machine wants (`core/lane.ts`), and who carries that out. Part of
 * stage 2; which lanes there are, and what they are offered, is in `dispatch.ts`.
 */
import type { StoredEvent } from "../core/event.ts";
import { attemptSlow, type LaneTurn, turnCame } from "../core/lane.ts";
import type { Clock } from "../core/ports.ts";
import { recoveryMayAtMs } from "../core/recovery-pace.ts";
import type { Attempter, Company } from "./attempt.ts";
import type { FilterTime } from "./filter-time.ts";
import type { JournalWriter } from "./journal-writer.ts";
import type { LaneLoading } from "./lane-loading.ts";
import { type LaneReading, takenBy } from "./lane-reading.ts";
import type { LaneTable } from "./lane-table.ts";
import type { RateLimits } from "./rate-limits.ts";
import type { ReadyLanes, Slot } from "./ready-lanes.ts";
import { nothingMoreComes, type RunningLane } from "./running-lane.ts";
import type { Sending } from "./sending.ts";
import { SlowWatch, Watched } from "./slow-watch.ts";
import { WakeQueue } from "./wake-queue.ts";

/** Turns given before the event loop has one. */
const turnsPerPass = 256;
/** A lane whose endpoint nothing in this process can run looks again after this. */
const readyAgainMs = 1000;

export interface LaneTurnsOptions {
  readonly lanes: LaneTable;
  readonly ready: ReadyLanes;
  readonly rates: RateLimits;
  readonly journal: JournalWriter;
  readonly reading: LaneReading;
  readonly filterTime: FilterTime;
  readonly sending: Sending;
  readonly loading: LaneLoading;
  readonly attempter: Attempter;
  readonly clock: Clock;
  /** An attempt of a lane ended. */
  readonly ended: () => void;
}

export class LaneTurns {
  readonly #options: LaneTurnsOptions;
  readonly #wakes: WakeQueue<RunningLane>;
  readonly #slow: SlowWatch;
  #isPassing = false;
  #isClosing = false;

  constructor(options: LaneTurnsOptions) {
    this.#options = options;
    const nowMs = (): number => options.clock.steadyMs();
    this.#wakes = new WakeQueue(nowMs, (running) => this.enqueue(running));
    this.#slow = new SlowWatch(nowMs, (watched) => this.#slowed(watched));
  }

  /** The lane wants a turn. */
  enqueue(running: RunningLane): void {
    if (this.#isClosing || running.isReading) return;
    this.#options.ready.add(running);
    this.pass();
  }

  /** Gives turns, soon: once for all who asked within the same moment. */
  pass(): void {
    if (this.#isPassing) return;
    this.#isPassing = true;
    queueMicrotask(() => this.#giveTurns());
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
    this.#options.ready.ended(slot);
    this.pass();
  }

  /** No turn is given any more. */
  stop(): void {
    this.#isClosing = true;
    this.#wakes.close();
    this.#options.ready.close();
  }

  /** Attempts in flight are not looked after any more. */
  close(): void {
    this.#slow.close();
  }

  #giveTurns(): void {
    const { clock, filterTime, journal, lanes, ready } = this.#options;
    const nowMs = clock.steadyMs();
    filterTime.begin();
    const isOver = lanes.shards.haveExpired();
    for (let turns = 0; turns < turnsPerPass && !filterTime.isSpent; turns++) {
      const running = isOver || this.#isClosing || journal.isFull ? undefined : ready.next();
      if (running === undefined) {
        this.#isPassing = false;
        return;
      }
      this.#giveTurn(running, nowMs);
    }
    setImmediate(() => this.#giveTurns());
  }

  #giveTurn(running: RunningLane, nowMs: number): void {
    const { ready, lanes, loading, journal, attempter } = this.#options;
    const { endpoint, wakeAtMs } = running;
    // It joins, and has its first turn then, or leaves.
    if (!lanes.shards.runs(endpoint.number)) {
      ready.passed(running);
      return;
    }
    if (endpoint.kind === "handler" && endpoint.status === "enabled" && !attempter.isReady(endpoint)) {
      const againAtMs = nowMs + readyAgainMs;
      // Its next turn says anew when a retry is due, which may be much later.
      if (wakeAtMs === null || wakeAtMs > againAtMs) this.#wakes.set(running, againAtMs);
      ready.passed(running);
      return;
    }
    const hasPace = endpoint.rateLimit !== null || running.recovery.bucket !== null;
    if (hasPace && this.#mustWait(running, nowMs)) return;
    const room = { first: true, retry: ready.hasRetryRoom };
    const turn = turnCame(running.lane, endpoint, { nowMs, room });
    switch (turn.do) {
      case "send":
        this.#send(running, turn, null);
        return;
      case "read":
        this.#readOn(running, nowMs);
        return;
      case "yield":
        ready.waitForRetryRoom(running);
        return;
      case "load":
        void loading.load(running, turn);
        break;
      case "note":
        journal.note(running.endpoint.number, null, turn.changes);
        this.#passedOn(running);
        return;
      case "learn":
        void loading.learn(running, turn);
        break;
      case "loadKeys":
        void loading.loadKeys(running, turn);
        this.#passedOn(running);
        return;
      case "rest":
        if (turn.untilMs !== null) this.#wakes.set(running, turn.untilMs);
        if (nothingMoreComes(running, nowMs)) this.#company(running)?.complete(running.endpoint);
    }
    ready.passed(running);
  }

  /** A turn without an attempt, and the lane wants another. */
  #passedOn(running: RunningLane): void {
    this.#options.ready.passed(running);
    this.enqueue(running);
  }

  /** Its rate, or its pace after an outage, is used up for now: it costs nothing until there is a token. */
  #mustWait(running: RunningLane, nowMs: number): boolean {
    const { rates, ready } = this.#options;
    const atMs = Math.max(rates.laneMayAtMs(running, nowMs), recoveryMayAtMs(running.recovery, nowMs));
    if (atMs <= nowMs) return false;
    this.#wakes.set(running, atMs);
    ready.passed(running);
    return true;
  }

  #readOn(running: RunningLane, nowMs: number): void {
    const { reading, lanes, journal, ready } = this.#options;
    const found = reading.find(running, lanes.dispatchedTo);
    if (typeof found === "object") {
      const turn = takenBy(running, found, nowMs);
      if (turn?.do === "send") {
        this.#send(running, turn, found);
        return;
      }
      if (turn?.do === "note") journal.note(running.endpoint.number, null, turn.changes);
    } else if (found === "page") {
      ready.passed(running);
      void this.#readPage(running);
      return;
    }
    journal.touch(running.endpoint.number);
    this.#passedOn(running);
  }

  #send(running: RunningLane, turn: LaneTurn & { do: "send" }, event: StoredEvent | null): void {
    const { ready, journal, sending, ended } = this.#options;
    const { position, flight } = turn;
    const slot = ready.started(running, flight.room === "retry");
    const watched = new Watched(running, { position, flight, slot });
    this.#slow.started(watched);
    if (!flight.hasRow) journal.touch(running.endpoint.number);
    sending.send(running, turn, event, () => {
      this.#slow.ended(watched);
      ready.ended(slot);
      this.pass();
      ended();
    });
    this.enqueue(running);
  }

  async #readPage(running: RunningLane): Promise<void> {
    const { reading, sending } = this.#options;
    running.isReading = true;
    try {
      await reading.readPage(running);
    } catch (error) {
      await sending.pauseAfter(error);
    }
    running.isReading = false;
    this.enqueue(running);
  }

  /** Still in flight after a second: it gets a row, so that the cursor passes it, and no longer holds up its tenant. */
  #slowed(watched: Watched): void {
    const { ready, journal } = this.#options;
    const { running, position, flight, slot } = watched;
    if (this.#company(running)?.isWaiting(running.endpoint, position)) {
      this.#slow.startsNow(watched);
      return;
    }
    ready.slowed(slot);
    const isOwn = running.lane.flights.get(position) === flight;
    const change = isOwn ? attemptSlow(running.lane, position) : null;
    if (change !== null && !running.isRemoved) journal.note(running.endpoint.number, null, [change]);
    if (running.lane.order === null) this.pass();
    else this.enqueue(running);
  }

  #company({ endpoint }: RunningLane): Company | null {
    return endpoint.batch === null ? null : this.#options.attempter.company(endpoint);
  }
}
