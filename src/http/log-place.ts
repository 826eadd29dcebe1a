/** A place in the log, as requests name it: `earliest`, `latest`, a cursor, an event's id, or a time. */
import { decodeCursor, encodeCursor } from "../core/cursor.ts";
import { TrotlineError } from "../core/errors.ts";
import type { EventLog } from "../log/event-log.ts";
import { readTime } from "./wire-time.ts";

const timePrefix = "time:";

/**
 * The position after which reading begins; an event's id stands for the place behind it, as its cursor does. Refuses
 * with `cursor-invalid`, `cursor-forked` (of another epoch) and `cursor-expired` (older than what is stored).
 */
export async function positionOf(place: string, log: { events: EventLog; tenant: string }): Promise<number> {
  const { earliest, head } = log.events.bounds();
  if (place === "latest") return head;
  if (place === "earliest") return earliest - 1;
  if (place.startsWith(timePrefix)) {
    const timeMs = readTime(place.slice(timePrefix.length));
    if (timeMs === null) throw invalid(`\`${place}\` has no time of RFC 3339, such as 2026-01-31T12:00:00Z.`);
    return Math.max(await log.events.positionBefore(timeMs), earliest - 1);
  }
  const cursor = decodeCursor(place);
  if (cursor !== null) return positionOfCursor(cursor, log.events);
  const event = await log.events.find(log.tenant, place);
  if (event !== null) return event.position;
  throw invalid(`\`${place}\` is neither a cursor nor the id of an event of the tenant \`${log.tenant}\`.`);
}

function positionOfCursor(cursor: { epoch: string; position: number }, events: EventLog): number {
  const { epoch, earliest, head } = events.bounds();
  const resume = encodeCursor({ epoch, position: earliest - 1 });
  if (cursor.epoch !== epoch) {
    throw new TrotlineError("cursor-forked", "The cursor is of a log that this one replaced.", { resume });
  }
  if (cursor.position > head) throw invalid("The cursor is beyond the end of the log.");
  if (cursor.position < earliest - 1) {
    const lost = earliest - 1 - cursor.position;
    throw new TrotlineError("cursor-expired", `${lost} events after the cursor left the log.`, { resume, lost });
  }
  return cursor.position;
}

const invalid = (detail: string): TrotlineError => new TrotlineError("cursor-invalid", detail);
