/** Carries out what lanes want sent: fetches the event, has it attempted, and says what came of it. Part of stage 2. */
import type { AttemptResult } from "../core/attempt.ts";
import type { StoredEvent } from "../core/event.ts";
import { eventGone, type Flight, type LaneTurn, type ParkedChange } from "../core/lane.ts";
import { deliveryTooOld } from "../core/lane-age.ts";
import { attemptSettled, type Settlement } from "../core/lane-settle.ts";
import { limits } from "../core/limits.ts";
import type { Clock, Logger, Random } from "../core/ports.ts";
import { isTooOld } from "../core/retry-policy.ts";
import type { EventLog } from "../log/event-log.ts";
import type { Tail } from "../log/tail.ts";
import type { Attempter } from "./attempt.ts";
import type { HeldShards } from "./held-shards.ts";
import type { RunningLane } from "./running-lane.ts";

/** A store that could not be read is asked again after this. */
const readAgainMs = 500;

export interface SendingOptions {
  readonly events: EventLog;
  readonly tail: Tail;
  readonly attempter: Attempter;
  readonly shards: HeldShards;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly isClosing: () => boolean;
  readonly settled: (running: RunningLane, event: StoredEvent, ended: Ended) => void;
  /** The event was older than its endpoint wants it: nothing was sent. Null: it was given up before. */
  readonly tooOld: (running: RunningLane, event: StoredEvent, change: ParkedChange | null) => void;
  /** The event had left the log: nothing was sent. */
  readonly gone: (running: RunningLane, change: ReturnType<typeof eventGone>) => void;
}

export interface Ended {
  readonly result: AttemptResult;
  readonly settlement: Settlement;
}

interface Joined {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class Sending {
  readonly #options: SendingOptions;
  /** Who waits for an attempt in flight to end. */
  readonly #joined = new Map<Flight, Joined[]>();

  constructor(options: SendingOptions) {
    this.#options = options;
  }

  /**
   * Sends one delivery of a lane; `ended` is called once, when its outcome is noted. On the hot path: where the event
   * is at hand there is one promise, the sender's.
   */
  send(running: RunningLane, turn: LaneTurn & { do: "send" }, given: StoredEvent | null, ended: () => void): void {
    const { position, flight } = turn;
    const event = given ?? this.#options.tail.get(position);
    const end = (): void => {
      this.noteEnded(flight);
      ended();
    };
    const fail = (error: unknown): void => {
      const facts = { err: error, endpoint: running.endpoint.id };
      this.#options.logger.error(facts, "A delivery could not be attempted.");
      end();
    };
    if (this.#isLost(running)) {
      end();
      return;
    }
    if (event === undefined) {
      this.#attemptStored(running, turn).then(end, fail);
      return;
    }
    if (running.endpoint.retryMaxAgeMs !== null && this.#isTooOld(running, event)) {
      end();
      return;
    }
    const settle = (result: AttemptResult): void => {
      try {
        this.#settle(running, event, result);
      } catch (error) {
        fail(error);
        return;
      }
      end();
    };
    this.#options.attempter.attempt(running.endpoint, event, flight).then(settle, fail);
  }

  /** Ends with an attempt that is in flight, once its outcome is noted; rejects where that does not count any more. */
  whenEnded(flight: Flight): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#joined.set(flight, [...(this.#joined.get(flight) ?? []), { resolve, reject }]);
    });
  }

  noteEnded(flight: Flight): void {
    if (this.#joined.size === 0) return;
    for (const { resolve } of this.#joined.get(flight) ?? []) resolve();
    this.#joined.delete(flight);
  }

  /** Another process runs the lane: what becomes of this attempt does not count. */
  noteLost(flight: Flight, error: unknown): void {
    for (const { reject } of this.#joined.get(flight) ?? []) reject(error);
    this.#joined.delete(flight);
  }

  /** Asked after every wait: who was stopped for longer than its leases are must not go on sending. */
  #isLost(running: RunningLane): boolean {
    return this.#options.shards.haveExpired() || running.isLost;
  }

  async pauseAfter(error: unknown): Promise<void> {
    this.#options.logger.warn({ err: error }, "The store does not answer; trying again.");
    await new Promise<void>((resolve) => setTimeout(resolve, readAgainMs).unref());
  }

  async #attemptStored(running: RunningLane, { position, flight }: LaneTurn & { do: "send" }): Promise<void> {
    const event = await this.#eventAt(position);
    if (this.#isLost(running)) return;
    if (event === null) this.#options.gone(running, eventGone(running.lane, position));
    else if (!this.#isTooOld(running, event))
      this.#settle(running, event, await this.#options.attempter.attempt(running.endpoint, event, flight));
  }

  #settle(running: RunningLane, event: StoredEvent, result: AttemptResult): void {
    // Cut off by our own stop: nothing is known of it, so it stays pending or parked, and is sent again after the
    // start.
    if (result.errorClass === "interrupted") return;
    const { clock, random } = this.#options;
    const { position, acceptedAtMs } = event;
    const ended = { position, result, nowMs: clock.steadyMs(), random: random.fraction(), acceptedAtMs };
    const settlement = attemptSettled(running.lane, running.endpoint, ended);
    this.#options.settled(running, event, { result, settlement });
  }

  /** Where it is, its delivery has ended. */
  #isTooOld(running: RunningLane, event: StoredEvent): boolean {
    const nowMs = this.#options.clock.steadyMs();
    if (!isTooOld(running.endpoint, { acceptedAtMs: event.acceptedAtMs, nowMs })) return false;
    const old = { position: event.position, nowMs };
    this.#options.tooOld(running, event, deliveryTooOld(running.lane, running.endpoint, old));
    return true;
  }

  /** The event from the store; null where it has left the log. Waits while the store cannot be read. */
  async #eventAt(position: number): Promise<StoredEvent | null> {
    const { events } = this.#options;
    for (;;) {
      try {
        const page = await events.read({ after: position - 1, limit: 1, bytesMax: limits.publishBodyBytes });
        const [event] = page.events;
        return event?.position === position ? event : null;
      } catch (error) {
        if (this.#options.isClosing()) throw error;
        await this.pauseAfter(error);
      }
    }
  }
}
