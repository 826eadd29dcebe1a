/**
 * Adds up what the journal tells of attempts, beside it and behind it: page after page beyond the last attempt that is
 * counted, with a rest after each. Where several processes share a store any of them does it, and each page is added
 * once.
 */
import type { Clock, Logger } from "../core/ports.ts";
import { minutesAgeMs } from "../log/statistics-rows.ts";
import type { StatisticsStore } from "../log/statistics-store.ts";
import type { Store } from "../log/store.ts";

export interface RollOptions {
  readonly store: Pick<Store, "counters"> & { readonly statistics: StatisticsStore };
  readonly clock: Clock;
  readonly logger: Logger;
  /** How old steps of an hour become. */
  readonly attemptsAgeMs: number;
  readonly attemptsPerPage?: number;
}

/** One page of PostgreSQL is added up in the thread that serves, within a few milliseconds. */
const attemptsPerPageDefault = 1000;
/** Between two looks: the longer, the longer nothing came. */
const pauseMs = { least: 500, most: 8000 };
/** A rest is so many times what the page took, so that most of the time is left for sending. */
const restPerWork = 6;
const restMs = { least: 5, most: 1000 };
const trimEveryMs = 600_000;
const rowsPerTrim = 500;

export class StatisticsRoll {
  readonly #options: RollOptions;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> = Promise.resolve();
  #pauseMs = pauseMs.least;
  /** Of the store, when it was looked at last and nothing was left. */
  #commits = -1;
  #trimmedAtMs: number | null = null;
  #isClosed = false;
  #wake = (): void => {};

  constructor(options: RollOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => void this.#turn(), this.#pauseMs).unref();
  }

  /** Somebody reads what is counted. */
  soon(): void {
    if (this.#timer === null || this.#pauseMs === pauseMs.least) return;
    clearTimeout(this.#timer);
    this.#pauseMs = pauseMs.least;
    this.start();
  }

  /** Counts what is journalled now. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#roll()).catch((error: unknown) => this.#failed(error));
    return this.#looking;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#wake();
    await this.#looking;
  }

  async #turn(): Promise<void> {
    this.#timer = null;
    const { commits } = this.#options.store.counters();
    // Of a store that counts its own commits alone: nothing was written, so nothing was attempted.
    if (commits !== this.#commits) await this.look();
    this.start();
  }

  async #roll(): Promise<void> {
    const { store } = this.#options;
    // Before the look: what is written during it may be attempts that it does not see.
    const { commits } = store.counters();
    const { rolledTo, lastSequence } = await store.statistics.state();
    this.#pauseMs = rolledTo < lastSequence ? pauseMs.least : Math.min(pauseMs.most, 2 * this.#pauseMs);
    for (let after = rolledTo; after < lastSequence && !this.#isClosed; ) {
      const startedAtMs = this.#options.clock.steadyMs();
      after = await this.#page(after, lastSequence);
      if (after < lastSequence) await this.#rest(this.#options.clock.steadyMs() - startedAtMs);
    }
    if (!this.#isClosed) await this.#trim();
    this.#commits = commits;
  }

  /** Answers up to where attempts are counted now. */
  async #page(after: number, lastSequence: number): Promise<number> {
    const { statistics } = this.#options.store;
    const limit = this.#options.attemptsPerPage ?? attemptsPerPageDefault;
    const minutesFromMs = this.#options.clock.steadyMs() - minutesAgeMs;
    const page = await statistics.page({ after, limit, minutesFromMs });
    // What is not there any more left before it was counted.
    const through = page.attempts === 0 ? lastSequence : page.through;
    if (await statistics.add({ ...page, after, through })) return through;
    return (await statistics.state()).rolledTo;
  }

  /** Ages are told by the clock that does not step: a wrong clock must not empty the tables. */
  async #trim(): Promise<void> {
    const nowMs = this.#options.clock.steadyMs();
    if (this.#trimmedAtMs !== null && nowMs < this.#trimmedAtMs + trimEveryMs) return;
    const minutesBeforeMs = nowMs - minutesAgeMs;
    const rule = { minutesBeforeMs, hoursBeforeMs: nowMs - this.#options.attemptsAgeMs, rowsMax: rowsPerTrim };
    while (!this.#isClosed && (await this.#options.store.statistics.trim(rule))) await this.#rest(restMs.least);
    this.#trimmedAtMs = nowMs;
  }

  #rest(workMs: number): Promise<void> {
    const timeMs = Math.min(restMs.most, Math.max(restMs.least, restPerWork * workMs));
    return new Promise((resolve) => {
      if (this.#isClosed) return resolve();
      const timer = setTimeout(resolve, timeMs).unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #failed(error: unknown): void {
    if (!this.#isClosed) this.#options.logger.warn({ err: error }, "Statistics could not be counted; trying again.");
  }
}
