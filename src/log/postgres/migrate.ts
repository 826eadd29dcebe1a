/**
 * The schema `trotline`, brought to the newest version one file at a time, each in one transaction with its record. Any
 * number of processes may start at once: one changes the schema, the others wait and find it done.
 */
import { readdirSync, readFileSync } from "node:fs";
import { TrotlineError } from "../../core/errors.ts";
import type { Database } from "./database.ts";

const folder = new URL("./migrations/", import.meta.url);

const migrationFiles = (): string[] =>
  readdirSync(folder)
    .filter((name) => /^\d{4}-.*\.sql$/.test(name))
    .sort();

/** Refuses with `store-newer` what a newer version wrote. */
export async function migrate(database: Database): Promise<void> {
  await makeFirstTable(database);
  for (const [index, name] of migrationFiles().entries()) {
    await database.transaction(async (run, script) => {
      await run("migrations-lock");
      const version = await readVersion(run);
      if (version > index) return;
      const text = readFileSync(new URL(name, folder), "utf8");
      await script(`${text};\nINSERT INTO trotline.migrations VALUES (${index + 1}, '${name}')`);
    });
  }
}

/** Whether it is of this version, or of an older one that has not all that this one needs. Refuses as `migrate` does. */
export async function isMigrated(database: Database): Promise<boolean> {
  const [state] = await database.run("schema-state");
  if (state?.has_migrations !== true) return false;
  return (await readVersion(database.run)) === migrationFiles().length;
}

/** True where there is a table that says whose the store is: it may be asked before anything is changed. */
export async function hasOwnership(database: Database): Promise<boolean> {
  const [state] = await database.run("schema-state");
  if (state?.has_migrations === true) await readVersion(database.run);
  return state?.has_ownership === true;
}

async function readVersion(run: Database["run"]): Promise<number> {
  const [row] = await run("migrations-count");
  const version = Number(row?.count ?? 0);
  const known = migrationFiles().length;
  if (version <= known) return version;
  throw new TrotlineError("store-newer", `The database has schema ${version}; this version knows ${known}.`);
}

/** A user who may not make schemas can be given one: then only the table is made. */
async function makeFirstTable(database: Database): Promise<void> {
  await database.transaction(async (run, script) => {
    await run("migrations-lock");
    const [state] = await run("schema-state");
    if (state?.has_schema !== true) await script("CREATE SCHEMA trotline");
    if (state?.has_migrations === true) return;
    await script("CREATE TABLE trotline.migrations (number integer PRIMARY KEY, name text NOT NULL)");
  });
}
