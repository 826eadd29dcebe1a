/**
 * Looks now and then whether a newer program has changed the schema so that this one cannot go on: what it would write
 * is not what the schema has a place for any more.
 */
import { TrotlineError } from "../../core/errors.ts";
import type { Database } from "./database.ts";
import { readVersion } from "./migrate.ts";

export interface SchemaWatchOptions {
  readonly database: Database;
  /** Told once, with `store-newer`. */
  readonly onNewer: (error: TrotlineError) => void;
  /** Between two looks. */
  readonly lookMs?: number;
}

const lookMsDefault = 2000;

export class SchemaWatch {
  readonly #options: SchemaWatchOptions;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: SchemaWatchOptions) {
    this.#options = options;
    this.#lookLater();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#looking;
  }

  #lookLater(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look();
    }, this.#options.lookMs ?? lookMsDefault).unref();
  }

  async #look(): Promise<void> {
    const { database, onNewer } = this.#options;
    try {
      await readVersion(database.run);
    } catch (error) {
      // A database that is away is told of by whoever writes to it.
      if (error instanceof TrotlineError && error.code === "store-newer") {
        onNewer(error);
        return;
      }
    }
    this.#lookLater();
  }
}
