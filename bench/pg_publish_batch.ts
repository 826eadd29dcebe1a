/**
 * `publish_batch` on PostgreSQL: events a second published over HTTP in JSON arrays of 100 events with 1 KiB of data, 4
 * connections, no endpoint. Every answer means that PostgreSQL has committed the batch (`fsync=on`).
 *
 * Baseline: the npm client `postgres` in a process of its own that inserts the same rows in one loop, 100 rows a
 * transaction, on the same PostgreSQL.
 */
import { batchText, busyType, eventText, orderData, publishRequest } from "./events.ts";
import { alternate, type Figure, roundSeconds } from "./figure.ts";
import type { LoadCommands } from "./load.ts";
import type { PgLoopCommands } from "./pg-loop.ts";
import { startBenchPostgres, startPgServer } from "./pg-server.ts";
import { startWorker } from "./worker.ts";

const connections = 4;
const dataBytes = 1024;
const eventsPerRequest = 100;

export const figure: Figure = {
  name: "pg_publish_batch",
  unit: "events/s",
  what: "durable publish on PostgreSQL in batches of 100, against a client inserting the same rows",
  async measure(bench, resources) {
    const postgres = await startBenchPostgres(resources);
    const server = await startPgServer(bench, resources, { url: await postgres.createDatabase("bench") });
    const load = await startWorker<LoadCommands>(new URL("load.ts", import.meta.url), resources);
    const loop = await startWorker<PgLoopCommands>(new URL("pg-loop.ts", import.meta.url), resources);
    const url = await postgres.createDatabase("plain");
    await loop.call("open", { url, type: busyType, data: orderData(dataBytes) });
    const request = publishRequest(server, batchText(eventsPerRequest, eventText(dataBytes)));
    const seconds = roundSeconds(bench);
    return alternate(bench, {
      name: "pg_publish_batch",
      async value() {
        const result = await load.call("run", { port: server.port, request, connections, seconds });
        return (result.answered * eventsPerRequest) / result.seconds;
      },
      async baseline() {
        const result = await loop.call("insert", { rowsPerTransaction: eventsPerRequest, seconds });
        return result.rows / result.seconds;
      },
    });
  },
};
