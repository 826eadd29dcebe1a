/** Reads pages of what is there: [page] → wait → stream. From the ring at the log's end, or else from the store. */
import { cursorAt } from "../core/epochs.ts";
import { TrotlineError } from "../core/errors.ts";
import type { StoredEvent } from "../core/event.ts";
import { limits } from "../core/limits.ts";
import type { EventLog } from "../log/event-log.ts";
import type { Tail } from "../log/tail.ts";
import { type FeedPage, PageBuilder } from "./page-builder.ts";
import type { Selection } from "./selection.ts";
import { TimeSlice } from "./time-slice.ts";

/** Rows that are read from the store at once for a selection that leaves some out. */
const rowsPerRead = 500;
/** Retention may have removed this many events before this process hears of it. */
const trimmedUnheardMax = 20_000;

interface Reading {
  readonly selection: Selection;
  readonly builder: PageBuilder;
  readonly slice: TimeSlice;
}

export class PageReader {
  readonly #events: EventLog;
  readonly #tail: Tail;

  constructor(parts: { readonly events: EventLog; readonly tail: Tail }) {
    this.#events = parts.events;
    this.#tail = parts.tail;
  }

  /** The page beyond `after`, up to the head as it is when the reading begins. */
  async page({ selection, after, limit }: { selection: Selection; after: number; limit: number }): Promise<FeedPage> {
    const head = this.#tail.head;
    const reading = { selection, builder: new PageBuilder(selection, limit, after), slice: new TimeSlice() };
    for (let through = after; through < head; ) {
      const event = this.#tail.get(through + 1);
      if (event === undefined) {
        const read = await this.#readForward(reading, through, head);
        if (read === null) return reading.builder.cut(head);
        through = read;
      } else {
        if (!reading.builder.offer(event)) return reading.builder.cut(head);
        through += 1;
        if (reading.slice.isOver) await reading.slice.yield();
      }
    }
    return reading.builder.finish(Math.max(after, head));
  }

  /** The page below `before`, down to the earliest event. */
  async pageBack({
    selection,
    before,
    limit,
  }: {
    selection: Selection;
    before: number;
    limit: number;
  }): Promise<FeedPage> {
    const { earliest } = this.#events.bounds();
    const start = Math.min(before, this.#tail.head + 1);
    const reading = { selection, builder: new PageBuilder(selection, limit, start), slice: new TimeSlice() };
    for (let through = start; through > earliest; ) {
      const event = this.#tail.get(through - 1);
      if (event === undefined) {
        const read = await this.#readBack(reading, through, earliest);
        if (read === null) return reading.builder.cut(earliest);
        through = read;
      } else {
        if (!reading.builder.offer(event)) return reading.builder.cut(earliest);
        through -= 1;
        if (reading.slice.isOver) await reading.slice.yield();
      }
    }
    return reading.builder.finish(Math.min(start, earliest, this.#tail.head));
  }

  /** Offers one read of the store; answers how far it went, or null when the page is full. */
  async #readForward(reading: Reading, after: number, head: number): Promise<number | null> {
    this.#requireKept(after, this.#events.bounds().earliest);
    const { tenant } = reading.selection;
    const { events, through } = await this.#events.read({ after, tenant, ...this.#sizes(reading) });
    await this.#requireNothingTrimmed(after);
    for (const event of events) {
      // What this process has not announced yet is for the next page.
      if (event.position > head) return head;
      if (!(await this.#offer(reading, event))) return null;
    }
    return Math.min(through, head);
  }

  async #readBack(reading: Reading, before: number, earliest: number): Promise<number | null> {
    const { tenant } = reading.selection;
    const { events, through } = await this.#events.readBack({ before, tenant, ...this.#sizes(reading) });
    for (const event of events) {
      if (!(await this.#offer(reading, event))) return null;
    }
    return Math.max(through, earliest);
  }

  async #offer({ builder, slice }: Reading, event: StoredEvent): Promise<boolean> {
    if (!builder.offer(event)) return false;
    if (slice.isOver) await slice.yield();
    return true;
  }

  #sizes({ selection, builder }: Reading): { limit: number; bytesMax: number } {
    const { events, scanned } = builder.room;
    return { limit: Math.min(selection.takesAll ? events : rowsPerRead, scanned), bytesMax: limits.pageBytes };
  }

  /** Refuses with `cursor-expired` where events after the position have left the log. */
  #requireKept(after: number, earliest: number): void {
    if (earliest <= after + 1) return;
    const resume = cursorAt(this.#events.bounds().epochs, earliest - 1);
    const lost = earliest - 1 - after;
    throw new TrotlineError("cursor-expired", `${lost} events after the cursor left the log.`, { resume, lost });
  }

  /**
   * The store answers what it has: where retention ran while it was read, the beginning may be missing, and this
   * process hears of it only later. The event behind the position tells: where it is still there, nothing was missing.
   */
  async #requireNothingTrimmed(after: number): Promise<void> {
    const { earliest } = this.#events.bounds();
    this.#requireKept(after, earliest);
    if (after + 1 - earliest > trimmedUnheardMax) return;
    const { events } = await this.#events.read({ after, limit: 1, bytesMax: 1 });
    const [first] = events;
    if (first !== undefined) this.#requireKept(after, first.position);
  }
}
