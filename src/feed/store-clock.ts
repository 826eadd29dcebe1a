/** The clock of a store that keeps times which several processes compare, as far as this process knows it. */
import type { Clock } from "../core/ports.ts";

/** Beyond this the two may have gone apart, or the store's have been set. */
const goodForMs = 10_000;

export class StoreClock {
  readonly #clock: Pick<Clock, "steadyMs">;
  #aheadMs = 0;
  #heardAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, "steadyMs">) {
    this.#clock = clock;
  }

  /** The store answered with its time. */
  heard(nowMs: number): void {
    this.#heardAtMs = this.#clock.steadyMs();
    this.#aheadMs = nowMs - this.#heardAtMs;
  }

  /** False where nothing was heard lately. */
  get isKnown(): boolean {
    return this.#clock.steadyMs() - this.#heardAtMs < goodForMs;
  }

  nowMs(): number {
    return this.#clock.steadyMs() + this.#aheadMs;
  }

  /** A moment of the store, by the steady clock of this process. */
  here(storeMs: number): number {
    return storeMs - this.#aheadMs;
  }
}
