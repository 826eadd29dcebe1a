import type { KeyRecord } from "../core/key.ts";
import type { Clock } from "../core/ports.ts";

/**
 * The time by which keys end. A clock that is set back must not let one live longer: while the process runs, the steady
 * clock goes on, and after a restart it is no earlier than when a key was last used.
 */
export class KeyTime {
  readonly #clock: Clock;
  /** What the steady clock lacks. */
  readonly #aheadMs: number;

  constructor(clock: Clock, records: readonly KeyRecord[]) {
    this.#clock = clock;
    let usedAtMs = Number.NEGATIVE_INFINITY;
    for (const record of records) usedAtMs = Math.max(usedAtMs, record.lastUsedAtMs ?? Number.NEGATIVE_INFINITY);
    this.#aheadMs = Math.max(0, usedAtMs - clock.steadyMs());
  }

  steadyMs(): number {
    return this.#clock.steadyMs() + this.#aheadMs;
  }

  /** Whichever is later: an expiry is a time of the wall, and the wall may step. */
  latestMs(steadyMs: number = this.steadyMs()): number {
    return Math.max(steadyMs, this.#clock.wallMs());
  }
}
