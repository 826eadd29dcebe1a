/** Reads pages of what is there: [page] → wait → stream. From the ring at the log's end, or else from the store. */
import { cursorAt } from "../core/epochs.ts";
import { TrotlineError } from "../core/errors.ts";
import type { StoredEvent } from "../core/event.ts";
import { limits } from "../core/limits.ts";
import type { EventLog } from "../log/event-log.ts";
import type { Tail } from "../log/tail.ts";
import { Gate } from "./gate.ts";
import { type FeedPage, PageBuilder } from "./page-builder.ts";
import type { Selection } from "./selection.ts";
import { type TimeSlice, Turns } from "./time-slice.ts";

/** Rows that are read from the store at once for a selection that leaves some out. */
const rowsPerRead = 500;
/** Pages that are read from the store at a time: each holds what it took, and what was read last. */
const storePagesMax = 64;
/** Retention may have removed this many events before this process hears of it. */
const trimmedUnheardMax = 20_000;

interface Asked {
  readonly selection: Selection;
  readonly limit: number;
  /** Asked between the slices of a long reading: true where nobody is left to read the page. */
  readonly isGone?: () => boolean;
}

interface AskedBack extends Asked {
  readonly before: number;
  readonly downTo?: number;
}

interface Reading {
  readonly selection: Selection;
  readonly builder: PageBuilder;
  readonly slice: TimeSlice;
  readonly isGone: () => boolean;
  /** True once it reads from the store. */
  isInside: boolean;
}

export class PageReader {
  readonly #events: EventLog;
  readonly #tail: Tail;
  readonly #turns = new Turns();
  readonly #gate = new Gate(storePagesMax);

  constructor(parts: { readonly events: EventLog; readonly tail: Tail }) {
    this.#events = parts.events;
    this.#tail = parts.tail;
  }

  /** The page beyond `after`, up to the head as it is when the reading begins. */
  async page({ after, ...asked }: Asked & { readonly after: number }): Promise<FeedPage> {
    const reading = this.#begin(asked, after);
    try {
      return await this.#pageForward(reading, after);
    } finally {
      this.#end(reading);
    }
  }

  /** The page below `before`, down to the earliest event, or to `downTo`. */
  async pageBack({ before, downTo = 0, ...asked }: AskedBack): Promise<FeedPage> {
    const start = Math.min(before, this.#tail.head + 1);
    const reading = this.#begin(asked, start);
    try {
      return await this.#pageDown(reading, start, Math.max(this.#events.bounds().earliest, downTo));
    } finally {
      this.#end(reading);
    }
  }

  async #pageForward(reading: Reading, after: number): Promise<FeedPage> {
    const head = this.#tail.head;
    for (let through = after; through < head; ) {
      const event = this.#tail.get(through + 1);
      if (event === undefined) {
        const read = await this.#readForward(reading, through, head);
        if (read === null) return reading.builder.cut(head);
        through = read;
      } else {
        const isOffered = this.#offer(reading, event);
        if (isOffered !== true && !(await isOffered)) return reading.builder.cut(head);
        through += 1;
      }
    }
    return reading.builder.finish(Math.max(after, head));
  }

  async #pageDown(reading: Reading, start: number, earliest: number): Promise<FeedPage> {
    for (let through = start; through > earliest; ) {
      const event = this.#tail.get(through - 1);
      if (event === undefined) {
        const read = await this.#readBack(reading, through, earliest);
        if (read === null) return reading.builder.cut(earliest);
        through = read;
      } else {
        const isOffered = this.#offer(reading, event);
        if (isOffered !== true && !(await isOffered)) return reading.builder.cut(earliest);
        through -= 1;
      }
    }
    return reading.builder.finish(Math.min(start, earliest, this.#tail.head));
  }

  #begin({ selection, limit, isGone = () => false }: Asked, from: number): Reading {
    const builder = new PageBuilder(selection, limit, from);
    return { selection, builder, slice: this.#turns.firstSlice(), isGone, isInside: false };
  }

  #end(reading: Reading): void {
    if (reading.isInside) this.#gate.leave();
  }

  /** Before the first read of the store. False where nobody is left to read the page. */
  async #enter(reading: Reading): Promise<boolean> {
    if (reading.isInside) return true;
    await this.#gate.enter();
    reading.isInside = true;
    return !reading.isGone();
  }

  /** Offers one read of the store; answers how far it went, or null when the page is full. */
  async #readForward(reading: Reading, after: number, head: number): Promise<number | null> {
    if (!(await this.#enter(reading))) return null;
    this.#requireKept(after, this.#events.bounds().earliest);
    const { tenant } = reading.selection;
    const { events, through } = await this.#events.read({ after, tenant, ...this.#sizes(reading) });
    await this.#requireNothingTrimmed(after);
    // What this process has not announced yet is for the next page.
    const announced = events.filter(({ position }) => position <= head);
    return (await this.#offerRead(reading, announced)) ? Math.min(through, head) : null;
  }

  async #readBack(reading: Reading, before: number, earliest: number): Promise<number | null> {
    if (!(await this.#enter(reading))) return null;
    const { tenant } = reading.selection;
    const { events, through } = await this.#events.readBack({ before, tenant, ...this.#sizes(reading) });
    const wanted = events.filter(({ position }) => position >= earliest);
    return (await this.#offerRead(reading, wanted)) ? Math.max(through, earliest) : null;
  }

  async #offerRead(reading: Reading, events: readonly StoredEvent[]): Promise<boolean> {
    try {
      for (const event of events) {
        const isOffered = this.#offer(reading, event);
        if (isOffered !== true && !(await isOffered)) return false;
      }
      return true;
    } finally {
      reading.builder.detach(events);
    }
  }

  /** False where the page is full, or nobody is left to read it. Without a promise where the slice goes on. */
  #offer({ builder, slice, isGone }: Reading, event: StoredEvent): boolean | Promise<boolean> {
    if (!builder.offer(event)) return false;
    return slice.isOver ? this.#turns.next(slice).then(() => !isGone()) : true;
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
