/** Reading the log. Nothing is read beyond what this process has shown: the cursors of that are known. */
import type { StoredEvent } from "../../core/event.ts";
import { eventBytes } from "../../core/event.ts";
import type { EventPage, ReadBackQuery, ReadQuery, Redeliveries } from "../event-log.ts";
import type { Row } from "./database.ts";
import type { LogEnd } from "./log-end.ts";
import type { StoreParts } from "./parts.ts";
import { isStorable } from "./storable-text.ts";
import { storedEventOf } from "./stored-event.ts";

export class EventReads {
  readonly #parts: StoreParts;
  readonly #end: LogEnd;

  constructor(parts: StoreParts, end: LogEnd) {
    this.#parts = parts;
    this.#end = end;
  }

  async read({ after, limit, bytesMax, tenant }: ReadQuery): Promise<EventPage> {
    const { head } = this.#end;
    const low = Math.max(after, this.#end.trimmedThrough);
    // Positions are dense: where all tenants are asked for, the page cannot go further.
    const high = tenant === undefined ? Math.min(head, low + limit) : head;
    const rows = await this.#page({ low, high, limit, bytesMax, isBackward: false, tenant });
    const page = cutPage(rows, { limit, bytesMax });
    // Fewer than there is room for: another process has trimmed the log meanwhile.
    return { events: page.events, through: page.last ?? Math.max(after, high) };
  }

  async readBack({ before, limit, bytesMax, tenant }: ReadBackQuery): Promise<EventPage> {
    const high = Math.min(before - 1, this.#end.head);
    const low = tenant === undefined ? high - limit : 0;
    const rows = await this.#page({ low, high, limit, bytesMax, isBackward: true, tenant });
    const page = cutPage(rows, { limit, bytesMax });
    return { events: page.events, through: page.last ?? Math.min(before, this.#end.trimmedThrough + 1) };
  }

  async find(tenant: string, id: string): Promise<StoredEvent | null> {
    const [row] = isStorable(id) ? await this.#parts.database.run("event-by-id", [tenant, id]) : [];
    if (row === undefined) return null;
    const event = storedEventOf(row);
    // Another process stored it a moment ago.
    if (event.position > this.#end.head) await this.#end.look();
    return event;
  }

  async redeliveries(position: number): Promise<Redeliveries> {
    const [row] = await this.#parts.database.run("redelivery-get", [position]);
    return row === undefined
      ? { count: 0, lastAtMs: null }
      : { count: Number(row.count), lastAtMs: Number(row.last_at_ms) };
  }

  async positionBefore(timeMs: number): Promise<number> {
    const [row] = await this.#parts.database.run("position-before", [timeMs, this.#end.head]);
    const position = Number(row?.position);
    if (position > Number(row?.trimmed_through)) return position;
    const lastLeftAtMs = row?.trimmed_accepted_at_ms;
    return typeof lastLeftAtMs === "number" && lastLeftAtMs < timeMs ? position : 0;
  }

  /** What had left the log is known when the page is: whoever reads it can tell what it lacks from what never was. */
  async #page(page: PageRange): Promise<readonly Row[]> {
    const { low, high, limit, bytesMax, isBackward, tenant } = page;
    const range = [low, high, limit, bytesMax, isBackward, tenant ?? null];
    const rows = await this.#parts.database.run("events-page", range);
    this.#end.trimmed(Number(rows[0]?.trimmed_through), Number(rows[0]?.trimmed_bytes));
    return rows.filter(({ position }) => position !== null);
  }
}

interface PageRange {
  readonly low: number;
  readonly high: number;
  readonly limit: number;
  readonly bytesMax: number;
  readonly isBackward: boolean;
  readonly tenant: string | undefined;
}

/** The rows that a page may have. `last`: the page ends there, and there may be more; null where it has all. */
function cutPage(
  rows: readonly Row[],
  { limit, bytesMax }: { limit: number; bytesMax: number },
): { events: StoredEvent[]; last: number | null } {
  const events: StoredEvent[] = [];
  let bytes = 0;
  for (const row of rows) {
    const event = storedEventOf(row);
    bytes += eventBytes(event);
    const last = events.at(-1);
    if (last !== undefined && bytes > bytesMax) return { events, last: last.position };
    events.push(event);
    if (events.length === limit) return { events, last: event.position };
  }
  // The first may have passed the bytes by itself.
  return { events, last: bytes > bytesMax ? (events.at(-1)?.position ?? null) : null };
}
