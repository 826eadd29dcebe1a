/** What people and retention do to lanes: start them again, move them, take away what was not read. Part of stage 2. */
import type { Endpoint } from "../core/endpoint.ts";
import { laneEnabled, laneMoved, laneSought, logTrimmed, parkedCancelled } from "../core/lane.ts";
import type { Clock, Logger } from "../core/ports.ts";
import { recoveryBegan } from "../core/recovery-pace.ts";
import type { Registry } from "../registry/registry.ts";
import type { JournalWriter } from "./journal-writer.ts";
import type { LaneOwnership } from "./lane-ownership.ts";
import type { LaneTable } from "./lane-table.ts";
import type { RunningLane } from "./running-lane.ts";

export interface LaneSteeringOptions {
  readonly lanes: LaneTable;
  readonly journal: JournalWriter;
  readonly registry: Registry;
  readonly observer: { cancelled(count: number, reason: "trimmed" | "skipped_to_latest"): void };
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ownership: LaneOwnership;
  /** What is held of the parked rows is no longer the truth: they are asked for again. */
  readonly reload: (running: RunningLane) => void;
  /** The lane wants a turn. */
  readonly enqueue: (running: RunningLane) => void;
}

export class LaneSteering {
  readonly #options: LaneSteeringOptions;

  constructor(options: LaneSteeringOptions) {
    this.#options = options;
  }

  /**
   * A paused or disabled endpoint runs again: from where it was, or from the head of the log, where what is parked for
   * it is cancelled.
   */
  async resume(endpoint: Endpoint, from: "cursor" | "latest"): Promise<void> {
    const { lanes, journal, clock, observer, registry, reload, ownership } = this.#options;
    const running = ownership.requireOwn(endpoint);
    const revived = laneEnabled(running.lane, clock.steadyMs());
    if (revived !== null) {
      recoveryBegan(running.recovery, clock.steadyMs());
      journal.note(endpoint.number, null, [revived]);
      reload(running);
    }
    if (from === "latest") {
      observer.cancelled(running.lane.parked.total, "skipped_to_latest");
      laneMoved(running.lane, lanes.dispatchedTo, true);
      running.page = null;
      journal.note(endpoint.number, null, [parkedCancelled(running.lane)]);
    }
    journal.touch(endpoint.number);
    await journal.flushed();
    ownership.requireKept(running);
    await registry.setStatus(endpoint.id, "enabled", null);
  }

  /**
   * The lane reads on behind `position`, whatever the endpoint's status is, and stays. What is parked beyond is sent
   * when the lane comes there. Answers when that is durable; where the store refuses, it is so all the same, and
   * becomes durable when the store takes it.
   */
  async seek(endpoint: Endpoint, position: number): Promise<void> {
    const { lanes, journal, clock, reload, enqueue, ownership } = this.#options;
    const running = ownership.requireOwn(endpoint);
    running.lastUsedMs = clock.steadyMs();
    running.page = null;
    const change = laneSought(running.lane, position, position >= lanes.dispatchedTo);
    journal.note(endpoint.number, null, [change]);
    reload(running);
    enqueue(running);
    await journal.flushed();
    ownership.requireKept(running);
  }

  /** Retention removed everything before `earliest`, and the parked rows of it. */
  trimmed(earliest: number, cancelled: ReadonlyMap<number, number>): void {
    const { lanes, observer } = this.#options;
    for (const running of lanes.values()) this.passed(running, earliest, cancelled.get(running.endpoint.number) ?? 0);
    for (const count of cancelled.values()) observer.cancelled(count, "trimmed");
  }

  /** The same for one lane. */
  passed(running: RunningLane, earliest: number, cancelledDeliveries: number): void {
    const { journal, logger, reload } = this.#options;
    const lostEvents = logTrimmed(running.lane, earliest, cancelledDeliveries > 0);
    if (lostEvents === 0 && cancelledDeliveries === 0) return;
    running.page = null;
    const facts = { endpoint: running.endpoint.id, lostEvents, cancelledDeliveries };
    logger.warn(facts, "Retention passed an endpoint that was behind.");
    if (cancelledDeliveries > 0) reload(running);
    journal.touch(running.endpoint.number);
  }
}
