import { closeSync, existsSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { TrotlineError } from "../../core/errors.ts";

/**
 * How long a connection waits for another's lock: a checkpoint that restarts the write-ahead log holds it for a moment.
 */
const busyTimeoutMs = 10_000;
const writerCacheKiB = 16_384;
/**
 * Of a new database. Events have about a kilobyte: pages of 8 KiB make half as many reads and writes of a checkpoint as
 * SQLite's 4 KiB, and deliveries through the whole of Trotline took 5 % less processor time; 16 KiB gained nothing
 * more.
 */
const pageBytes = 8192;
const readerCacheKiB = 4_096;

/** Written into the file's header, so that a database of another program is not taken for ours: "TROT". */
export const applicationId = 0x54524f54;

/** The one connection that writes. Throws what SQLite throws, and `store-not-durable`. */
export function openForWriting(path: string): DatabaseSync {
  // It holds secrets: for its owner only, and SQLite gives the files beside it the same rights.
  if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
  try {
    database.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;`);
    requireDurable(database, path);
    // Checkpoints belong to checkpoint-worker.ts: here one would make publishers wait for it.
    database.exec(`PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -${writerCacheKiB}; PRAGMA temp_store = MEMORY;`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** For as long as the connection lasts. A database that is larger already stays so, and grows no further. */
export function limitSize(database: DatabaseSync, bytesMax: number | null): void {
  if (bytesMax === null) return;
  const pagesMax = Math.max(1, Math.floor(bytesMax / pragma(database, "page_size")));
  database.exec(`PRAGMA max_page_count = ${pagesMax}`);
}

export function openForReading(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs, readOnly: true });
  database.exec(`PRAGMA cache_size = -${readerCacheKiB}; PRAGMA temp_store = MEMORY;`);
  return database;
}

export function openForCheckpoints(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
  database.exec("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -256;");
  return database;
}

/** Reads back what was set: SQLite answers a mode that it cannot have with the one that it keeps, and no error. */
export function requireDurable(database: DatabaseSync, path: string): void {
  const journalMode = pragmaText(database, "journal_mode");
  const synchronous = pragma(database, "synchronous");
  if (journalMode === "wal" && synchronous === 2) return;
  const detail = `${path} has journal mode ${journalMode} and synchronous ${synchronous}, in place of wal and 2.`;
  throw new TrotlineError("store-not-durable", detail);
}

export const pragma = (database: DatabaseSync, name: string): number => Number(pragmaText(database, name));

function pragmaText(database: DatabaseSync, name: string): string {
  const row = database.prepare(`PRAGMA ${name}`).get() ?? {};
  return String(Object.values(row)[0]);
}
