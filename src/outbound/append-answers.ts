/** What publishers are told of what the log answered. */
import { cursorAt, type Epochs } from "../core/epochs.ts";
import { TrotlineError } from "../core/errors.ts";
import type { AppendedItem, EventLog } from "../log/event-log.ts";
import type { ReadingOptions } from "./read-events.ts";

export interface PublishCounts {
  readonly stored: number;
  readonly duplicates: number;
  readonly refused: number;
}

export interface PublisherOptions extends ReadingOptions {
  readonly events: EventLog;
  readonly onPublished: (counts: PublishCounts) => void;
}

export interface PublishedItem {
  readonly id: string;
  /** The event's own place in the log. */
  readonly cursor: string;
  /** True when the event was stored before. */
  readonly duplicate: boolean;
}

export const publishedItem = (item: AppendedItem, epochs: Epochs): PublishedItem => ({
  id: item.id,
  cursor: cursorAt(epochs, item.position),
  duplicate: item.outcome === "duplicate",
});

export const conflictError = (id: string): TrotlineError =>
  new TrotlineError("event-id-conflict", `The id \`${id}\` belongs to an event with other content.`, { field: "/id" });
