/** The mark of a store into which another is being moved: until that is finished it is nobody's to work on. */
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
