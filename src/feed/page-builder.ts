import { eventBytes, type StoredEvent } from "../core/event.ts";
import { limits } from "../core/limits.ts";
import type { Selection } from "./selection.ts";

export interface FeedPage {
  /** Ascending by position; descending where it was read back. */
  readonly events: readonly StoredEvent[];
  /** Everything that the selection takes, from where the page begins up to here (down to here), is in it. */
  readonly through: number;
  /** True when the log goes on beyond `through`: the page was cut by its limit, its bytes, or how much it looks at. */
  readonly more: boolean;
}

/** Bytes of data that one page looks at: a filter may have to parse them all. */
const scannedBytesMax = 64 * 1024 * 1024;

/**
 * A page while it is filled, from the ring or from the store. Where it ends depends on nothing but the events of its
 * tenant, so that a page that was cut is the same whenever, and wherever from, it is read again.
 */
export class PageBuilder {
  readonly #selection: Selection;
  readonly #limit: number;
  readonly #events: StoredEvent[] = [];
  /** As many of them are not parts of a larger read. */
  #detached = 0;
  #bytes = 0;
  #scanned = 0;
  #scannedBytes = 0;
  #through: number;

  constructor(selection: Selection, limit: number, from: number) {
    this.#selection = selection;
    this.#limit = limit;
    this.#through = from;
  }

  get count(): number {
    return this.#events.length;
  }

  /** Events that it would still take, and look at. */
  get room(): { readonly events: number; readonly scanned: number } {
    return { events: this.#limit - this.count, scanned: limits.scannedPerPage - this.#scanned };
  }

  /** Offers the next event; answers false when the page is full, and ends at or before it. */
  offer(event: StoredEvent): boolean {
    if (event.tenant !== this.#selection.tenant) return true;
    const length = eventBytes(event);
    const isTaken = this.#selection.takes(event);
    if (isTaken) {
      if (this.count > 0 && this.#bytes + length > limits.pageBytes) return false;
      this.#events.push(event);
      this.#bytes += length;
    }
    this.#through = event.position;
    this.#scanned += 1;
    this.#scannedBytes += length;
    return this.count < this.#limit && this.#scanned < limits.scannedPerPage && this.#scannedBytes < scannedBytesMax;
  }

  /**
   * What was read from the store at once has its data in one buffer, which a small event would keep in memory whole:
   * where little of it was taken, that is copied.
   */
  detach(read: readonly StoredEvent[]): void {
    const from = this.#detached;
    this.#detached = this.#events.length;
    const bytesOf = (events: readonly StoredEvent[]): number =>
      events.reduce((sum, event) => sum + eventBytes(event), 0);
    if (bytesOf(this.#events.slice(from)) * 2 >= bytesOf(read)) return;
    for (const [index, event] of this.#events.entries()) {
      if (index >= from)
        this.#events[index] = { ...event, data: copyOf(event.data), request: event.request && copyOf(event.request) };
    }
  }

  /** The page when it is full; the log ends at `end`. */
  cut(end: number): FeedPage {
    return this.cutAt(this.#through, end);
  }

  /** The page when everything up to `through` was offered and there is no time for more. */
  cutAt(through: number, end: number): FeedPage {
    return { events: this.#events, through, more: through !== end };
  }

  /** The page when there was nothing more to offer up to `end`. */
  finish(end: number): FeedPage {
    return { events: this.#events, through: end, more: false };
  }
}

/** `slice` of a Buffer would be a part of it. */
const copyOf = (bytes: Uint8Array): Uint8Array => Uint8Array.prototype.slice.call(bytes);
