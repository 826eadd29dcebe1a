/**
 * What `serve` runs: an app and the server before it, until a signal ends them. Where the log turns out to be another
 * one than it was, after a failover or a restore, both are opened anew at the same address.
 */
import { setTimeout as delay } from "node:timers/promises";
import { type App, createApp } from "../app.ts";
import type { Config } from "../config/options.ts";
import { TrotlineError } from "../core/errors.ts";
import type { Logger } from "../core/ports.ts";
import { type RunningServer, startServer } from "../http/server.ts";
import { appOptions } from "./app-options.ts";
import { exitCodes } from "./exit-codes.ts";
import { failureText, openingFailure } from "./failure-text.ts";

export interface ServingOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** The first admin key of a store: to be printed once. */
  readonly onFirstKey: (key: string) => void;
  readonly machine?: ServingMachine;
}

/** What tests have instead. */
export interface ServingMachine {
  readonly exit: (code: number) => void;
  /** For how long a store that cannot be opened anew is tried. */
  readonly reopenMsMax: number;
}

/** Of a database that comes back, as one that was restarted does, and of whoever puts it back. */
const reopenMsMax = 600_000;
const reopenPauseMs = { first: 200, most: 2000 } as const;
/** For answers that are under way: nothing that waits to be written about the log that is gone ever will be. */
const forkedGraceMs = 1000;

export class Serving {
  readonly #options: ServingOptions;
  readonly #machine: ServingMachine;
  #app: App;
  #server: RunningServer;
  /** Set to the port that was found, where any was good. */
  #port: number;
  readonly #stop = new AbortController();
  #reopening: Promise<void> = Promise.resolve();
  /** The end of what is open now. */
  #closed: Promise<unknown> | null = null;

  private constructor(options: ServingOptions, app: App, server: RunningServer) {
    this.#options = options;
    this.#machine = options.machine ?? { exit: (code) => process.exit(code), reopenMsMax };
    this.#app = app;
    this.#server = server;
    this.#port = Number(new URL(server.url).port);
    this.#watch();
  }

  static async start(options: ServingOptions): Promise<Serving> {
    const app = await openApp(options);
    return new Serving(options, app, await listen(app, options.config));
  }

  get url(): string {
    return this.#server.url;
  }

  /** The store takes no writes. */
  get isRefusing(): boolean {
    return this.#app.store.trouble() !== null;
  }

  /** Both at once, within one grace: a request may wait for an attempt that only the app can end. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#reopening;
    await this.#closeBoth();
  }

  #closeBoth(): Promise<unknown> {
    this.#closed ??= Promise.all([this.#server.close(), this.#app.close()]);
    return this.#closed;
  }

  #watch(): void {
    this.#app.store.onLost?.((error) => {
      if (this.#stop.signal.aborted) return;
      if (error instanceof TrotlineError && error.code === "store-forked") this.#reopening = this.#reopen();
      else void this.#end(error);
    });
  }

  /** A newer program has the store to itself: what is under way ends in order. */
  async #end(error: unknown): Promise<void> {
    process.stderr.write(`${failureText(error)}\n`);
    await this.close().catch((closing: unknown) => {
      this.#options.logger.error({ err: closing }, "The stop failed.");
    });
    this.#machine.exit(exitCodes.storeLost);
  }

  async #reopen(): Promise<void> {
    const { logger } = this.#options;
    logger.warn({}, "The store is not the one that it was: it is opened anew.");
    this.#app.store.endWithin?.(forkedGraceMs);
    await this.#closeBoth().catch((error: unknown) => {
      logger.error({ err: error }, "What knew the store as it was did not end as it should.");
    });
    const untilMs = performance.now() + this.#machine.reopenMsMax;
    let pauseMs: number = reopenPauseMs.first;
    while (!this.#stop.signal.aborted) {
      try {
        await this.#open();
        logger.warn({ url: this.url }, "The store was opened anew.");
        return;
      } catch (error) {
        if (performance.now() >= untilMs || isHopeless(error)) {
          process.stderr.write(`${failureText(error)}\n`);
          this.#machine.exit(exitCodes.storeLost);
          return;
        }
        logger.warn({ err: error }, "The store could not be opened anew; trying again.");
      }
      await delay(pauseMs, undefined, { signal: this.#stop.signal }).catch(() => {});
      pauseMs = Math.min(2 * pauseMs, reopenPauseMs.most);
    }
  }

  async #open(): Promise<void> {
    const app = await openApp(this.#options);
    this.#server = await listen(app, { ...this.#options.config, port: this.#port });
    this.#app = app;
    this.#closed = null;
    this.#watch();
  }
}

/** No time makes this program new enough. */
const isHopeless = (error: unknown): boolean => error instanceof TrotlineError && error.code === "store-newer";

async function openApp({ config, logger, onFirstKey }: ServingOptions): Promise<App> {
  try {
    const app = await createApp(appOptions(config, logger));
    // Before listening, which may fail: the key is stored by now, and never shown again.
    if (app.firstKey !== null) onFirstKey(app.firstKey);
    return app;
  } catch (error) {
    throw config.store === null ? error : openingFailure(error);
  }
}

async function listen(app: App, config: Config): Promise<RunningServer> {
  try {
    return await startServer(app, config);
  } catch (error) {
    await app.close();
    throw error;
  }
}
