/** The tables of a SQLite store, read for a move by the process that holds its lock. */
import { type Stats, statSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { TrotlineError } from "../../core/errors.ts";
import type { PageRange, StoreExport } from "../move/move-ports.ts";
import type { Cell, MovedRow, MovedTable } from "../move/moved-tables.ts";
import { rowSize } from "../move/row-bytes.ts";
import { FileLock } from "./file-lock.ts";
import { requireNewestSchema } from "./migrate.ts";
import { openForReading } from "./open-database.ts";
import { allRows, prepare, type Row } from "./sql.ts";
import { openError } from "./sqlite-error.ts";

/**
 * Opens the store in a folder, and changes nothing of it. Refuses with `store-missing`, `store-locked`,
 * `store-unwritable`, `store-corrupt`, `store-newer` and `store-outdated`.
 */
export function openSqliteExport(folder: string): StoreExport {
  const path = join(folder, "trotline.db");
  requireFile(path);
  const lock = FileLock.take(folder);
  let database: DatabaseSync | null = null;
  try {
    database = openForReading(path);
    requireNewestSchema(database, path);
    return new SqliteExport(database, lock, path);
  } catch (error) {
    database?.close();
    lock.release();
    throw openError(error, path);
  }
}

function requireFile(path: string): void {
  const missing = (how: string): TrotlineError => new TrotlineError("store-missing", `${path} ${how}.`);
  let found: Stats | undefined;
  try {
    found = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw missing(`cannot be looked at: ${(error as Error).message}`);
  }
  if (found === undefined) throw missing("does not exist");
  if (!found.isFile()) throw missing("is no file");
}

class SqliteExport implements StoreExport {
  readonly life: string;
  readonly #database: DatabaseSync;
  readonly #lock: FileLock;
  readonly #path: string;
  readonly #pages = new Map<string, StatementSync>();

  constructor(database: DatabaseSync, lock: FileLock, path: string) {
    this.#database = database;
    this.#lock = lock;
    this.#path = path;
    // Every server that opens the store begins an epoch; one that was never opened has none.
    this.life = String(allRows(prepare(database, "epochs-all")).at(-1)?.[0] ?? "");
  }

  async page(table: MovedTable, { after, rowsMax, bytesMax }: PageRange): Promise<readonly MovedRow[]> {
    const rows: MovedRow[] = [];
    let bytes = 0;
    try {
      // Row by row: a page of large events must not be in memory whole before its size is known.
      for (const row of this.#page(table.name).iterate(...after, rowsMax) as Iterable<unknown> as Iterable<Row>) {
        bytes += rowSize(row);
        if (rows.length > 0 && bytes > bytesMax) break;
        rows.push(row.map(withoutNul));
      }
    } catch (error) {
      throw openError(error, this.#path);
    }
    return rows;
  }

  async counts(): Promise<ReadonlyMap<string, number>> {
    try {
      const rows = allRows(prepare(this.#database, "move/counts"));
      return new Map(rows.map(([name, count]) => [String(name), Number(count)]));
    } catch (error) {
      throw openError(error, this.#path);
    }
  }

  async close(): Promise<void> {
    this.#database.close();
    this.#lock.release();
  }

  #page(name: string): StatementSync {
    let statement = this.#pages.get(name);
    if (statement === undefined) {
      statement = prepare(this.#database, `move/${name}`);
      this.#pages.set(name, statement);
    }
    return statement;
  }
}

/**
 * PostgreSQL has no text with this character (https://www.postgresql.org/docs/current/datatype-character.html). What is
 * named has none; a sentence about a failure may quote one.
 */
function withoutNul(cell: Cell): Cell {
  return typeof cell === "string" && cell.includes("\0") ? cell.replaceAll("\0", "\ufffd") : cell;
}
