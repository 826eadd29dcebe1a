/** Retention by age and by size, in steps so small that publishers do not notice them. */
import type { Clock, Logger } from "../core/ports.ts";
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
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(
    store: Store,
    rule: RetentionRule,
    parts: { clock: Clock; logger: Logger; onTrimmed: (result: TrimResult) => void },
  ) {
    this.#store = store;
    this.#rule = rule;
    this.#machine = parts;
    this.#onTrimmed = parts.onTrimmed;
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
      const result = await this.#store.events.trim({ olderThanMs, bytesMax: eventsBytesMax, rowsMax: rowsPerStep });
      if (result.removed > 0) this.#onTrimmed(result);
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
