/** What servers make PostgreSQL do, by its own counters and theirs. */
import type postgres from "postgres";
import type { Server } from "./server-process.ts";

export interface Work {
  readonly statements: number;
  readonly transactions: number;
  readonly walBytes: number;
  readonly rows: number;
}

/** Sessions report what they did at most once a second. */
const reportMs = 1500;

/** Until now, of all servers of a database. */
export async function workDone(sql: postgres.Sql, servers: readonly Server[]): Promise<Work> {
  await new Promise((resolve) => setTimeout(resolve, reportMs));
  const [row] = await sql`
    SELECT pg_stat_clear_snapshot(),
      (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()) AS transactions,
      pg_current_wal_lsn() - '0/0'::pg_lsn AS wal_bytes,
      (SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables) AS rows`;
  const statements = await Promise.all(servers.map(statementsOf));
  return {
    statements: statements.reduce((sum, total) => sum + total, 0),
    transactions: Number(row?.transactions),
    walBytes: Number(row?.wal_bytes),
    rows: Number(row?.rows),
  };
}

async function statementsOf(server: Server): Promise<number> {
  const text = await server.text("GET", "/metrics");
  const value = /^trotline_store_statements_total(?:\{[^}]*\})? (\S+)$/m.exec(text)?.[1];
  if (value === undefined) throw new Error("the server tells no trotline_store_statements_total");
  return Number(value);
}
