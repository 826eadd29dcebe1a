/** From where and to where a store is moved, as it is typed. */
import { statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { UsageError } from "./usage-error.ts";

const variable = "TROTLINE_STORE";
const fileName = "trotline.db";

/** The folder of `sqlite:PATH`, where PATH is the folder, as `--data` has it, or the file in it. */
export function sqliteFolder(place: string): string {
  const path = /^sqlite:(.+)$/s.exec(place)?.[1];
  if (path === undefined) {
    throw new UsageError("--from takes sqlite: and the folder of a store, such as sqlite:./data.");
  }
  return basename(path) === fileName && !isFolder(path) ? dirname(path) : path;
}

/** The flag's, or that of the variable for servers. Not repeated in a refusal: it may hold a password. */
export function postgresUrl(flag: string | undefined, env: NodeJS.ProcessEnv): string {
  const url = flag ?? env[variable];
  if (url === undefined) throw new UsageError(`\`move\` needs --to, or the variable ${variable}.`);
  if (/^postgres(ql)?:\/\//.test(url)) return url;
  const name = flag === undefined ? variable : "--to";
  throw new UsageError(`${name} takes the URL of a database, such as postgres://user:password@host:5432/database.`);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
