import type { Flight } from "../core/lane.ts";
import { limits } from "../core/limits.ts";
import type { Slot } from "./ready-lanes.ts";
import type { RunningLane } from "./running-lane.ts";

const lookEveryMs = 250;

export interface Watched {
  readonly running: RunningLane;
  readonly position: number;
  readonly flight: Flight;
  readonly slot: Slot;
}

/**
 * Tells when an attempt has been in flight for a second. One timer for all: attempts are in the order of their start.
 */
export class SlowWatch {
  readonly #nowMs: () => number;
  readonly #slow: (watched: Watched) => void;
  readonly #timer: NodeJS.Timeout;
  #watched: Watched[] = [];

  constructor(nowMs: () => number, slow: (watched: Watched) => void) {
    this.#nowMs = nowMs;
    this.#slow = slow;
    this.#timer = setInterval(() => this.#look(), lookEveryMs).unref();
  }

  started(watched: Watched): void {
    this.#watched.push(watched);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#watched = [];
  }

  #look(): void {
    const before = this.#nowMs() - limits.slowAfterMs;
    let passed = 0;
    for (const watched of this.#watched) {
      const { running, position, flight } = watched;
      if (flight.startedAtMs > before) break;
      passed += 1;
      const { flights, manuals } = running.lane;
      if (flights.get(position) === flight || manuals.get(position) === flight) this.#slow(watched);
    }
    if (passed > 0) this.#watched = this.#watched.slice(passed);
  }
}
