import type { StoredEvent } from "../../core/event.ts";
import type { PublishedEvent } from "../event-log.ts";
import type { Row } from "./database.ts";

/** Of the columns of the statements that read events (see sql/events-page.sql). */
export function storedEventOf(row: Row): StoredEvent {
  return {
    id: row.id as string,
    tenant: row.tenant as string,
    type: row.type as string,
    subject: row.subject as string | null,
    occurredAtMs: row.occurred_at_ms as number,
    version: row.version as string | null,
    data: row.data as Uint8Array,
    request: row.request as Uint8Array | null,
    position: row.position as number,
    acceptedAtMs: row.accepted_at_ms as number,
  };
}

export function storedEvent(event: PublishedEvent, position: number, acceptedAtMs: number): StoredEvent {
  const { occurredAtWasGiven: _, ...published } = event;
  return { ...published, position, acceptedAtMs };
}
