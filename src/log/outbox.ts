/**
 * A table that applications write events to in transactions of their own. Whoever owns the store moves what was
 * committed there into the log, each row once.
 */
import type { PublishedEvent } from "./event-log.ts";

export interface OutboxRules {
  /** Bytes of `data` of one event. */
  readonly eventBytesMax: number;
  /** Throws a `TrotlineError` where an event may not be stored for what it says. */
  readonly check: (event: PublishedEvent) => void;
  readonly onPublished?: (counts: OutboxCounts) => void;
}

/** Rows, by what became of them. */
export interface OutboxCounts {
  readonly stored: number;
  /** The log had the event already. */
  readonly duplicates: number;
  readonly refused: number;
}

export interface OutboxReadings {
  /** Rows that were committed and have not been moved, as it was seconds ago. */
  readonly waiting: number;
  /** Of the oldest of them, since its transaction began. */
  readonly oldestAgeMs: number;
  /** Rows that were kept because they cannot become events. */
  readonly refused: number;
}

export interface Outbox {
  /** Begins to move rows; nothing is moved before. */
  start(rules: OutboxRules): void;
  readings(): OutboxReadings;
  /** Answers when the page under way has been moved. */
  stop(): Promise<void>;
}
