/**
 * Deliveries a second by 1, 2 and 4 servers on one PostgreSQL, all on this machine: events published to each of them
 * in batches → durable → signed POSTs to 64 endpoints, one in each shard, four of which want each event → journalled.
 * At most 256 are in flight, however many servers there are.
 *
 * Baseline: one server, in turn with the others. Each cluster has a database of its own on the same PostgreSQL.
 *
 * How to read it: servers, PostgreSQL, receiver and load share the processors, as for `pg_publish_processes`; what
 * tells of other machines is the note: what a delivery takes of the servers' processors hardly grows with their
 * number.
 */
import { type Sending, startSending } from "./deliveries.ts";
import type { Bench, Figure } from "./figure.ts";
import { createLanes, laneDeliveriesPerRound, laneDeliveriesPerSecond } from "./pg-lanes.ts";
import { processCounts, processLines, type Servers, startCluster } from "./pg-processes.ts";
import { startBenchPostgres } from "./pg-server.ts";
import type { Resources } from "./resources.ts";

export const figure: Figure = {
  name: "pg_deliver_processes",
  unit: "deliveries/s",
  what: "deliveries to 64 endpoints by 1, 2 and 4 servers on one PostgreSQL, against 1",
  async measure(bench, resources) {
    const sending = await startSending(bench, resources);
    const clusters = await startClusters(bench, resources, sending);
    const deliveries = laneDeliveriesPerRound(bench);
    return processLines(bench, { name: "pg_deliver_processes", item: "delivery" }, (processes) => async () => {
      const rate = await laneDeliveriesPerSecond(clusters.get(processes) as Servers, sending, deliveries);
      return { items: deliveries, seconds: deliveries / rate };
    });
  },
};

async function startClusters(bench: Bench, resources: Resources, sending: Sending): Promise<Map<number, Servers>> {
  const postgres = await startBenchPostgres(resources);
  const clusters = new Map<number, Servers>();
  for (const processes of processCounts) {
    const url = await postgres.createDatabase(`bench_${processes}`);
    const servers = await startCluster(bench, resources, { url, processes });
    await createLanes(servers[0], sending);
    clusters.set(processes, servers);
  }
  return clusters;
}
