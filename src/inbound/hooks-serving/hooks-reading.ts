/** Reads a hooks file for serving: what would be dangerous is a problem, unless it is allowed. */
import { readFile } from "node:fs/promises";
import type { Allowed } from "../hooks-file/allowances.ts";
import { textOfBytes } from "../hooks-file/byte-text.ts";
import type { Finding } from "../hooks-file/finding.ts";
import type { Hook } from "../hooks-file/hook.ts";
import { readHooksFile } from "../hooks-file/read-hooks-file.ts";
import { commandAdvice, findCommand } from "./find-command.ts";
import type { ReadHooks } from "./loaded-hooks.ts";

export interface HooksReadingOptions {
  readonly isTemplate: boolean;
  readonly isCompat: boolean;
  readonly allowed: Allowed;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export async function readHooks(file: string, options: HooksReadingOptions): Promise<ReadHooks> {
  const { isTemplate, isCompat, allowed, environment } = options;
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    return { ok: false, problems: [readFailure(file, error)] };
  }
  const read = readHooksFile(textOfBytes(bytes), {
    name: file,
    isTemplate,
    allowed,
    environment,
    commandProblem: (hook) => commandProblem(hook, environment.PATH ?? ""),
  });
  if (read.failure !== null) return { ok: false, problems: [isCompat ? read.failure : `${file}: ${read.failure}`] };
  if (isCompat) return { ok: true, hooks: read.hooks, warnings: [] };
  const problems = read.findings.filter(({ severity }) => severity === "error").map(sentenceOf);
  if (problems.length > 0) return { ok: false, problems };
  const warnings = read.findings.filter(({ severity }) => severity === "warning").map(sentenceOf);
  return { ok: true, hooks: read.hooks, warnings };
}

function readFailure(file: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return `open ${file}: no such file or directory`;
  if (code === "EISDIR") return `read ${file}: is a directory`;
  return code === "EACCES" ? `open ${file}: permission denied` : `open ${file}: ${message}`;
}

function sentenceOf({ file, line, column, hookId, sentence, advice, allowance, severity }: Finding): string {
  const place = [file, line, column].filter((part) => part !== null).join(":");
  const hook = hookId === null ? "" : ` hook \`${hookId}\`:`;
  const way = severity === "error" && allowance !== null ? ` \`--allow ${allowance}\` serves it all the same.` : "";
  return `${place}:${hook} ${sentence} ${advice}${way}`;
}

function commandProblem(hook: Hook, searchPath: string): string | null {
  const found = findCommand(hook, searchPath);
  if (found.ok) return null;
  const advice = commandAdvice(hook);
  return advice === null ? found.problem : `${found.problem} (${advice})`;
}
