/** The opening of a store on PostgreSQL: a server that is fit, a schema that is new enough, and nobody else at work. */
import { hostname } from "node:os";
import { TrotlineError } from "../../core/errors.ts";
import type { Logger } from "../../core/ports.ts";
import { Database, type Run } from "./database.ts";
import { openingError } from "./database-error.ts";
import { Databases } from "./databases.ts";
import { hasOwnership, isMigrated, migrate } from "./migrate.ts";
import { type Holder, Ownership } from "./ownership.ts";
import { requireFitServer } from "./probe.ts";
import { parseStoreUrl } from "./store-url.ts";

/** To change a schema takes as long as its tables are large. */
const migrationMsMax = 3_600_000;
const leaseMsDefault = 15_000;

export interface OpenOptions {
  /** `postgres://user:password@host:port/database`; several hosts, divided by commas, are tried in turn. */
  readonly url: string;
  /** The same database without the pooler that `url` leads through; absent or null where there is none. */
  readonly directUrl?: string | null;
  readonly logger: Logger;
  /**
   * Where another process has the store: told so once, and waiting begins. Absent: refused with `store-locked`.
   */
  readonly onStandby?: ((who: Holder) => void) | null;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
  /** How long a process that says nothing any more keeps the store. */
  readonly leaseMs?: number;
  /** `trusted`: a server that says that it does not wait for its disk is opened all the same. */
  readonly durability?: "checked" | "trusted";
  /** The longest that anybody waits for the answer to a statement. */
  readonly deadlineMs?: number;
}

export interface OpenDatabase {
  readonly databases: Databases;
  readonly ownership: Ownership;
  /** One transaction, refused with `store-lost` where another process has the store. */
  readonly write: <Result>(work: (run: Run) => Promise<Result>) => Promise<Result>;
  close(): Promise<void>;
}

/**
 * Rejects with `store-unreachable`, `store-refused`, `store-unfit`, `store-not-durable`, `store-newer`, `store-locked`,
 * `store-corrupt` or `config-invalid-value`.
 */
export async function openDatabase(options: OpenOptions): Promise<OpenDatabase> {
  const { shown } = parseStoreUrl(options.url);
  const leaseMs = options.leaseMs ?? leaseMsDefault;
  const { url, logger, deadlineMs } = options;
  const databases = new Databases({ url, logger, deadlineMs, renewalMs: leaseMs / 3 });
  try {
    await requireFitServer(databases.reading, { checksDurability: options.durability !== "trusted" });
    // A process that works on the store already is not disturbed by a change of the schema: it is changed at take-over.
    if (!(await hasOwnership(databases.reading))) await migrateSchema(options);
    const ownership = await Ownership.take({
      database: databases.owning,
      holder: `${hostname()}/${process.pid}`,
      leaseMs,
      logger,
      onStandby: options.onStandby ?? null,
      signal: options.signal,
    });
    const close = async (): Promise<void> => {
      await ownership.close();
      await databases.close();
    };
    try {
      if (!(await isMigrated(databases.reading))) await migrateSchema(options);
    } catch (error) {
      await close();
      throw error;
    }
    return { databases, ownership, write: fencedWrite(databases.writing, ownership), close };
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

function fencedWrite(database: Database, ownership: Ownership): OpenDatabase["write"] {
  return async (work) => {
    if (ownership.lost !== null) throw ownership.lost;
    try {
      return await database.transaction(async (run) => {
        // Not waited for: what comes next is on its way with it, and fails where it does.
        const checked = run("ownership-check", [ownership.fence]);
        checked.catch(() => {});
        const result = await work(run);
        await checked;
        return result;
      });
    } catch (error) {
      if (error instanceof TrotlineError && error.code === "store-lost") ownership.noteLost(error);
      throw error;
    }
  };
}
