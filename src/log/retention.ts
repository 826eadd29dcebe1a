/**
 * Retention by age and by size, in steps so small that publishers do not notice them. Each process that shares a store
 * does it, and tells its own lanes of what left, whoever removed it.
 */
import type { Clock, Logger } from "../core/ports.ts";
import type { ShardLease } from "../core/shard.ts";
import type { TrimResult } from "./event-log.ts";
import type { Store } from "./store.ts";

export interface RetentionRule {
  readonly eventsAgeMs: number;
  readonly eventsBytesMax: number | null;
  readonly attemptsAgeMs: number;
}

/** Rows that one step removes: about as much work as one group of publishers'. */
const rowsPerStep = 1000;
const lookEveryMs = 10_000;
/** Between two steps, so that the writer is free for others most of the time. */
const breathMs = 10;

export class Retention {
  readonly #store: Store;
  readonly #rule: RetentionRule;
  readonly #machine: { clock: Clock; logger: Logger };
  readonly #onTrimmed: (result: TrimResult) => void;
  readonly #leases: () => readonly ShardLease[];
  /** The first position that is stored, as lanes were told last: other processes may have moved it. */
  #toldEarliest = 0;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(
    store: Store,
    rule: RetentionRule,
    parts: {
      clock: Clock;
      logger: Logger;
      onTrimmed: (result: TrimResult) => void;
      /** The shards whose lanes run here. */
      leases: () => readonly ShardLease[];
    },
  ) {
    this.#store = store;
    this.#rule = rule;
    this.#machine = parts;
    this.#onTrimmed = parts.onTrimmed;
    this.#leases = parts.leases;
  }

  start(): void {
    this.#timer = setTimeout(() => {
      this.#running = this.run().catch((error: unknown) => {
        this.#machine.logger.warn({ err: error }, "Retention could not run; trying again.");
      });
      void this.#running.then(() => (this.#isClosed ? undefined : this.start()));
    }, lookEveryMs).unref();
  }

  /**
   * Removes all that is to go now. Ages are told by the clock that does not step: a wrong clock must not empty the log.
   */
  async run(): Promise<void> {
    const { eventsAgeMs, eventsBytesMax, attemptsAgeMs } = this.#rule;
    for (let more = true; more && !this.#isClosed; ) {
      const olderThanMs = this.#machine.clock.steadyMs() - eventsAgeMs;
      const leases = this.#leases();
      const rule = { olderThanMs, bytesMax: eventsBytesMax, rowsMax: rowsPerStep, leases };
      const result = await this.#store.events.trim(rule);
      const { earliest } = result.bounds;
      if (earliest !== this.#toldEarliest || result.cancelled.size > 0) this.#onTrimmed(result);
      this.#toldEarliest = earliest;
      more = result.more;
      if (more) await this.#breathe();
    }
    for (let more = true; more && !this.#isClosed; ) {
      const olderThanMs = this.#machine.clock.steadyMs() - attemptsAgeMs;
      more = await this.#store.journal.trimAttempts({ olderThanMs, rowsMax: rowsPerStep });
      if (more) await this.#breathe();
    }
    for (let more = true; more && !this.#isClosed; ) {
      const olderThanMs = this.#machine.clock.steadyMs() - attemptsAgeMs;
      more = await this.#store.sources.trimReceipts({ olderThanMs, rowsMax: rowsPerStep });
      if (more) await this.#breathe();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#running;
  }

  #breathe(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, breathMs).unref());
  }
}
