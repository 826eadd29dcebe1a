/** How a lane reads on in the log: from memory where it is up to date, else a page at a time from the store. */
import type { StoredEvent } from "../core/event.ts";
import { eventsPassed, eventTaken, type LaneTurn } from "../core/lane.ts";
import { orderKey } from "../core/lane-key.ts";
import { orderedTaken } from "../core/lane-order.ts";
import { windowLimit } from "../core/window.ts";
import type { EventLog } from "../log/event-log.ts";
import type { Tail } from "../log/tail.ts";
import type { Matching } from "../registry/matching.ts";
import type { FilterTime } from "./filter-time.ts";
import type { RunningLane } from "./running-lane.ts";

/** Events looked at in one turn: a lane that is far behind must not hold up the others. */
const eventsPerTurn = 256;
/** Bytes of one page. A page has at least one event. */
const pageBytes = 256 * 1024;
const pageEventsMin = 16;
/** Pages are small where little is in flight, so that memory follows the work and not the number of laggards. */
const pageEventsPerSlot = 2;

export type Found =
  /** The next event that the filter takes. */
  | StoredEvent
  /** None in what was looked at; the lane passed it. */
  | "none"
  /** The store must be asked. */
  | "page";

/** An event was found for a lane: it goes, or is held behind another of its key. */
export function takenBy({ lane, endpoint }: RunningLane, event: StoredEvent, nowMs: number): LaneTurn | null {
  const { position } = event;
  if (lane.order === null) return eventTaken(lane, position, nowMs);
  return orderedTaken(lane, { position, key: orderKey(endpoint.ordering, event.subject) }, nowMs);
}

export class LaneReading {
  readonly #tail: Tail;
  readonly #events: EventLog;
  readonly #matching: Matching;
  readonly #filterTime: FilterTime;

  readonly #passed: (running: RunningLane, earliest: number) => void;

  constructor(parts: {
    tail: Tail;
    events: EventLog;
    matching: Matching;
    filterTime: FilterTime;
    /** Retention has moved to a position that the lane has not come to. */
    passed: (running: RunningLane, earliest: number) => void;
  }) {
    this.#passed = parts.passed;
    this.#tail = parts.tail;
    this.#events = parts.events;
    this.#matching = parts.matching;
    this.#filterTime = parts.filterTime;
  }

  /** Looks for the next event beyond the lane's position, up to what was dispatched. */
  find(running: RunningLane, dispatchedTo: number): Found {
    const { lane } = running;
    const inPage = this.#findInPage(running, dispatchedTo);
    if (inPage !== null) return inPage;
    const from = lane.readPosition + 1;
    if (from > dispatchedTo) {
      eventsPassed(lane, lane.readPosition, true);
      return "none";
    }
    if (from < this.#tail.earliest) return "page";
    const last = Math.min(dispatchedTo, from + eventsPerTurn - 1);
    for (let position = from; position <= last; position++) {
      const event = this.#tail.get(position);
      if (event !== undefined && this.#isTaken(running, event)) return event;
      if (!this.#filterTime.isSpent || position === last) continue;
      eventsPassed(lane, position, false);
      return "none";
    }
    eventsPassed(lane, last, last === dispatchedTo);
    return "none";
  }

  /** Reads the next page of the tenant's events for a lane that is behind what is in memory. */
  async readPage(running: RunningLane): Promise<void> {
    const { lane, endpoint } = running;
    const slots = windowLimit(lane.window, endpoint.maxInFlight) - lane.flights.size;
    const after = lane.readPosition;
    const page = await this.#events.read({
      after,
      limit: Math.max(pageEventsMin, slots * pageEventsPerSlot),
      bytesMax: pageBytes,
      tenant: endpoint.tenant,
    });
    // Another process may have removed what comes next, and the page tells nothing of that.
    const { earliest } = this.#events.bounds();
    if (earliest > lane.readPosition + 1) this.#passed(running, earliest);
    // A page that begins beyond where the lane was moved to meanwhile would hide what lies between.
    if (lane.readPosition >= after) running.page = { events: page.events, next: 0, through: page.through };
  }

  /** A page may know events that were not dispatched yet; they are left for when they were. */
  #findInPage(running: RunningLane, dispatchedTo: number): StoredEvent | "none" | null {
    const { page, lane } = running;
    if (page === null) return null;
    for (let event = page.events[page.next]; event !== undefined; event = page.events[page.next]) {
      if (event.position > dispatchedTo) break;
      page.next += 1;
      if (event.position <= lane.readPosition) continue;
      if (this.#isTaken(running, event)) return event;
      eventsPassed(lane, event.position, false);
      if (this.#filterTime.isSpent) return "none";
    }
    running.page = null;
    eventsPassed(lane, Math.min(page.through, dispatchedTo), false);
    return null;
  }

  #isTaken(running: RunningLane, event: StoredEvent): boolean {
    const { endpoint } = running;
    if (endpoint.filter === null || event.tenant !== endpoint.tenant) return this.#matching.takes(endpoint, event);
    return this.#filterTime.ask(event, () => this.#matching.takes(endpoint, event));
  }
}
