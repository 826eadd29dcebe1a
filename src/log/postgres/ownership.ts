/**
 * One process at a time moves a store into a database. Who does has a lease, which it renews; each of its transactions
 * checks the number that it was given with it, so that a move that was stopped for longer changes nothing on waking.
 */
import { TrotlineError } from "../../core/errors.ts";
import type { Logger } from "../../core/ports.ts";
import type { Database, Run } from "./database.ts";

export interface OwnershipOptions {
  /** Nothing else may make it wait. */
  readonly database: Database;
  /** Who this process is, for people. */
  readonly holder: string;
  readonly leaseMs: number;
  readonly logger: Logger;
  /** Told who has the store, once, before it is waited for. */
  readonly onHeld: (who: string) => void;
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

  private constructor(fence: number, options: OwnershipOptions) {
    this.fence = fence;
    this.#options = options;
    this.#renewIn(options.leaseMs / renewals);
  }

  /** Waits where another process has the store. */
  static async take(options: OwnershipOptions): Promise<Ownership> {
    const { database, holder, leaseMs, onHeld, logger, signal } = options;
    for (let isFirst = true; ; isFirst = false) {
      signal?.throwIfAborted();
      try {
        const [row] = await database.run("ownership-take", [holder, leaseMs]);
        if (typeof row?.fence === "number") return new Ownership(row.fence, options);
        if (isFirst) onHeld(String((await database.run("ownership-holder"))[0]?.holder));
      } catch (error) {
        if (isFirst || !(error instanceof TrotlineError) || error.code !== "store-unavailable") throw error;
        logger.warn({ detail: error.message }, "waiting for another move to end, without the database");
      }
      await pause(Math.min(lookMsMax, leaseMs / looks), signal);
    }
  }

  /** One transaction, refused with `store-lost` where another process has the store. */
  async write<Result>(database: Database, work: (run: Run) => Promise<Result>): Promise<Result> {
    if (this.#lost !== null) throw this.#lost;
    try {
      return await database.transaction(async (run) => {
        // Not waited for: what comes next is on its way with it, and fails where it does.
        const checked = run("ownership-check", [this.fence]);
        checked.catch(() => {});
        const result = await work(run);
        await checked;
        return result;
      });
    } catch (error) {
      if (error instanceof TrotlineError && error.code === "store-lost") this.#noteLost(error);
      throw error;
    }
  }

  /** Gives the store up, so that another process need not wait. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#renewing;
    if (this.#lost === null) await this.#options.database.run("ownership-release", [this.fence]).catch(() => {});
  }

  #noteLost(error: TrotlineError): void {
    this.#lost ??= error;
    if (this.#timer !== null) clearTimeout(this.#timer);
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
        this.#noteLost(new TrotlineError("store-lost", "Another process has taken the store over."));
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
