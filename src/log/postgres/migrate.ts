/**
 * The schema `trotline`, brought to the newest version one file at a time, each in one transaction with its record. Any
 * number of processes may start at once: one changes the schema, the others wait and find it done.
 */
import { readdirSync, readFileSync } from "node:fs";
import { TrotlineError } from "../../core/errors.ts";
import type { Database } from "./database.ts";

const folder = new URL("./migrations/", import.meta.url);

/** `excludes_older`: programs that do not know the migration cannot work on what it made. */
const recordColumns = "number integer PRIMARY KEY, name text NOT NULL, excludes_older boolean NOT NULL";

const migrationFiles = (): string[] =>
  readdirSync(folder)
    .filter((name) => /^\d{4}-.*\.sql$/.test(name))
    .sort();

/** What a migration says with which programs that do not know it cannot go on; others can. */
const excludesOlder = /^-- Older programs cannot go on\.$/m;

/** Refuses with `store-newer` what a newer version wrote, where that cannot be worked on by this one. */
export async function migrate(database: Database): Promise<void> {
  await makeFirstTable(database);
  for (const [index, name] of migrationFiles().entries()) {
    await database.transaction(async (run, script) => {
      await run("migrations-lock");
      if ((await readVersion(run)) > index) return;
      const text = readFileSync(new URL(name, folder), "utf8");
      const record = `${index + 1}, '${name}', ${excludesOlder.test(text)}`;
      await script(`${text};\nINSERT INTO trotline.migrations VALUES (${record})`);
    });
  }
}

/** Whether it has all that this version needs. Refuses as `migrate` does. */
export async function isMigrated(database: Database): Promise<boolean> {
  const [state] = await database.run("schema-state");
  if (state?.has_migrations !== true) return false;
  return (await readVersion(database.run)) >= migrationFiles().length;
}

/** That of the database. Refuses with `store-newer` where this program cannot go on in it. */
export async function readVersion(run: Database["run"]): Promise<number> {
  const [row] = await run("schema-version");
  const known = migrationFiles().length;
  if (Number(row?.oldest) <= known) return Number(row?.version);
  const detail = `The database has schema ${row?.version}, which needs ${row?.oldest}; this version knows ${known}.`;
  throw new TrotlineError("store-newer", detail);
}

/** A user who may not make schemas can be given one: then only the table is made. */
async function makeFirstTable(database: Database): Promise<void> {
  await database.transaction(async (run, script) => {
    await run("migrations-lock");
    const [state] = await run("schema-state");
    if (state?.has_schema !== true) await script("CREATE SCHEMA trotline");
    if (state?.has_migrations === true) return;
    await script(`CREATE TABLE trotline.migrations (${recordColumns})`);
  });
}
