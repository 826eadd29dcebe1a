import { TrotlineError } from "../../core/errors.ts";

/** Primary result codes (https://sqlite.org/rescode.html). */
const resultCodes = { perm: 3, readonly: 8, corrupt: 11, full: 13, cantOpen: 14, notADatabase: 26 } as const;

/** The primary result code of an error that SQLite raised; null for any other error. */
function resultCode(error: unknown): number | null {
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === "number" ? errcode & 0xff : null;
}

/** What a failed write is to those who wanted it. */
export function writeError(error: unknown): TrotlineError {
  if (error instanceof TrotlineError) return error;
  const reason = (error as Error).message;
  if (resultCode(error) === resultCodes.full) {
    return new TrotlineError("store-full", `The store could not grow: ${reason}.`, { cause: error });
  }
  const isDamaged = resultCode(error) === resultCodes.corrupt;
  const detail = isDamaged
    ? `The store is damaged, and needs a backup restored: ${reason}.`
    : `The store failed: ${reason}.`;
  return new TrotlineError("store-unavailable", detail, { cause: error });
}

/** What an error while opening means. `path` is the database's file. */
export function openError(error: unknown, path: string): TrotlineError {
  if (error instanceof TrotlineError) return error;
  const reason = (error as Error).message;
  const code = resultCode(error);
  if (code === resultCodes.corrupt || code === resultCodes.notADatabase) {
    return new TrotlineError("store-corrupt", `${path} is damaged, or is no database: ${reason}.`, { cause: error });
  }
  if (code === resultCodes.perm || code === resultCodes.readonly || code === resultCodes.cantOpen) {
    return new TrotlineError("store-unwritable", `${path} cannot be written: ${reason}.`, { cause: error });
  }
  return writeError(error);
}
