/**
 * Events a second published over HTTP in JSON arrays of 100 events with 1 KiB of data, 4 connections, no endpoint.
 * Every answer means that the whole batch is on disk (fsync).
 *
 * Baseline: `node:sqlite` in a process of its own that inserts the same rows in one loop, into tables made by the same
 * migrations (so with the same indexes), `journal_mode=WAL`, `synchronous=FULL`, 100 rows a transaction.
 *
 * Why it is fair: the baseline is the most that this store can take on this disk, with everything already in memory as
 * values to bind: no HTTP, no JSON, no ids to make, no answer.
 */
import { batchText, busyType, eventText, orderData, publishRequest } from "./events.ts";
import { alternate, type Figure, roundSeconds } from "./figure.ts";
import type { LoadCommands } from "./load.ts";
import { startServer } from "./server-process.ts";
import type { SqliteLoopCommands } from "./sqlite-loop.ts";
import { startWorker } from "./worker.ts";

const connections = 4;
const dataBytes = 1024;
const eventsPerRequest = 100;

export const figure: Figure = {
  name: "publish_batch",
  unit: "events/s",
  what: "durable publish in batches of 100, against node:sqlite inserting the same rows",
  async measure(bench, resources) {
    const data = await resources.folder("publish-batch");
    const server = await startServer({ data, nodeOptions: bench.nodeOptions }, resources);
    const load = await startWorker<LoadCommands>(new URL("load.ts", import.meta.url), resources);
    const loop = await startWorker<SqliteLoopCommands>(new URL("sqlite-loop.ts", import.meta.url), resources);
    const event = eventText(dataBytes);
    const folder = await resources.folder("sqlite-loop");
    await loop.call("open", { folder, type: busyType, data: orderData(dataBytes) });
    const request = publishRequest(server, batchText(eventsPerRequest, event));
    const seconds = roundSeconds(bench);
    const sides = await alternate(bench, {
      name: "publish_batch",
      async value() {
        const result = await load.call("run", { port: server.port, request, connections, seconds });
        return (result.answered * eventsPerRequest) / result.seconds;
      },
      async baseline() {
        const result = await loop.call("run", { rowsPerTransaction: eventsPerRequest, seconds });
        return result.rows / result.seconds;
      },
    });
    return { ...sides, notes: [...sides.notes, `${connections} connections`] };
  },
};
