/** Hooks files for the commands that look at them. */
import { readFile } from "node:fs/promises";
import type { Option } from "commander";
import { didYouMean } from "../config/nearest-name.ts";
import { type AllowanceName, type Allowed, allowances, everythingAllowed } from "../inbound/hooks-file/allowances.ts";
import { textOfBytes } from "../inbound/hooks-file/byte-text.ts";
import { type HooksFile, readHooksFile } from "../inbound/hooks-file/read-hooks-file.ts";
import { findCommand } from "../inbound/hooks-serving/find-command.ts";
import { ClientFailure } from "./failure-text.ts";
import { listFlag } from "./flags.ts";
import { UsageError } from "./usage-error.ts";

export interface HooksFileFlags {
  readonly template?: boolean;
  readonly allow?: readonly string[];
  readonly compat?: boolean;
}

export const allowFlag = (): Option =>
  listFlag("--allow <names>", `what may be: ${allowances.map(({ name }) => name).join(", ")}`);

export function allowedBy({ allow = [], compat = false }: HooksFileFlags): Allowed {
  const names = allowances.map(({ name }) => name as string);
  for (const name of allow) {
    if (!names.includes(name)) throw new UsageError(`There is no \`${name}\` to allow.${didYouMean(name, names)}`);
  }
  return compat ? everythingAllowed : new Set(allow as readonly AllowanceName[]);
}

/** Rejects where the file is not to be had at all. */
export async function readHooksAt(file: string, flags: HooksFileFlags): Promise<HooksFile> {
  const environment = process.env;
  const text = textOfBytes(await bytesOf(file));
  return readHooksFile(text, {
    name: file,
    isTemplate: flags.template === true,
    allowed: allowedBy(flags),
    environment,
    commandProblem: (hook) => {
      const found = findCommand(hook, environment.PATH ?? "");
      return found.ok ? null : `The command cannot be run: ${found.problem}.`;
    },
  });
}

export async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : (error as Error).message;
    throw new ClientFailure(`\`${file}\` cannot be read: ${reason}.`, []);
  }
}
