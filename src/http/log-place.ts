/** A place in the log, as requests name it: `earliest`, `latest`, a cursor, an event's id, or a time. */
import { type Cursor, decodeCursor } from "../core/cursor.ts";
import { cursorAt, placeOf } from "../core/epochs.ts";
import { TrotlineError } from "../core/errors.ts";
import type { EventLog, LogBounds } from "../log/event-log.ts";
import { readTime } from "./wire-time.ts";

const timePrefix = "time:";

/**
 * The position after which reading begins; an event's id stands for the place behind it, as its cursor does. Refuses
 * with `cursor-invalid`, `cursor-forked` (the log went another way) and `cursor-expired` (older than what is stored);
 * the last two name a cursor to go on from.
 */
export async function positionOf(place: string, log: { events: EventLog; tenant: string }): Promise<number> {
  const bounds = log.events.bounds();
  if (place === "latest") return bounds.head;
  if (place === "earliest") return bounds.earliest - 1;
  if (place.startsWith(timePrefix)) {
    const timeMs = readTime(place.slice(timePrefix.length));
    if (timeMs === null) throw invalid(`\`${place}\` has no time of RFC 3339, such as 2026-01-31T12:00:00Z.`);
    return Math.max(await log.events.positionBefore(timeMs), bounds.earliest - 1);
  }
  const cursor = decodeCursor(place);
  if (cursor !== null) {
    const isAhead = placeOf(bounds.epochs, bounds.head, cursor).kind === "forked";
    // Another process may have shown what this one has not heard of.
    if (isAhead) await log.events.catchUp?.();
    return positionOfCursor(cursor, log.events.bounds());
  }
  const event = await log.events.find(log.tenant, place);
  if (event !== null) return event.position;
  throw invalid(`\`${place}\` is neither a cursor nor the id of an event of the tenant \`${log.tenant}\`.`);
}

function positionOfCursor(cursor: Cursor, { epochs, earliest, head }: LogBounds): number {
  const place = placeOf(epochs, head, cursor);
  const oldest = earliest - 1;
  if (place.kind === "forked") {
    const resume = cursorAt(epochs, Math.max(place.resumeAfter, oldest));
    const detail =
      "The log went another way before the cursor: it is a copy that was put in place of the one it is of.";
    throw new TrotlineError("cursor-forked", detail, { resume });
  }
  if (place.position < oldest) {
    const lost = oldest - place.position;
    const resume = cursorAt(epochs, oldest);
    throw new TrotlineError("cursor-expired", `${lost} events after the cursor left the log.`, { resume, lost });
  }
  return place.position;
}

const invalid = (detail: string): TrotlineError => new TrotlineError("cursor-invalid", detail);
