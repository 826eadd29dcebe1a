/** A hooks file, from its text to its hooks and what is to be said of them. */
import type { Allowed } from "./allowances.ts";
import { checkHooks } from "./check/check-hooks.ts";
import { Findings } from "./check/findings.ts";
import { decodeHooks, type PlacedHook } from "./decode-hooks.ts";
import type { Finding } from "./finding.ts";
import type { Hook } from "./hook.ts";
import { expandTemplate } from "./template/expand-template.ts";
import { TemplateProblem } from "./template/template-problem.ts";
import { UnreadableFile } from "./yaml/file-node.ts";
import { readYaml } from "./yaml/read-yaml.ts";

export interface ReadHooksOptions {
  /** Of the file, for findings. */
  readonly name: string;
  /** `-template`: the text is a template of Go's first. */
  readonly isTemplate: boolean;
  /** What is let through all the same; `everythingAllowed` for `--compat`. */
  readonly allowed: Allowed;
  /** What `getenv` of templates sees. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Why the command of a hook cannot be run; null where it can. Nothing is said of commands without it. */
  readonly commandProblem?: (hook: Hook) => string | null;
}

export interface HooksFile {
  /** In the order of the file; empty where it cannot be read. */
  readonly hooks: readonly Hook[];
  /** In the order of the file. One whose severity is `error` keeps the file from being served. */
  readonly findings: readonly Finding[];
  /** Why the whole file cannot be read; null where it can. */
  readonly failure: string | null;
}

export function readHooksFile(text: string, options: ReadHooksOptions): HooksFile {
  const findings = new Findings(options.name, options.allowed);
  try {
    const expanded = options.isTemplate ? expandTemplate(text, options.environment) : text;
    const placed: readonly PlacedHook[] = decodeHooks(readYaml(expanded), findings);
    checkHooks(placed, findings, options);
    return { hooks: placed.map(({ hook }) => hook), findings: findings.sorted(), failure: null };
  } catch (error) {
    const problem = problemOf(error);
    findings.note("unreadable", problem.place, { sentence: `${problem.message}.` });
    return { hooks: [], findings: findings.sorted(), failure: problem.message };
  }
}

/** Throws again what is none. */
function problemOf(error: unknown): UnreadableFile | TemplateProblem {
  if (error instanceof UnreadableFile || error instanceof TemplateProblem) return error;
  if (error instanceof RangeError) return new UnreadableFile("it is too deeply nested"); // The stack has an end.
  throw error;
}
