/** What became of a delivery is noted, counted, told and acted upon. Part of stage 2. */
import type { AttemptResult } from "../core/attempt.ts";
import type { DisabledReason, Endpoint } from "../core/endpoint.ts";
import type { StoredEvent } from "../core/event.ts";
import type { ParkedChange } from "../core/lane.ts";
import type { Settlement } from "../core/lane-settle.ts";
import type { Clock } from "../core/ports.ts";
import type { Registry } from "../registry/registry.ts";
import type { JournalWriter } from "./journal-writer.ts";
import { isNews, newsOf, newsOfTooOld } from "./operations.ts";
import type { ReadyLanes } from "./ready-lanes.ts";
import { notePace, type RunningLane } from "./running-lane.ts";
import type { Ended } from "./sending.ts";

/** What statistics hear of; never waited for. */
export interface DispatchObserver {
  attempted(endpoint: Endpoint, event: StoredEvent, result: AttemptResult, settlement: Settlement): void;
  /** A delivery was given up without an attempt: its event was too old when its turn came. */
  gaveUp(endpoint: Endpoint, event: StoredEvent): void;
  cancelled(count: number, reason: "trimmed" | "skipped_to_latest" | "skipped"): void;
}

export interface LaneOutcomesOptions {
  readonly journal: JournalWriter;
  readonly ready: ReadyLanes;
  readonly registry: Registry;
  readonly observer: DispatchObserver;
  readonly clock: Clock;
  readonly isClosing: () => boolean;
  readonly pauseAfter: (error: unknown) => Promise<void>;
  /** Disables an endpoint that is gone, or failed for too long. */
  readonly disable: (endpoint: Endpoint, reason: DisabledReason) => Promise<void>;
  /** Rows changed as a whole: what the lane holds of them is asked for again. */
  readonly reload: (running: RunningLane) => void;
  /** The lane wants a turn. */
  readonly enqueue: (running: RunningLane) => void;
}

export class LaneOutcomes {
  readonly #options: LaneOutcomesOptions;
  /** Endpoints whose disabling is being stored. */
  readonly #disabling = new Set<number>();

  constructor(options: LaneOutcomesOptions) {
    this.#options = options;
  }

  /** An attempt ended. */
  settle(running: RunningLane, event: StoredEvent, ended: Ended): void {
    const { journal, observer, clock } = this.#options;
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
    observer.attempted(endpoint, event, result, settlement);
    running.lastUsedMs = clock.steadyMs();
    notePace(running, settlement);
    journal.note(endpoint.number, record, running.isRemoved ? [] : settlement.changes);
    if (running.isRemoved) return;
    if (isNews(settlement)) journal.announce(newsOf({ endpoint, event }, ended, clock.wallMs()));
    if (settlement.changes.some((change) => change.do === "revive")) this.#options.reload(running);
    if (settlement.disable !== null) void this.#disable(endpoint, settlement.disable);
    this.#options.enqueue(running);
  }

  /** The event had left the log. */
  gone(running: RunningLane, change: ParkedChange | null): void {
    const { ready, journal, observer, enqueue } = this.#options;
    ready.unused(running);
    journal.note(running.endpoint.number, null, change === null || running.isRemoved ? [] : [change]);
    observer.cancelled(1, "trimmed");
    enqueue(running);
  }

  /** The event was older than its endpoint wants it. Null: it was given up before. */
  tooOld(running: RunningLane, event: StoredEvent, change: ParkedChange | null): void {
    const { ready, journal, observer, clock, enqueue } = this.#options;
    ready.unused(running);
    journal.note(running.endpoint.number, null, change === null || running.isRemoved ? [] : [change]);
    if (change !== null) {
      observer.gaveUp(running.endpoint, event);
      journal.announce(newsOfTooOld(running.endpoint, event, { change, nowMs: clock.wallMs() }));
    }
    enqueue(running);
  }

  /** A person gave a delivery up; answers when that is durable. */
  skipped(running: RunningLane, change: ParkedChange): Promise<void> {
    const { journal, observer, enqueue } = this.#options;
    journal.note(running.endpoint.number, null, [change]);
    observer.cancelled(1, "skipped");
    enqueue(running);
    return journal.flushed();
  }

  /** The lane stands still already; that its endpoint is disabled is written as soon as the store takes it. */
  async #disable(endpoint: Endpoint, reason: DisabledReason): Promise<void> {
    const { registry, disable, isClosing, pauseAfter } = this.#options;
    if (endpoint.status !== "enabled" || this.#disabling.has(endpoint.number)) return;
    this.#disabling.add(endpoint.number);
    for (let isDone = false; !isDone && !isClosing(); ) {
      try {
        if (registry.endpoint(endpoint.id) !== undefined) await disable(endpoint, reason);
        isDone = true;
      } catch (error) {
        await pauseAfter(error);
      }
    }
    this.#disabling.delete(endpoint.number);
  }
}
