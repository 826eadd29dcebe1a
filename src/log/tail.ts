import { eventBytes, type StoredEvent } from "../core/event.ts";

/** What an event costs in memory beside its data. */
const overheadBytes = 400;

/**
 * The recent end of the log in memory, bounded by bytes. Everyone who is up to date reads here; only laggards read the
 * store.
 */
export class Tail {
  readonly #bytesMax: number;
  #events: (StoredEvent | undefined)[] = [];
  /** Events before this index of `#events` have left. */
  #first = 0;
  #bytes = 0;
  #head: number;

  /** `head` is the last position stored before the first event that will be pushed. */
  constructor(head: number, bytesMax: number) {
    this.#head = head;
    this.#bytesMax = bytesMax;
  }

  get head(): number {
    return this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The smallest position held; `head + 1` while nothing is. */
  get earliest(): number {
    return this.#head - (this.#events.length - this.#first) + 1;
  }

  push(events: readonly StoredEvent[]): void {
    for (const event of events) {
      if (event.position !== this.#head + 1) throw new Error(`position ${event.position} after ${this.#head}`);
      this.#head = event.position;
      this.#events.push(event);
      this.#bytes += eventBytes(event) + overheadBytes;
    }
    while (this.#bytes > this.#bytesMax && this.#first < this.#events.length) {
      const oldest = this.#events[this.#first];
      if (oldest !== undefined) this.#bytes -= eventBytes(oldest) + overheadBytes;
      this.#events[this.#first] = undefined;
      this.#first += 1;
    }
    if (this.#first > 1024 && this.#first * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#first);
      this.#first = 0;
    }
  }

  /** The event at a position, or undefined where it is not held. */
  get(position: number): StoredEvent | undefined {
    const index = this.#events.length - 1 - (this.#head - position);
    return index < this.#first ? undefined : this.#events[index];
  }
}
