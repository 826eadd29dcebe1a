/** The suites' store on a real PostgreSQL: a server for the file that runs them, and a database for each store at a time. */
import { after } from "node:test";
import { Database } from "../../src/log/postgres/database.ts";
import { migrate } from "../../src/log/postgres/migrate.ts";
import { openPostgresStore } from "../../src/log/postgres/store.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";
import { ReusableDatabases } from "../postgres/reusable-databases.ts";
import { type StoreKind, silent } from "./store-kinds.ts";

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

export const postgresKind: StoreKind = {
  name: "postgres",
  reopens: true,
  beginsEpochs: false,
  open: async (folder, clock) => {
    databases ??= theDatabases();
    const name = names.get(folder) ?? (await (await databases).take());
    names.set(folder, name);
    const url = (await thePostgres()).url(name);
    return openPostgresStore({ url, clock, logger: silent, durability: "trusted" });
  },
  remove: async (folder) => {
    const name = names.get(folder);
    names.delete(folder);
    if (name !== undefined) await (await databases)?.giveBack(name);
  },
};
