/**
 * SQL statements a second that one server of three has PostgreSQL run while nothing is published and all lanes have
 * nothing to do: renewing leases, and looking for what others may have stored or changed. Notes tell transactions,
 * bytes of write-ahead log, and the same for a server that is alone.
 */
import { startSending } from "./deliveries.ts";
import { type Bench, type Figure, rounded } from "./figure.ts";
import { createLanes, laneDeliveriesPerRound, laneDeliveriesPerSecond } from "./pg-lanes.ts";
import { startCluster } from "./pg-processes.ts";
import { connect, startBenchPostgres } from "./pg-server.ts";
import { workDone } from "./pg-work.ts";
import type { Resources } from "./resources.ts";

/** Until the shards are spread, and nothing of the load is left. */
const settleSeconds = 12;

export const figure: Figure = {
  name: "pg_idle_statements",
  unit: "statements/s",
  what: "SQL statements a second of an idle server, one of three on one PostgreSQL",
  async measure(bench, resources) {
    const alone = await resources.scope((inner) => idle(bench, inner, 1));
    const ofThree = await resources.scope((inner) => idle(bench, inner, 3));
    const note = (of: typeof alone) =>
      `${rounded(of.transactions)} transactions/s, ${rounded(of.walBytes)} bytes of write-ahead log/s`;
    const notes = [
      `each of three: ${note(ofThree)}`,
      `alone: ${rounded(alone.statements)} statements/s, ${note(alone)}`,
    ];
    return { value: ofThree.statements, baseline: null, notes };
  },
};

async function idle(bench: Bench, resources: Resources, processes: number) {
  const seconds = bench.quick ? 10 : 30;
  const postgres = await startBenchPostgres(resources);
  const url = await postgres.createDatabase("bench");
  const servers = await startCluster(bench, resources, { url, processes });
  const sending = await startSending(bench, resources);
  await createLanes(servers[0], sending);
  await laneDeliveriesPerSecond(servers, sending, laneDeliveriesPerRound(bench));
  await new Promise((resolve) => setTimeout(resolve, settleSeconds * 1000));
  const sql = connect(url, resources);
  const startMs = performance.now();
  const before = await workDone(sql, servers);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const after = await workDone(sql, servers);
  const lasted = (performance.now() - startMs) / 1000;
  bench.progress(`pg_idle_statements: ${processes} servers, ${rounded(lasted)} s`);
  const each = (name: keyof typeof before): number => (after[name] - before[name]) / lasted / processes;
  return { statements: each("statements"), transactions: each("transactions"), walBytes: each("walBytes") };
}
