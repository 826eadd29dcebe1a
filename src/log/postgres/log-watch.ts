/**
 * Looks for events that others stored. A doorbell tells at once, where one can be heard; looking now and then finds
 * them also where it is dead. One statement for all who wait in this process.
 */
import { randomUUID } from "node:crypto";
import type { LogEnd } from "./log-end.ts";
import type { StoreParts } from "./parts.ts";

export interface LogWatchOptions {
  readonly hasDoorbell: boolean;
  /** Between two looks while others store events, and the longest while they do not. */
  readonly busyMs: number;
  readonly idleMs: number;
}

/** Rings of one process are at least so far apart. */
const ringMs = 20;

export class LogWatch {
  readonly #parts: StoreParts;
  readonly #end: LogEnd;
  readonly #options: LogWatchOptions;
  /** Whose ringing is not for us. */
  readonly #name = randomUUID();
  #pauseMs: number;
  #lookTimer: NodeJS.Timeout | null = null;
  #ringTimer: NodeJS.Timeout | null = null;
  #ringing: Promise<unknown> = Promise.resolve();
  #hasNews = false;
  #isClosed = false;

  constructor(parts: StoreParts, end: LogEnd, options: LogWatchOptions) {
    this.#parts = parts;
    this.#end = end;
    this.#options = options;
    this.#pauseMs = options.idleMs;
    const onNotify = (name: string): void => {
      if (name !== this.#name) this.#look();
    };
    if (options.hasDoorbell) parts.listener?.hear("trotline_log", onNotify);
    this.#lookLater();
  }

  /** This process stored something, and knows by that where the log ends: others are told, soon and once for many. */
  stored(): void {
    if (this.#isClosed) return;
    this.#lookLater();
    this.#hasNews = true;
    if (this.#ringTimer !== null) return;
    this.#ring();
    this.#ringTimer = setTimeout(() => {
      this.#ringTimer = null;
      if (this.#hasNews) this.stored();
    }, ringMs);
    this.#ringTimer.unref();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#lookTimer !== null) clearTimeout(this.#lookTimer);
    if (this.#ringTimer !== null) clearTimeout(this.#ringTimer);
    if (this.#hasNews) this.#ring();
    await this.#ringing;
  }

  /** Unheard, it costs others a moment: they look by themselves. */
  #ring(): void {
    this.#hasNews = false;
    this.#ringing = this.#parts.database.run("doorbell-ring", [this.#name]).catch(() => {});
  }

  #look(): void {
    if (this.#isClosed || this.#end.trouble() !== null) return;
    this.#end.look().then(
      (wasThereNews) => {
        const { busyMs, idleMs } = this.#options;
        this.#pauseMs = wasThereNews ? busyMs : Math.min(idleMs, this.#pauseMs * 2);
        this.#lookLater();
      },
      () => this.#lookLater(),
    );
  }

  #lookLater(): void {
    if (this.#isClosed) return;
    if (this.#lookTimer !== null) clearTimeout(this.#lookTimer);
    this.#lookTimer = setTimeout(() => this.#look(), this.#pauseMs);
    this.#lookTimer.unref();
  }
}
