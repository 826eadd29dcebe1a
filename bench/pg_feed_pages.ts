/**
 * `feed_pages` on PostgreSQL: events a second that one client reads over HTTP in pages of 1,000, from the beginning of
 * a log that is not in the server's memory.
 *
 * Baseline: a loop of the npm client `postgres` that reads the same rows, a thousand at a time, and makes JSON of them.
 */
import { batchText, eventText, publishRequest } from "./events.ts";
import { alternate, type Figure } from "./figure.ts";
import type { LoadCommands } from "./load.ts";
import type { PageReaderCommands } from "./page-reader.ts";
import type { PgLoopCommands } from "./pg-loop.ts";
import { startBenchPostgres, startPgServer } from "./pg-server.ts";
import { startWorker } from "./worker.ts";

const limit = 1000;
const dataBytes = 200;
const statement = `SELECT position::float8 AS position, tenant, id, type, subject, version, occurred_at_ms, accepted_at_ms, data
  FROM trotline.events WHERE position > $1 ORDER BY position LIMIT $2`;

export const figure: Figure = {
  name: "pg_feed_pages",
  unit: "events/s",
  what: "pages of 1,000 from PostgreSQL over HTTP, against a client reading the same rows",
  async measure(bench, resources) {
    const events = bench.quick ? 20_000 : 100_000;
    const postgres = await startBenchPostgres(resources);
    const url = await postgres.createDatabase("bench");
    await resources.scope(async (inner) => {
      const filling = await startPgServer(bench, inner, { url });
      const load = await startWorker<LoadCommands>(new URL("load.ts", import.meta.url), inner);
      const request = publishRequest(filling, batchText(limit, eventText(dataBytes, "bench.backlog")));
      await load.call("run", { port: filling.port, request, connections: 4, requests: events / limit });
    });
    const server = await startPgServer(bench, resources, { url });
    const reader = await startWorker<PageReaderCommands>(new URL("page-reader.ts", import.meta.url), resources);
    const loop = await startWorker<PgLoopCommands>(new URL("pg-loop.ts", import.meta.url), resources);
    return alternate(bench, {
      name: "pg_feed_pages",
      async value() {
        const { count, seconds } = await reader.call("read", { port: server.port, key: server.key, events, limit });
        return count / seconds;
      },
      async baseline() {
        const { count, seconds } = await loop.call("read", { statement, url, events, limit });
        return count / seconds;
      },
    });
  },
};
