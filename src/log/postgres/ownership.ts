/**
 * One process at a time works on a store. Who does has a lease, which it renews; each of its transactions checks the
 * number that it was given with it, so that a process that was stopped for longer changes nothing when it goes on.
 */
import { TrotlineError } from "../../core/errors.ts";
import type { Logger } from "../../core/ports.ts";
import type { Database } from "./database.ts";

export interface Holder {
  readonly holder: string;
  readonly sinceMs: number;
}

export interface OwnershipOptions {
  /** Nothing else may make it wait. */
  readonly database: Database;
  /** Who this process is, for people. */
  readonly holder: string;
  readonly leaseMs: number;
  readonly logger: Logger;
  /** Told who has the store, once, before it is waited for; null: not waited for. */
  readonly onStandby: ((who: Holder) => void) | null;
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
}

/** Of a lease: between renewals, between attempts to renew, and between looks at somebody else's. */
const renewals = 4;
const retries = 12;
const looks = 10;
const lookMsMax = 1000;

export class Ownership {
  readonly fence: number;
  readonly #options: OwnershipOptions;
  #timer: NodeJS.Timeout | null = null;
  #renewing: Promise<void> = Promise.resolve();
  #lost: TrotlineError | null = null;
  #isClosed = false;
  readonly #listeners: ((error: TrotlineError) => void)[] = [];

  private constructor(fence: number, options: OwnershipOptions) {
    this.fence = fence;
    this.#options = options;
    this.#renewIn(options.leaseMs / renewals);
  }

  /** Rejects with `store-locked` where another process has the store and is not to be waited for. */
  static async take(options: OwnershipOptions): Promise<Ownership> {
    const { database, holder, leaseMs, onStandby, logger, signal } = options;
    for (let isFirst = true; ; isFirst = false) {
      signal?.throwIfAborted();
      try {
        const [row] = await database.run("ownership-take", [holder, leaseMs]);
        if (typeof row?.fence === "number") return new Ownership(row.fence, options);
        if (isFirst) await Ownership.#standBy(database, onStandby);
      } catch (error) {
        if (isFirst || !(error instanceof TrotlineError) || error.code !== "store-unavailable") throw error;
        logger.warn({ detail: error.message }, "standing by, without the database");
      }
      await pause(Math.min(lookMsMax, leaseMs / looks), signal);
    }
  }

  static async #standBy(database: Database, onStandby: OwnershipOptions["onStandby"]): Promise<void> {
    const [row] = await database.run("ownership-holder");
    const who: Holder = { holder: String(row?.holder), sinceMs: Number(row?.since) };
    if (onStandby === null) {
      const since = new Date(who.sinceMs).toISOString();
      throw new TrotlineError("store-locked", `The store belongs to the process ${who.holder}, since ${since}.`);
    }
    onStandby(who);
  }

  get lost(): TrotlineError | null {
    return this.#lost;
  }

  /** Told once, with `store-lost`. */
  onLost(listener: (error: TrotlineError) => void): void {
    if (this.#lost !== null) listener(this.#lost);
    else this.#listeners.push(listener);
  }

  /** Somebody found out that the store is another's. */
  noteLost(error: TrotlineError): void {
    if (this.#lost !== null || this.#isClosed) return;
    this.#lost = error;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#options.logger.error({ holder: this.#options.holder }, "another process has taken the store over");
    for (const listener of this.#listeners.splice(0)) listener(error);
  }

  /** Gives the store up, so that another process need not wait. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#renewing;
    if (this.#lost === null) await this.#options.database.run("ownership-release", [this.fence]).catch(() => {});
  }

  #renewIn(delayMs: number): void {
    if (this.#isClosed || this.#lost !== null) return;
    this.#timer = setTimeout(() => {
      this.#renewing = this.#renew();
    }, delayMs);
  }

  async #renew(): Promise<void> {
    const { database, leaseMs } = this.#options;
    try {
      const rows = await database.run("ownership-renew", [this.fence, leaseMs]);
      if (rows.length === 0)
        this.noteLost(new TrotlineError("store-lost", "Another process has taken the store over."));
      this.#renewIn(leaseMs / renewals);
    } catch {
      // A lease that ran out is renewed all the same, where nobody else has taken the store meanwhile.
      this.#renewIn(leaseMs / retries);
    }
  }
}

function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, delayMs * (1 - Math.random() / 4));
    signal?.addEventListener("abort", done);
  });
}
