import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { TrotlineError } from "../../core/errors.ts";
import { openError } from "./sqlite-error.ts";

const busy = 5;

/**
 * Holds a folder for one process: an exclusive transaction on a side file, open for as long as the store is. The
 * operating system lets go of it when the process dies, however it dies, so it is never stale. Who holds it stands in a
 * file of its own: reading the locked file with other means than SQLite would drop the lock (fcntl(2): closing any
 * descriptor of a file releases the process's locks on it).
 */
export class FileLock {
  readonly #database: DatabaseSync;
  readonly #holderPath: string;

  private constructor(database: DatabaseSync, holderPath: string) {
    this.#database = database;
    this.#holderPath = holderPath;
  }

  /** Makes the folder where it is missing. Refuses with `store-locked` and `store-unwritable`. */
  static take(folder: string): FileLock {
    const lockPath = join(folder, "trotline.lock");
    const holderPath = join(folder, "trotline.pid");
    let database: DatabaseSync | null = null;
    try {
      makeFolder(resolve(folder));
      database = new DatabaseSync(lockPath, { timeout: 0 });
      database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;");
      writeFileSync(holderPath, `${process.pid}\n`);
      return new FileLock(database, holderPath);
    } catch (error) {
      database?.close();
      if ((error as { errcode?: number }).errcode === busy) {
        const detail = `${folder} is in use by ${holder(holderPath)}; its lock is ${lockPath}.`;
        throw new TrotlineError("store-locked", detail, { cause: error });
      }
      if ("syscall" in (error as object)) {
        const detail = `${folder} cannot be written: ${(error as Error).message}.`;
        throw new TrotlineError("store-unwritable", detail, { cause: error });
      }
      throw openError(error, lockPath);
    }
  }

  release(): void {
    rmSync(this.#holderPath, { force: true });
    this.#database.close();
  }
}

/** One level after the other: `recursive` never ends where the system says that a folder's own parent is missing. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function holder(holderPath: string): string {
  try {
    const pid = readFileSync(holderPath, "utf8").trim();
    return pid === String(process.pid) ? `this process (${pid})` : `process ${pid}`;
  } catch {
    return "another process";
  }
}
