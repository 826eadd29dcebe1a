/** The mark of a store into which another is being moved: until that is finished it is nobody's to work on. */
import { TrotlineError } from "../../core/errors.ts";
import type { Database } from "./database.ts";

export interface UnfinishedMove {
  /** That of the store that is moved. */
  readonly life: string;
  readonly beganAtMs: number;
}

export async function readMove(database: Database): Promise<UnfinishedMove | null> {
  const [row] = await database.run("move/unfinished");
  return row === undefined ? null : { life: String(row.life), beganAtMs: Number(row.began_at_ms) };
}

/** Rejects with `store-moving`. */
export async function refuseWhileMoving(database: Database): Promise<void> {
  const unfinished = await readMove(database);
  if (unfinished === null) return;
  const since = new Date(unfinished.beganAtMs).toISOString();
  throw new TrotlineError("store-moving", `A store is being moved here since ${since}, and not all of it has come.`);
}
