/** Looks after the outbox: moves what was committed there, page by page, and empties its tables behind that. */
import type { LogBounds } from "../event-log.ts";
import type { Outbox, OutboxReadings, OutboxRules } from "../outbox.ts";
import { type MovedPage, moveOutboxPage } from "./outbox-page.ts";
import type { StoreParts } from "./parts.ts";

/** Of the event log: where it stands, and how its listeners hear of events that others stored. */
export interface OutboxLog {
  bounds(): LogBounds;
  announced(): Promise<void>;
}

/** Between two looks after one that found something; while nothing comes it doubles, up to `pollMs`. */
const busyPauseMs = 100;
const pollMsDefault = 1000;
const failurePauseMs = 1000;
/** What waits is counted so often while pages are full, and what was refused while they are not. */
const sampleEveryMs = { queue: 5000, rest: 60_000 } as const;
/** Looks at the tables: after rows were moved, and where none was but some table still holds rows. */
const rotateEveryMs = { moved: 1000, rest: 10_000 } as const;
/** The table that is being written is emptied, too, when it is as large, or its oldest row as old. */
const writtenBytesMax = 16 * 1024 * 1024;
const writtenAgeMsMax = 3_600_000;

export class OutboxDrainer implements Outbox {
  readonly #parts: StoreParts;
  readonly #log: OutboxLog;
  readonly #pollMs: number;
  #readings: OutboxReadings = { waiting: 0, oldestAgeMs: 0, refused: 0 };
  #running: Promise<void> | null = null;
  #isStopped = false;
  #hasFailed = false;
  #wake: () => void = () => {};
  #sampledAtMs = Number.NEGATIVE_INFINITY;
  #rotatedAtMs = Number.NEGATIVE_INFINITY;
  #hasMoved = false;
  /** Tables hold rows until it is known that they do not. */
  #holdsRows = true;

  /** `pollMs`: how long the outbox is left alone, at most, while nothing comes. */
  constructor(parts: StoreParts, log: OutboxLog, pollMs: number = pollMsDefault) {
    this.#parts = parts;
    this.#log = log;
    this.#pollMs = pollMs;
  }

  start(rules: OutboxRules): void {
    if (this.#isStopped) return;
    this.#running ??= this.#run(rules);
  }

  readings(): OutboxReadings {
    return this.#readings;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake();
    await this.#running;
  }

  async #run(rules: OutboxRules): Promise<void> {
    const pollMs = this.#pollMs;
    let pauseMs = 0;
    while (!this.#isStopped) {
      try {
        const page = await this.#movePage(rules);
        const isEmpty = page.stored + page.duplicates + page.refused === 0;
        pauseMs = isEmpty ? Math.min(pollMs, Math.max(pauseMs * 2, busyPauseMs)) : Math.min(pollMs, busyPauseMs);
        // To read and judge the same pages as another process does moves nothing sooner.
        if (page.isAnothers) pauseMs = Math.min(pollMs, busyPauseMs) * (1 + Math.random());
        else if (page.more) pauseMs = 0;
        else await this.#tidy();
        this.#hasFailed = false;
      } catch (error) {
        this.#failed(error);
        pauseMs = Math.max(pollMs, failurePauseMs);
      }
      if (pauseMs > 0) await this.#pause(pauseMs);
    }
  }

  async #movePage(rules: OutboxRules): Promise<MovedPage> {
    const { database, clock } = this.#parts;
    const place = () => ({ head: this.#log.bounds().head, nowMs: clock.steadyMs() });
    const page = await moveOutboxPage(database.run, rules, place);
    const { stored, duplicates, refused } = page;
    if (stored + duplicates + refused > 0) {
      this.#hasMoved = true;
      rules.onPublished?.({ stored, duplicates, refused });
    }
    if (page.refusal !== null) this.#tellRefusal(page.refusal, refused);
    if (stored > 0) await this.#log.announced();
    if (!page.isAnothers) await this.#sample(page.more, refused > 0);
    return page;
  }

  /** What waits is counted only while a page does not hold all of it. */
  async #sample(more: boolean, hasRefused: boolean): Promise<void> {
    const now = performance.now();
    if (!more) this.#readings = { ...this.#readings, waiting: 0, oldestAgeMs: 0 };
    const isDue = now - this.#sampledAtMs >= (more ? sampleEveryMs.queue : sampleEveryMs.rest);
    if (!isDue && !hasRefused) return;
    this.#sampledAtMs = now;
    const [row] = await this.#parts.database.run("outbox-waiting");
    this.#readings = {
      waiting: row?.waiting as number,
      oldestAgeMs: row?.oldest_age_ms as number,
      refused: row?.refused as number,
    };
  }

  async #tidy(): Promise<void> {
    if (!this.#hasMoved && !this.#holdsRows) return;
    const now = performance.now();
    if (now - this.#rotatedAtMs < (this.#hasMoved ? rotateEveryMs.moved : rotateEveryMs.rest)) return;
    this.#rotatedAtMs = now;
    this.#hasMoved = false;
    const [row] = await this.#parts.database.run("outbox-rotate", [writtenBytesMax, writtenAgeMsMax]);
    this.#holdsRows = (row?.kept as number) > 0;
  }

  #tellRefusal({ code, detail }: { code: string; detail: string }, count: number): void {
    const facts = { code, detail, count };
    this.#parts.logger.warn(facts, "Rows of the outbox cannot become events; they are in trotline.outbox_refused.");
  }

  /** Once, until it works again: whoever owns the connections tells of the database itself. */
  #failed(error: unknown): void {
    if (this.#hasFailed || this.#isStopped) return;
    this.#hasFailed = true;
    this.#parts.logger.warn({ err: error }, "The outbox could not be moved; trying again.");
  }

  #pause(pauseMs: number): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pauseMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
