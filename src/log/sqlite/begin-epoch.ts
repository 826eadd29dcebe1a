import { randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { addEpoch, type Epochs, makeEpochId } from "../../core/epochs.ts";
import { allRows, prepare } from "./sql.ts";

/** Begins an epoch, durably, in a log whose last event is at `head`; answers all that the log remembers. */
export function beginEpoch(database: DatabaseSync, head: number, nowMs: number): Epochs {
  const rows = allRows(prepare(database, "epochs-all"));
  const before = rows.map(([id, after]) => ({ id: String(id), after: Number(after) }));
  const id = makeEpochId(nowMs, randomBytes(2), before.at(-1)?.id ?? null);
  const epochs = addEpoch(before, head, id);
  const forgotten = before.filter((epoch) => !epochs.includes(epoch));
  const remove = prepare(database, "epoch-remove");
  database.exec("BEGIN IMMEDIATE");
  try {
    for (const epoch of forgotten) remove.run(epoch.id);
    prepare(database, "epoch-insert").run(id, head);
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
  return epochs;
}
