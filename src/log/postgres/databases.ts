/** The connections of a store, in groups that never wait for each other. */
import type { Logger } from "../../core/ports.ts";
import { Database, type DatabaseCounters, type DatabaseOptions } from "./database.ts";
import { Trouble } from "./trouble.ts";

const connections = { reading: 4, writing: 3, appending: 2, leasing: 1 };

export interface DatabasesOptions {
  readonly url: string;
  readonly logger: Logger;
  readonly deadlineMs?: number | undefined;
  /** The longest that the renewal of leases may take. */
  readonly renewalMs: number;
}

export class Databases {
  readonly reading: Database;
  readonly writing: Database;
  readonly appending: Database;
  /** Renews leases, whatever else goes on. */
  readonly leasing: Database;
  readonly trouble: Trouble;

  constructor({ url, logger, deadlineMs, renewalMs }: DatabasesOptions) {
    this.trouble = new Trouble(logger);
    const options: DatabaseOptions = { url, logger, ...(deadlineMs === undefined ? {} : { deadlineMs }) };
    const onOutcome = this.trouble.note;
    this.reading = new Database({ ...options, connections: connections.reading });
    this.writing = new Database({ ...options, connections: connections.writing, onOutcome });
    this.appending = new Database({ ...options, connections: connections.appending, onOutcome });
    this.leasing = new Database({ ...options, connections: connections.leasing, deadlineMs: renewalMs, onOutcome });
  }

  /** Each group has a connection, all at once: a user that may have fewer is told so at the start, and not later. */
  async connect(): Promise<void> {
    await Promise.all(this.#all().map((database) => database.run("schema-version")));
  }

  counters(): DatabaseCounters {
    const all = this.#all().map((database) => database.counters());
    return {
      statements: all.reduce((sum, { statements }) => sum + statements, 0),
      transactions: all.reduce((sum, { transactions }) => sum + transactions, 0),
    };
  }

  /** All that is under way, or comes, is refused with `shutting-down`. */
  abandon(): void {
    for (const database of this.#all()) database.abandon();
  }

  async close(): Promise<void> {
    await Promise.all(this.#all().map((database) => database.close()));
  }

  #all(): Database[] {
    return [this.reading, this.writing, this.appending, this.leasing];
  }
}
