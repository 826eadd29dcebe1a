/** A PostgreSQL of the bench's own, durable as in use, and a Trotline server on it. */
import postgres from "postgres";
import { type PostgresServer, startPostgres } from "../test/postgres/a-postgres-server.ts";
import type { Bench } from "./figure.ts";
import type { Resources } from "./resources.ts";
import { type Server, startServer } from "./server-process.ts";

/** Memory as a small database server has it; a checkpoint every so often, and not in every round. */
const settings = ["shared_buffers=512MB", "max_wal_size=4GB", "checkpoint_timeout=10min", "wal_compression=off"];

export async function startBenchPostgres(resources: Resources): Promise<PostgresServer> {
  const server = await startPostgres({ isDurable: true, settings });
  resources.add(() => server.remove());
  return server;
}

export async function startPgServer(
  bench: Bench,
  resources: Resources,
  { url, flags = [] }: { readonly url: string; readonly flags?: readonly string[] },
): Promise<Server> {
  const data = await resources.folder("pg");
  return startServer({ data, nodeOptions: bench.nodeOptions, flags: ["--store", url, ...flags] }, resources);
}

/** A connection for looking, beside those of the server. */
export function connect(url: string, resources: Resources): postgres.Sql {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  resources.add(() => sql.end({ timeout: 1 }));
  return sql;
}
