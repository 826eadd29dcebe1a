import type { Flight } from "../core/lane.ts";
import { limits } from "../core/limits.ts";
import type { Slot } from "./ready-lanes.ts";
import type { RunningLane } from "./running-lane.ts";

const lookEveryMs = 250;

/** An attempt in flight, between the one that started before it and the one that started after it. */
export class Watched {
  readonly running: RunningLane;
  readonly flight: Flight;
  readonly slot: Slot;
  readonly position: number;
  /** When it began, or was looked at last. */
  sinceMs: number;
  before: Watched | null = null;
  after: Watched | null = null;

  constructor(running: RunningLane, sent: { readonly position: number; readonly flight: Flight; readonly slot: Slot }) {
    this.running = running;
    this.position = sent.position;
    this.flight = sent.flight;
    this.slot = sent.slot;
    this.sinceMs = sent.flight.startedAtMs;
  }
}

/**
 * Tells when an attempt has been in flight for a second. One timer for all, and a chain in the order of their start. An
 * attempt that ends leaves it at once: if those of the last second stayed, of which nearly all have ended, they would
 * live just long enough to be the dearest garbage there is.
 */
export class SlowWatch {
  readonly #nowMs: () => number;
  readonly #slow: (watched: Watched) => void;
  readonly #timer: NodeJS.Timeout;
  #first: Watched | null = null;
  #last: Watched | null = null;

  constructor(nowMs: () => number, slow: (watched: Watched) => void) {
    this.#nowMs = nowMs;
    this.#slow = slow;
    this.#timer = setInterval(() => this.#look(), lookEveryMs).unref();
  }

  started(watched: Watched): void {
    watched.before = this.#last;
    if (this.#last === null) this.#first = watched;
    else this.#last.after = watched;
    this.#last = watched;
  }

  /** It is not under way yet: it is looked at again as if it began now. */
  startsNow(watched: Watched): void {
    watched.sinceMs = this.#nowMs();
    this.started(watched);
  }

  /** It ended, or need not be watched any longer. */
  ended(watched: Watched): void {
    const { before, after } = watched;
    if (before === null && this.#first !== watched) return;
    if (before === null) this.#first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
    watched.before = null;
    watched.after = null;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#first = null;
    this.#last = null;
  }

  #look(): void {
    const before = this.#nowMs() - limits.slowAfterMs;
    for (let first = this.#first; first !== null && first.sinceMs <= before; first = this.#first) {
      this.ended(first);
      const { running, position, flight } = first;
      const { flights, manuals } = running.lane;
      if (flights.get(position) === flight || manuals.get(position) === flight) this.#slow(first);
    }
  }
}
