/**
 * Worker: the baseline of `feed_pages`. One loop on one connection of `node:sqlite` that reads rows of the log a
 * thousand at a time, and makes of each page the JSON text that a plain program would: parse the data, build the
 * object, stringify the page.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { serveCommands } from "./worker.ts";

interface Row {
  readonly position: number;
  readonly tenant: string;
  readonly id: string;
  readonly type: string;
  readonly subject: string | null;
  readonly version: string | null;
  readonly occurred_at_ms: number;
  readonly accepted_at_ms: number;
  readonly data: Uint8Array;
}

const decoder = new TextDecoder();

const asJson = (row: Row): object => ({
  id: row.id,
  tenant: row.tenant,
  type: row.type,
  subject: row.subject ?? undefined,
  occurred_at: new Date(row.occurred_at_ms).toISOString(),
  accepted_at: new Date(row.accepted_at_ms).toISOString(),
  version: row.version ?? undefined,
  cursor: String(row.position),
  data: JSON.parse(decoder.decode(row.data)),
});

const commands = {
  read({ folder, events, limit }: { folder: string; events: number; limit: number }) {
    const database = new DatabaseSync(join(folder, "trotline.db"), { readOnly: true });
    const page = database.prepare("SELECT * FROM events WHERE position > ? ORDER BY position LIMIT ?");
    const startMs = performance.now();
    let count = 0;
    let bytes = 0;
    let after = 0;
    while (count < events) {
      const rows = page.all(after, limit) as unknown as Row[];
      bytes += Buffer.from(
        JSON.stringify({ data: rows.map(asJson), next_cursor: String(after), has_more: true }),
      ).length;
      count += rows.length;
      after = rows.at(-1)?.position ?? Number.MAX_SAFE_INTEGER;
      if (rows.length === 0) break;
    }
    const seconds = (performance.now() - startMs) / 1000;
    database.close();
    return { count, bytes, seconds };
  },
};
export type PageLoopCommands = typeof commands;

serveCommands(commands);
