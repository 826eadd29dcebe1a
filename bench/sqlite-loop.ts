/**
 * Worker: the baseline of `publish_batch`. One loop on one connection of `node:sqlite` that inserts the rows that the
 * store would, with the store's own migrations and its own insert statement, one transaction for each batch, every
 * commit on disk. Checkpoints are SQLite's own (every 1,000 pages), so that its WAL does not grow without end either.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { serveCommands } from "./worker.ts";

const storeFolder = new URL("../src/log/sqlite/", import.meta.url);

interface Open {
  readonly folder: string;
  readonly type: string;
  readonly data: string;
}

interface Loop {
  readonly insertBatch: (rows: number) => void;
}

let loop: Loop | null = null;

async function open({ folder, type, data }: Open): Promise<void> {
  const database = new DatabaseSync(join(folder, "baseline.db"));
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
  const mode = database.prepare("PRAGMA synchronous").get()?.synchronous;
  if (mode !== 2) throw new Error(`synchronous is ${mode} and not 2 (FULL)`);
  const migrations = (await readdir(new URL("migrations/", storeFolder)))
    .filter((name) => name.endsWith(".sql"))
    .sort();
  for (const name of migrations) {
    database.exec(await readFile(new URL(`migrations/${name}`, storeFolder), "utf8"));
  }
  const insert = database.prepare(await readFile(new URL("sql/event-insert.sql", storeFolder), "utf8"));
  const bytes = Buffer.from(data);
  let position = 0;
  const insertBatch = (rows: number) => {
    database.exec("BEGIN IMMEDIATE");
    for (let row = 0; row < rows; row++) {
      position += 1;
      const id = `evt_${String(position).padStart(26, "0")}`;
      const nowMs = Date.now();
      insert.run(position, "default", id, type, null, null, nowMs, nowMs, position * bytes.length, bytes);
    }
    database.exec("COMMIT");
  };
  loop = { insertBatch };
}

function run({ rowsPerTransaction, seconds }: { rowsPerTransaction: number; seconds: number }) {
  if (loop === null) throw new Error("not open");
  const startMs = performance.now();
  let rows = 0;
  while (performance.now() - startMs < seconds * 1000) {
    loop.insertBatch(rowsPerTransaction);
    rows += rowsPerTransaction;
  }
  return { rows, seconds: (performance.now() - startMs) / 1000 };
}

const commands = { open, run };
export type SqliteLoopCommands = typeof commands;

serveCommands(commands);
