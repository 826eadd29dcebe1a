/**
 * SQL statements that servers have PostgreSQL run for one delivery under load, all of them: appending, the journal,
 * what is read, leases, and what runs beside. Notes tell transactions, bytes of write-ahead log and rows written. With
 * one endpoint at one server, and with 64 endpoints, four of which want each event, at one server (`_1`) and at three
 * (`_3`).
 */
import { createBusyEndpoint, deliveriesPerSecond, eventsPerRound, type Sending, startSending } from "./deliveries.ts";
import { type Bench, type Figure, type Line, rounded } from "./figure.ts";
import { createLanes, laneDeliveriesPerRound, laneDeliveriesPerSecond } from "./pg-lanes.ts";
import { type Servers, startCluster } from "./pg-processes.ts";
import { connect, startBenchPostgres } from "./pg-server.ts";
import { type Work, workDone } from "./pg-work.ts";
import type { Resources } from "./resources.ts";

interface Load {
  readonly name: string;
  readonly processes: number;
  readonly prepare: (servers: Servers, sending: Sending) => Promise<unknown>;
  readonly deliveries: number;
  readonly deliver: (servers: Servers, sending: Sending, deliveries: number) => Promise<number>;
}

/** Rounds that are counted: more than a few seconds, so that what is done now and then has its part. */
const roundsTotal = 5;

export const figure: Figure = {
  name: "pg_statements",
  unit: "statements",
  what: "SQL statements per delivery on PostgreSQL under load",
  async measure(bench, resources) {
    const sending = await startSending(bench, resources);
    const oneEndpoint: Load = {
      name: "pg_statements",
      processes: 1,
      prepare: ([server]) => createBusyEndpoint(server, sending),
      deliveries: eventsPerRound(bench),
      deliver: ([server], _sending, deliveries) => deliveriesPerSecond(server, sending, deliveries),
    };
    const manyEndpoints = (processes: number): Load => ({
      name: `pg_statements_${processes}`,
      processes,
      prepare: ([server]) => createLanes(server, sending),
      deliveries: laneDeliveriesPerRound(bench),
      deliver: laneDeliveriesPerSecond,
    });
    const lines: Line[] = [];
    for (const load of [oneEndpoint, manyEndpoints(1), manyEndpoints(3)]) {
      lines.push(await resources.scope((inner) => measured(bench, inner, { load, sending })));
      bench.progress(`${load.name}: ${rounded(lines.at(-1)?.value ?? Number.NaN)}`);
    }
    return lines;
  },
};

async function measured(
  bench: Bench,
  resources: Resources,
  { load, sending }: { readonly load: Load; readonly sending: Sending },
): Promise<Line> {
  const postgres = await startBenchPostgres(resources);
  const url = await postgres.createDatabase("bench");
  const servers = await startCluster(bench, resources, { url, processes: load.processes });
  await load.prepare(servers, sending);
  const sql = connect(url, resources);
  await load.deliver(servers, sending, load.deliveries);
  const deliveries = load.deliveries * roundsTotal;
  const before = await workDone(sql, servers);
  const rate = await load.deliver(servers, sending, deliveries);
  const after = await workDone(sql, servers);
  const each = (name: keyof Work): number => rounded((after[name] - before[name]) / deliveries);
  return {
    name: load.name,
    value: (after.statements - before.statements) / deliveries,
    baseline: null,
    notes: [
      `per delivery: ${each("transactions")} transactions, ${each("walBytes")} bytes of write-ahead log, ${each("rows")} rows written`,
      `${deliveries} deliveries, ${rounded(rate)} a second`,
    ],
  };
}
