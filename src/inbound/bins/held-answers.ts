/** Answers of bins that are held back for a while, as was chosen. Bounded, in all and for each bin. */
import { limits } from "../../core/limits.ts";

/** One that is held. */
export interface HeldAnswer {
  /** Resolves when it is time to answer. */
  readonly over: Promise<void>;
  /** It is time now: nobody waits for it, or the server stops. */
  end(): void;
}

export class HeldAnswers {
  readonly #held = new Set<HeldAnswer>();
  readonly #countOf = new Map<string, number>();
  #isClosed = false;

  /** Whether there is room for one more of this bin's. */
  hasRoom(binId: string): boolean {
    if (this.#held.size >= limits.binAnswersHeld) return false;
    return (this.#countOf.get(binId) ?? 0) < limits.binAnswersHeldPerBin;
  }

  hold(binId: string, delayMs: number): HeldAnswer {
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = (): void => {
      clearTimeout(timer);
      if (this.#held.delete(held)) this.#add(binId, -1);
      resolve();
    };
    const held = { over: promise, end };
    const timer = setTimeout(end, this.#isClosed ? 0 : delayMs);
    this.#held.add(held);
    this.#add(binId, 1);
    return held;
  }

  /** Answers all that are held, and all that come, at once. */
  close(): void {
    this.#isClosed = true;
    for (const held of [...this.#held]) held.end();
  }

  #add(binId: string, change: number): void {
    const count = (this.#countOf.get(binId) ?? 0) + change;
    if (count === 0) this.#countOf.delete(binId);
    else this.#countOf.set(binId, count);
  }
}
