/** The suites' store on a real PostgreSQL: a server for the file that runs them, and a database for each store at a time. */
import { after } from "node:test";
import postgres from "postgres";
import { limits } from "../../src/core/limits.ts";
import type { Clock } from "../../src/core/ports.ts";
import { Database } from "../../src/log/postgres/database.ts";
import { migrate } from "../../src/log/postgres/migrate.ts";
import { openPostgresStore } from "../../src/log/postgres/store.ts";
import type { Store } from "../../src/log/store.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";
import { holdAllShards } from "../postgres/hold-all-shards.ts";
import { ReusableDatabases } from "../postgres/reusable-databases.ts";
import { type SharedStoreKind, type StoreKind, silent } from "./store-kinds.ts";

let server: Promise<PostgresServer> | null = null;
/** A database that is migrated already: to copy it takes a tenth of the time. */
let template: Promise<string> | null = null;
let databases: Promise<ReusableDatabases> | null = null;
/** Of databases, by folder, which names the store that a test opens again. */
const names = new Map<string, string>();
let made = 0;

// Here, and not where it is started: within a test it would run at the end of that one.
after(async () => {
  await (await databases)?.close();
  await (await server)?.remove();
});

export function thePostgres(): Promise<PostgresServer> {
  server ??= startPostgres();
  return server;
}

async function migrated(): Promise<string> {
  const url = await (await thePostgres()).createDatabase("migrated");
  const database = new Database({ url, logger: silent });
  await migrate(database);
  await database.close();
  return "migrated";
}

/** A new one, migrated; answers its URL. */
export async function aDatabase(): Promise<string> {
  template ??= migrated();
  made += 1;
  return (await thePostgres()).createDatabase(`store_${made}`, await template);
}

async function theDatabases(): Promise<ReusableDatabases> {
  template ??= migrated();
  return new ReusableDatabases(await thePostgres(), await template);
}

async function open(folder: string, clock: Clock): Promise<Store> {
  databases ??= theDatabases();
  const name = names.get(folder) ?? (await (await databases).take());
  names.set(folder, name);
  const url = (await thePostgres()).url(name);
  return openPostgresStore({ url, clock, logger: silent, durability: "trusted" });
}

async function remove(folder: string): Promise<void> {
  const name = names.get(folder);
  names.delete(folder);
  if (name !== undefined) await (await databases)?.giveBack(name);
}

const store = { reopens: true, beginsEpochs: false, remove };

export const postgresKind: StoreKind = {
  ...store,
  name: "postgres",
  open: async (folder, clock) => {
    const opened = await open(folder, clock);
    await holdAllShards(opened.shards);
    return opened;
  },
};

/** Several processes on one database. */
export const sharedPostgresKind: SharedStoreKind = {
  ...store,
  name: "shared postgres",
  open,
  // Not by what time it is: the server has only just been started, which keeps leases from running out.
  lapse: async ({ folder }) => {
    const sql = postgres((await thePostgres()).url(names.get(folder)), { max: 1, onnotice: () => {} });
    await sql`UPDATE trotline.processes SET expires_at = '-infinity'`;
    const passed = `${limits.shardLeaseMs} milliseconds`;
    await sql`UPDATE trotline.requests SET
      take_before = take_before - ${passed}::interval,
      held_until = held_until - ${passed}::interval,
      ends_at = ends_at - ${passed}::interval`;
    await sql.end();
  },
};
