/**
 * Events a second that four clients read over HTTP in pages of 1,000, each from the beginning of the log, of 1, 2 and
 * 4 servers on one PostgreSQL, all on this machine. The log is not in the servers' memory.
 *
 * Baseline: the four clients at one server, in turn with the others. All servers are there all the time; those that
 * are not read from have nothing to do.
 */
import { batchText, eventText, publishRequest } from "./events.ts";
import type { Bench, Figure } from "./figure.ts";
import type { LoadCommands } from "./load.ts";
import type { PageReaderCommands } from "./page-reader.ts";
import { processLines, type Servers, startCluster } from "./pg-processes.ts";
import { startBenchPostgres, startPgServer } from "./pg-server.ts";
import type { Resources } from "./resources.ts";
import type { Server } from "./server-process.ts";
import { startWorker, type Worker } from "./worker.ts";

const limit = 1000;
const dataBytes = 200;
const clientsTotal = 4;

export const figure: Figure = {
  name: "pg_feed_processes",
  unit: "events/s",
  what: "four clients read pages of 1,000 of 1, 2 and 4 servers on one PostgreSQL, against 1",
  async measure(bench, resources) {
    const events = bench.quick ? 10_000 : 50_000;
    const postgres = await startBenchPostgres(resources);
    const url = await postgres.createDatabase("bench");
    await resources.scope((inner) => fill(bench, inner, { url, events }));
    const servers = await startCluster(bench, resources, { url, processes: clientsTotal });
    const clients: Worker<PageReaderCommands>[] = [];
    for (let client = 0; client < clientsTotal; client++) {
      clients.push(await startWorker<PageReaderCommands>(new URL("page-reader.ts", import.meta.url), resources));
    }
    return processLines(bench, { name: "pg_feed_processes", item: "event" }, (processes) => async () => {
      const reads = clients.map((client, index) => {
        const { port, key } = serverOf(servers, index % processes);
        return client.call("read", { port, key, events, limit });
      });
      const results = await Promise.all(reads);
      const items = results.reduce((sum, { count }) => sum + count, 0);
      return { items, seconds: Math.max(...results.map(({ seconds }) => seconds)) };
    });
  },
};

const serverOf = (servers: Servers, index: number): Server => servers[index] ?? servers[0];

async function fill(bench: Bench, resources: Resources, { url, events }: { url: string; events: number }) {
  const server = await startPgServer(bench, resources, { url });
  const load = await startWorker<LoadCommands>(new URL("load.ts", import.meta.url), resources);
  const request = publishRequest(server, batchText(limit, eventText(dataBytes, "bench.backlog")));
  await load.call("run", { port: server.port, request, connections: 4, requests: events / limit });
}
