/**
 * How many runs of one endpoint there are at once, whatever asked for them: its lane, a replay, a person. A handler
 * that has not settled when its time is up goes on counting.
 */
import type { Endpoint } from "../core/endpoint.ts";

interface Runs {
  count: number;
  /** In the order in which they came. Each is given the slot of one that ended, and leaves. */
  readonly waiting: Set<() => void>;
}

export class RunSlots {
  readonly #byEndpoint = new Map<string, Runs>();

  /** What frees the slot again; null where none was free within the time, or before the signal. */
  async take({ id, maxInFlight }: Endpoint, waitMs: number, signal: AbortSignal): Promise<(() => void) | null> {
    let runs = this.#byEndpoint.get(id);
    if (runs === undefined) {
      runs = { count: 0, waiting: new Set() };
      this.#byEndpoint.set(id, runs);
    }
    if (runs.count < maxInFlight) runs.count += 1;
    else if (!(await isGivenOne(runs, waitMs, signal))) return null;
    return () => this.#free(id, runs);
  }

  #free(id: string, runs: Runs): void {
    const [first] = runs.waiting;
    if (first !== undefined) {
      first();
      return;
    }
    runs.count -= 1;
    if (runs.count === 0) this.#byEndpoint.delete(id);
  }
}

function isGivenOne({ waiting }: Runs, waitMs: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const end = (isGiven: boolean): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", giveUp);
      waiting.delete(given);
      resolve(isGiven);
    };
    const given = (): void => end(true);
    const giveUp = (): void => end(false);
    const timer = setTimeout(giveUp, waitMs);
    signal.addEventListener("abort", giveUp);
    waiting.add(given);
  });
}
