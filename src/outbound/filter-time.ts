/**
 * How long filters may be asked before others have their turn. One filter of one event is bounded in itself; many
 * events, or many endpoints with filters, are looked at a few milliseconds at a time. It is reckoned and not measured:
 * reading a clock costs as much as most filters.
 */
import type { StoredEvent } from "../core/event.ts";
import { stepsSpent } from "../registry/expression/expression.ts";

/** Of about ten nanoseconds, as the evaluation of filters counts them: 4 ms. */
const stepsPerSlice = 400_000;
/** For asking at all. */
const stepsPerAsking = 50;
/** The data of an event are parsed by the first filter that looks at them. */
const stepsPerByte = 0.5;

export class FilterTime {
  #left = stepsPerSlice;
  #latest: StoredEvent | null = null;

  begin(): void {
    this.#left = stepsPerSlice;
  }

  get isSpent(): boolean {
    return this.#left <= 0;
  }

  /** What a filter answers of the event; its time is counted. */
  ask<Answer>(event: StoredEvent, filter: () => Answer): Answer {
    const before = stepsSpent();
    const answer = filter();
    this.#left -= stepsPerAsking + stepsSpent() - before;
    if (event !== this.#latest) this.#left -= event.data.length * stepsPerByte;
    this.#latest = event;
    return answer;
  }

  /** Lets others have their turn, and begins anew. */
  async pause(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#latest = null;
    this.begin();
  }
}
