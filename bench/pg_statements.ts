/**
 * SQL statements that the server has PostgreSQL run for one delivery under load, all of them: appending, the journal,
 * what is read, and what runs beside. Notes tell transactions, bytes of write-ahead log and rows written.
 */
import { createBusyEndpoint, deliveriesPerSecond, eventsPerRound, startSending } from "./deliveries.ts";
import { type Figure, rounded } from "./figure.ts";
import { connect, startBenchPostgres, startPgServer } from "./pg-server.ts";
import type { Server } from "./server-process.ts";

interface Work {
  readonly statements: number;
  readonly transactions: number;
  readonly walBytes: number;
  readonly rows: number;
}

export const figure: Figure = {
  name: "pg_statements",
  unit: "statements",
  what: "SQL statements per delivery on PostgreSQL under load",
  async measure(bench, resources) {
    const sending = await startSending(bench, resources);
    const postgres = await startBenchPostgres(resources);
    const url = await postgres.createDatabase("bench");
    const server = await startPgServer(bench, resources, { url });
    await createBusyEndpoint(server, sending);
    const sql = connect(url, resources);
    const work = async (): Promise<Work> => {
      // Sessions report what they did at most once a second.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const [row] = await sql`
        SELECT pg_stat_clear_snapshot(),
          (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()) AS transactions,
          pg_current_wal_lsn() - '0/0'::pg_lsn AS wal_bytes,
          (SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables) AS rows`;
      return {
        statements: await statements(server),
        transactions: Number(row?.transactions),
        walBytes: Number(row?.wal_bytes),
        rows: Number(row?.rows),
      };
    };
    const events = eventsPerRound(bench) * 5;
    await deliveriesPerSecond(server, sending, events / 5);
    const before = await work();
    await deliveriesPerSecond(server, sending, events);
    const after = await work();
    const each = (name: keyof Work): number => rounded((after[name] - before[name]) / events);
    return {
      value: (after.statements - before.statements) / events,
      baseline: null,
      notes: [
        `per delivery: ${each("transactions")} transactions, ${each("walBytes")} bytes of write-ahead log, ${each("rows")} rows written`,
        `${events} deliveries`,
      ],
    };
  },
};

async function statements(server: Server): Promise<number> {
  const text = await server.text("GET", "/metrics");
  const value = /^trotline_store_statements_total(?:\{[^}]*\})? (\S+)$/m.exec(text)?.[1];
  if (value === undefined) throw new Error("the server tells no trotline_store_statements_total");
  return Number(value);
}
