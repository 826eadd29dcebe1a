/**
 * The thread that copies the write-ahead log into the database, on a connection of its own. Its other end is
 * checkpoints.ts.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { WalSize } from "./group.ts";
import { openForCheckpoints } from "./open-database.ts";
import { firstRow, prepare } from "./sql.ts";
import { serveQuestions } from "./worker-service.ts";

export type CheckpointMode = "passive" | "restart" | "truncate";
export type CheckpointQuestion = { readonly do: "open"; readonly path: string } | { readonly do: CheckpointMode };

let database: DatabaseSync | null = null;
let statements: Record<CheckpointMode, StatementSync> | null = null;

serveQuestions<CheckpointQuestion>(
  (question) => {
    if (question.do === "open") {
      database = openForCheckpoints(question.path);
      statements = {
        passive: prepare(database, "checkpoint-passive"),
        restart: prepare(database, "checkpoint-restart"),
        truncate: prepare(database, "checkpoint-truncate"),
      };
      return { value: null };
    }
    if (statements === null) throw new Error("the database is not open");
    const [, pages, checkpointed] = firstRow(statements[question.do]) as [number, number, number];
    return { value: { pages, checkpointed } satisfies WalSize };
  },
  () => database?.close(),
);
