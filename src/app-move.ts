/** A part of the composition root: names the two stores that a move is between. */
import type { Clock, Logger } from "./core/ports.ts";
import { type MovedTableReport, type MoveStep, moveStore } from "./log/move/move.ts";
import { openPostgresImport } from "./log/postgres/store-import.ts";
import { openSqliteExport } from "./log/sqlite/store-export.ts";

export interface Move {
  /** Of the SQLite store. */
  readonly folder: string;
  /** Of the PostgreSQL database. */
  readonly url: string;
  /** Removes what a move that was not finished has copied, and begins again. */
  readonly restart: boolean;
  /** As for a store that is opened. */
  readonly durability: "checked" | "trusted";
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly onStep: (step: MoveStep) => void;
}

/** Answers what was moved. Both stores are free again, however it ends. */
export async function moveToPostgres(move: Move): Promise<readonly MovedTableReport[]> {
  const { url, restart, durability, clock, logger, signal, onStep } = move;
  const from = openSqliteExport(move.folder);
  try {
    const to = await openPostgresImport({ url, restart, durability, clock, logger, signal });
    try {
      return await moveStore({ from, to, signal, onStep });
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}
