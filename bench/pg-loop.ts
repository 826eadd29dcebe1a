/**
 * Worker: the baseline of figures on PostgreSQL. One connection of the npm client `postgres` that inserts the rows of
 * the log into a table with the same columns and indexes, one statement and one transaction for each batch; and that
 * reads them in pages and makes JSON of them, as a plain program would.
 */
import { randomUUID } from "node:crypto";
import postgres from "postgres";
import { serveCommands } from "./worker.ts";

let sql: postgres.Sql | null = null;
let content = { type: "", data: new Uint8Array(0) };

async function open({ url, type, data }: { url: string; type: string; data: string }): Promise<void> {
  sql = postgres(url, { max: 1, onnotice: () => {} });
  content = { type, data: Buffer.from(data) };
  await sql`CREATE TABLE events (position bigint PRIMARY KEY, tenant text NOT NULL, id text NOT NULL, type text NOT NULL,
    subject text, version text, occurred_at_ms double precision NOT NULL, accepted_at_ms double precision NOT NULL,
    data bytea NOT NULL, UNIQUE (tenant, id))`;
}

async function insert({ rowsPerTransaction, seconds }: { rowsPerTransaction: number; seconds: number }) {
  if (sql === null) throw new Error("not open");
  const [last] = await sql`SELECT coalesce(max(position), 0)::float8 AS head FROM events`;
  let head = Number(last?.head);
  const startMs = performance.now();
  let rows = 0;
  while (performance.now() - startMs < seconds * 1000) {
    const first = head + 1;
    head += rowsPerTransaction;
    const nowMs = Date.now();
    const batch = Array.from({ length: rowsPerTransaction }, (_, index) => ({
      position: first + index,
      tenant: "default",
      id: randomUUID(),
      type: content.type,
      occurred_at_ms: nowMs,
      accepted_at_ms: nowMs,
      data: content.data,
    }));
    await sql`INSERT INTO events ${sql(batch)}`;
    rows += rowsPerTransaction;
  }
  return { rows, seconds: (performance.now() - startMs) / 1000 };
}

/** The statement reads a page of the log behind a position, in the columns that the feed shows. */
async function read({
  statement,
  url,
  events,
  limit,
}: {
  statement: string;
  url: string;
  events: number;
  limit: number;
}) {
  const reading = postgres(url, { max: 1 });
  const decoder = new TextDecoder();
  const startMs = performance.now();
  let count = 0;
  let bytes = 0;
  let after = 0;
  while (count < events) {
    const rows = await reading.unsafe(statement, [after, limit], { prepare: true });
    const page = rows.map((row) => ({ ...row, data: JSON.parse(decoder.decode(row.data)) }));
    bytes += Buffer.from(JSON.stringify({ data: page, next_cursor: String(after), has_more: true })).length;
    count += rows.length;
    if (rows.length === 0) break;
    after = Number(rows.at(-1)?.position);
  }
  const seconds = (performance.now() - startMs) / 1000;
  await reading.end();
  return { count, bytes, seconds };
}

const commands = { open, insert, read };
export type PgLoopCommands = typeof commands;

serveCommands(commands);
