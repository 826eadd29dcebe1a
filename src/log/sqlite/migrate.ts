import { readdirSync, readFileSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { TrotlineError } from "../../core/errors.ts";
import { applicationId, pragma } from "./open-database.ts";

const folder = new URL("./migrations/", import.meta.url);

/**
 * Brings the database to the newest schema, one transaction for each migration; `user_version` counts them.
 * Refuses with `store-newer` what a newer version wrote, and with `store-corrupt` what is not ours.
 */
export function migrate(database: DatabaseSync, path: string): void {
  const files = migrations();
  const version = knownVersion(database, path, files.length);
  for (const [index, name] of files.entries()) {
    if (index < version) continue;
    const sql = readFileSync(new URL(name, folder), "utf8");
    database.exec("BEGIN IMMEDIATE");
    try {
      database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${index + 1};`);
      database.exec(sql);
      database.exec("COMMIT");
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  }
}

/** Where nothing may be changed. Refuses as `migrate` does, and with `store-outdated` what an older version wrote. */
export function requireNewestSchema(database: DatabaseSync, path: string): void {
  const newest = migrations().length;
  const version = knownVersion(database, path, newest);
  if (version === newest) return;
  throw new TrotlineError("store-outdated", `${path} has schema ${version}; this version needs ${newest}.`);
}

const migrations = (): string[] =>
  readdirSync(folder)
    .filter((name) => /^\d{4}-.*\.sql$/.test(name))
    .sort();

function knownVersion(database: DatabaseSync, path: string, newest: number): number {
  const isEmpty = pragma(database, "schema_version") === 0;
  if (!isEmpty && pragma(database, "application_id") !== applicationId) {
    throw new TrotlineError("store-corrupt", `${path} is a database of another program.`);
  }
  const version = pragma(database, "user_version");
  if (version <= newest) return version;
  throw new TrotlineError("store-newer", `${path} has schema ${version}; this version knows ${newest}.`);
}
