/** Offers events to the lanes that they concern; in order, each once. Part of stage 2, where the hot path begins. */
import type { Endpoint } from "../core/endpoint.ts";
import type { StoredEvent } from "../core/event.ts";
import { eventOffered } from "../core/lane.ts";
import type { Clock } from "../core/ports.ts";
import type { Registry } from "../registry/registry.ts";
import type { FilterTime } from "./filter-time.ts";
import type { JournalWriter } from "./journal-writer.ts";
import type { LaneTable } from "./lane-table.ts";
import type { RunningLane } from "./running-lane.ts";

export interface LaneOfferingOptions {
  readonly lanes: LaneTable;
  readonly journal: JournalWriter;
  readonly registry: Registry;
  readonly filterTime: FilterTime;
  readonly clock: Clock;
  readonly enqueue: (running: RunningLane) => void;
}

export class LaneOffering {
  readonly #options: LaneOfferingOptions;

  constructor(options: LaneOfferingOptions) {
    this.#options = options;
  }

  /** To the lanes that run here. */
  offer(events: readonly StoredEvent[]): void {
    const { lanes, journal, registry, filterTime } = this.#options;
    const { shards } = lanes;
    filterTime.begin();
    for (const event of events) {
      if (event.position <= shards.dispatchedTo) continue;
      for (const endpoint of registry.matching.concerned(event.tenant, event.type)) {
        if (shards.runs(endpoint.number)) this.offerTo(endpoint, event);
      }
      shards.dispatchedTo = event.position;
    }
    journal.touchHead();
  }

  offerTo(endpoint: Endpoint, event: StoredEvent): void {
    const { lanes, journal, clock, enqueue } = this.#options;
    if (endpoint.filter !== null && this.#isLeftOut(endpoint, event)) return;
    const running = lanes.of(endpoint);
    if (!eventOffered(running.lane, event.position)) return;
    running.lastUsedMs = clock.steadyMs();
    journal.touch(endpoint.number);
    enqueue(running);
  }

  /**
   * Whether the filter of an endpoint that has nothing to do leaves the event out: then its lane need not wake. Where
   * filters have taken their time already, the lane finds out for itself.
   */
  #isLeftOut(endpoint: Endpoint, event: StoredEvent): boolean {
    const { lanes, registry, filterTime } = this.#options;
    if (filterTime.isSpent || lanes.get(endpoint.number)?.lane.caughtUp === false) return false;
    return !filterTime.ask(event, () => registry.matching.passes(endpoint, event));
  }
}
