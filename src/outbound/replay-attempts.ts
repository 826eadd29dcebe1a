/** Carries out one attempt of a replay: beside the lane, through the same attempter and journal. */
import type { AttemptResult } from "../core/attempt.ts";
import type { Endpoint } from "../core/endpoint.ts";
import type { StoredEvent } from "../core/event.ts";
import type { Flight } from "../core/lane.ts";
import { orderKey } from "../core/lane-key.ts";
import { replayKey, replayMayGo, replayPace, replaySettled, replayTurn } from "../core/lane-replay.ts";
import type { Clock, Logger, Random } from "../core/ports.ts";
import { isToRecover, type Replay } from "../core/replay.ts";
import type { Store } from "../log/store.ts";
import type { Registry } from "../registry/registry.ts";
import { type Attempter, urgently } from "./attempt.ts";
import { stateOf } from "./deliveries.ts";
import type { Dispatcher } from "./dispatch.ts";
import { laneSeen } from "./lanes-seen.ts";
import type { Slot } from "./ready-lanes.ts";
import type { ReplayShare } from "./replay-share.ts";
import type { RunningLane } from "./running-lane.ts";
import { Watched } from "./slow-watch.ts";

/** A store that could not be read is asked again after this. */
const readAgainMs = 500;

export interface ReplayAttemptsOptions {
  readonly store: Store;
  readonly registry: Registry;
  readonly dispatcher: Dispatcher;
  readonly attempter: Attempter;
  readonly share: ReplayShare;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly isClosing: () => boolean;
}

export type ReplaySent =
  | { readonly outcome: "delivered" | "failed"; readonly startedAtMs: number; readonly result: AttemptResult | null }
  /** It was delivered meanwhile, to a replay of what was not. */
  | { readonly outcome: "left-out" }
  /** It did not go, or nothing is known of it: it is to be sent yet. */
  | { readonly outcome: "again" };

const again: ReplaySent = { outcome: "again" };

export class ReplayAttempts {
  readonly #options: ReplayAttemptsOptions;

  constructor(options: ReplayAttemptsOptions) {
    this.#options = options;
  }

  /** False while nothing in this process could carry an attempt out. */
  isReady(endpoint: Endpoint): boolean {
    return this.#options.attempter.isReady(endpoint);
  }

  /** Never rejects. The slot is free when it has ended. */
  async send(replay: Replay, event: StoredEvent, room: { running: RunningLane; slot: Slot }): Promise<ReplaySent> {
    const { logger } = this.#options;
    let isHeld = true;
    const free = (): void => {
      if (isHeld) this.#free(room.slot);
      isHeld = false;
    };
    try {
      const sent = await this.#send(replay, event, { ...room, free });
      if (!("result" in sent) || sent.result === null) this.#options.dispatcher.ready.unused(room.running);
      return sent;
    } catch (error) {
      free();
      this.#options.dispatcher.ready.unused(room.running);
      logger.warn({ err: error, replay: replay.id }, "A replay met an error; trying again.");
      await new Promise<void>((resolve) => setTimeout(resolve, readAgainMs).unref());
      return again;
    } finally {
      free();
    }
  }

  async #send(
    replay: Replay,
    event: StoredEvent,
    room: { running: RunningLane; slot: Slot; free: () => void },
  ): Promise<ReplaySent> {
    const { store, dispatcher, clock, isClosing } = this.#options;
    const { running, slot } = room;
    const { lane, endpoint } = running;
    const { position } = event;
    const known = await store.journal.delivery(endpoint.number, position);
    const { shards } = dispatcher.lanes;
    if (running.isRemoved || isClosing() || shards.haveExpired() || !shards.runs(endpoint.number)) return again;
    const flight = lane.flights.get(position) ?? lane.manuals.get(position);
    if (flight !== undefined) {
      room.free();
      return this.#join(running, position, flight);
    }
    if (replay.only === "failed" && known.delivered) return { outcome: "left-out" };
    if (replay.only === "parked" && !isToRecover(known.parked)) return { outcome: "left-out" };
    const nowMs = clock.steadyMs();
    const pace = replayPace(lane, running.endpoint, nowMs);
    if (pace === "rest") return again;
    const key = replayKey(orderKey(running.endpoint.ordering, event.subject), known.parked);
    if (!replayMayGo(lane, { position, key, mayStand: replay.only === "parked" })) return again;
    const turn = replayTurn(lane, position, {
      state: stateOf({ endpoint, event, known, seen: laneSeen(dispatcher, endpoint) }, this.#options.registry),
      row: known.parked,
      attempts: known.attempts,
      nowMs,
      isProbe: pace === "probe",
      key,
    });
    if (turn === null) return again;
    const watched = new Watched(running, { position, flight: turn.flight, slot });
    dispatcher.replayStarted(watched);
    try {
      return await this.#attempt(running, event, turn.flight);
    } finally {
      dispatcher.replayEnded(watched);
    }
  }

  async #attempt(running: RunningLane, event: StoredEvent, flight: Flight): Promise<ReplaySent> {
    const { attempter, dispatcher, registry, clock, random } = this.#options;
    const result = await attempter.attempt(running.endpoint, event, urgently(flight));
    // Cut off by our own stop: nothing is known of it, and it is sent again after the start.
    if (result.errorClass === "interrupted") return again;
    const settlement = replaySettled(running.lane, running.endpoint, {
      position: event.position,
      acceptedAtMs: event.acceptedAtMs,
      result,
      nowMs: clock.steadyMs(),
      random: random.fraction(),
      isTaken: registry.matching.takes(running.endpoint, event),
    });
    dispatcher.settle(running, event, { result, settlement });
    dispatcher.manualEnded(flight);
    return { outcome: result.errorClass === null ? "delivered" : "failed", startedAtMs: flight.startedAtMs, result };
  }

  /** The delivery is in flight already: what comes of that is what the replay wanted to know. */
  async #join(running: RunningLane, position: number, flight: Flight): Promise<ReplaySent> {
    const { dispatcher, store } = this.#options;
    await dispatcher.whenEnded(flight);
    await dispatcher.journal.flushed();
    const endpointNumber = running.endpoint.number;
    const [attempt] = await store.journal.attempts({ endpointNumber, position, limit: 1 });
    if (attempt === undefined || attempt.startedAtMs < flight.startedAtMs) return again;
    const outcome = attempt.errorClass === null ? "delivered" : "failed";
    return { outcome, startedAtMs: attempt.startedAtMs, result: null };
  }

  #free(slot: Slot): void {
    this.#options.share.release(slot);
    this.#options.dispatcher.roomFreed(slot);
  }
}
