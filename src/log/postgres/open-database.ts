/** The opening of a store on PostgreSQL: a server that is fit, and a schema that this version may work on. */
import { limits } from "../../core/limits.ts";
import type { Logger } from "../../core/ports.ts";
import { Database, type Run } from "./database.ts";
import { openingError } from "./database-error.ts";
import { Databases } from "./databases.ts";
import { isMigrated, migrate } from "./migrate.ts";
import type { WriteOnce } from "./parts.ts";
import { requireFitServer } from "./probe.ts";
import { parseStoreUrl } from "./store-url.ts";

/** To change a schema takes as long as its tables are large. */
const migrationMsMax = 3_600_000;

export interface OpenOptions {
  /** `postgres://user:password@host:port/database`; several hosts, divided by commas, are tried in turn. */
  readonly url: string;
  /** The same database without the pooler that `url` leads through; absent or null where there is none. */
  readonly directUrl?: string | null;
  readonly logger: Logger;
  /** How long a process that says nothing any more keeps what it holds. */
  readonly leaseMs?: number;
  /** `trusted`: a server that says that it does not wait for its disk is opened all the same. */
  readonly durability?: "checked" | "trusted";
  /** The longest that anybody waits for the answer to a statement. */
  readonly deadlineMs?: number;
}

export interface OpenDatabase {
  readonly databases: Databases;
  /** One transaction. */
  readonly write: <Result>(work: (run: Run) => Promise<Result>) => Promise<Result>;
  readonly writeOnce: WriteOnce;
  close(): Promise<void>;
}

/**
 * Any number of processes may. Rejects with `store-unreachable`, `store-refused`, `store-unfit`, `store-not-durable`,
 * `store-newer`, `store-corrupt` or `config-invalid-value`.
 */
export async function openDatabase(options: OpenOptions): Promise<OpenDatabase> {
  const { shown } = parseStoreUrl(options.url);
  const { url, logger, deadlineMs, leaseMs = limits.shardLeaseMs } = options;
  const databases = new Databases({ url, logger, deadlineMs, renewalMs: leaseMs / 3 });
  try {
    await requireFitServer(databases.reading, { checksDurability: options.durability !== "trusted" });
    if (!(await isMigrated(databases.reading))) await migrateSchema(options);
    await databases.connect();
    return {
      databases,
      write: (work) => databases.writing.transaction(work),
      writeOnce: (name, parametersIn) => databases.writing.run(name, parametersIn(null)),
      close: () => databases.close(),
    };
  } catch (error) {
    await databases.close();
    throw openingError(error, shown);
  }
}

async function migrateSchema({ url, logger }: OpenOptions): Promise<void> {
  const database = new Database({ url, logger, connections: 1, deadlineMs: migrationMsMax });
  try {
    await migrate(database);
  } finally {
    await database.close();
  }
}
