/**
 * Events a second published to 1, 2 and 4 servers on one PostgreSQL, all on this machine: batches of 100 events with 1
 * KiB of data, 16 connections in all, spread over the servers; no endpoint. Every answer means that PostgreSQL has
 * committed the batch (`fsync=on`).
 *
 * Baseline: one server, in turn with the others. Each cluster has a database of its own on the same PostgreSQL.
 *
 * How to read it: everybody who appends stands in one line, and servers, PostgreSQL and the load share the processors.
 * On a machine whose processors one server and PostgreSQL keep busy, more servers can at best be as fast: what they
 * miss of 1 is the price of knowing of each other's events, which each of them reads.
 */
import { batchText, eventText, publishRequest } from "./events.ts";
import { type Figure, roundSeconds } from "./figure.ts";
import type { LoadCommands } from "./load.ts";
import { processCounts, processLines, type Servers, startCluster } from "./pg-processes.ts";
import { startBenchPostgres } from "./pg-server.ts";
import { startWorker } from "./worker.ts";

const connectionsTotal = 16;
const dataBytes = 1024;
const eventsPerRequest = 100;

export const figure: Figure = {
  name: "pg_publish_processes",
  unit: "events/s",
  what: "durable publish in batches of 100 to 1, 2 and 4 servers on one PostgreSQL, against 1",
  async measure(bench, resources) {
    const postgres = await startBenchPostgres(resources);
    const load = await startWorker<LoadCommands>(new URL("load.ts", import.meta.url), resources);
    const clusters = new Map<number, Servers>();
    for (const processes of processCounts) {
      const url = await postgres.createDatabase(`bench_${processes}`);
      clusters.set(processes, await startCluster(bench, resources, { url, processes }));
    }
    const body = batchText(eventsPerRequest, eventText(dataBytes));
    const seconds = roundSeconds(bench);
    return processLines(bench, { name: "pg_publish_processes", item: "event" }, (processes) => async () => {
      const servers = clusters.get(processes) as Servers;
      const connections = connectionsTotal / processes;
      const results = await Promise.all(
        servers.map((server) => {
          const request = publishRequest(server, body);
          return load.call("run", { port: server.port, request, connections, seconds });
        }),
      );
      const answered = results.reduce((sum, result) => sum + result.answered, 0);
      return { items: answered * eventsPerRequest, seconds: Math.max(...results.map((result) => result.seconds)) };
    });
  },
};
