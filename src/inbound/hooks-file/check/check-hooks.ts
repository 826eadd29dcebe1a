/** What can be wrong with hooks that can be read. */

import { hasStatusText } from "../../hooks-serving/status-text.ts";
import type { PlacedHook } from "../decode-hooks.ts";
import type { Hook } from "../hook.ts";
import type { ShapedObject } from "../shaped-value.ts";
import { checkRule } from "./check-rule.ts";
import { checkValues } from "./check-values.ts";
import type { Findings } from "./findings.ts";
import { HookNotes } from "./hook-notes.ts";
import { isProof, requires } from "./rule-strength.ts";

export interface HookChecks {
  readonly commandProblem?: (hook: Hook) => string | null;
}

export function checkHooks(placed: readonly PlacedHook[], findings: Findings, checks: HookChecks): void {
  if (placed.length === 0) findings.note("no-hooks", null, { sentence: "The file has no hooks." });
  const seen = new Set<string>();
  for (const { hook, source } of placed) {
    const notes = new HookNotes(findings, hook.id, source);
    if (hook.id === "") notes.add("no-id", source, null, "The hook has no id.");
    else if (seen.has(hook.id))
      notes.add("repeated-id", source, "id", `The id \`${hook.id}\` was given to a hook before.`);
    seen.add(hook.id);
    checkCommand(hook, source, { notes, checks });
    checkValues(hook, source, notes);
    checkRule(hook, source, notes);
    checkAnswers(hook, source, notes);
  }
}

function checkCommand(
  hook: Hook,
  source: ShapedObject | null,
  { notes, checks }: { notes: HookNotes; checks: HookChecks },
): void {
  const problem = hook.executeCommand === "" ? "The hook has no `execute-command`." : checks.commandProblem?.(hook);
  if (problem !== null && problem !== undefined) notes.add("missing-command", source, "execute-command", problem);
}

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"]);

function checkAnswers(hook: Hook, source: ShapedObject | null, notes: HookNotes): void {
  for (const method of hook.httpMethods) {
    if (methods.has(method.trim().toUpperCase())) continue;
    notes.add("unknown-method", source, "http-methods", `\`${method}\` is no method of HTTP.`);
  }
  const isProven = hook.triggerRule !== null && requires(hook.triggerRule, isProof);
  if (hook.httpMethods.length === 0 && !isProven) {
    notes.add("any-method", source, null, "The hook says nothing of methods, and its rule asks for no secret.");
  }
  for (const key of ["success-http-response-code", "trigger-rule-mismatch-http-response-code"]) {
    const status = source?.values.get(key);
    if (typeof status !== "number" || status === 0 || hasStatusText(status)) continue;
    notes.add("unknown-status", source, key, `HTTP has no name for the status ${status}.`);
  }
  if (hook.triggerRule !== null && hook.triggerRuleMismatchHttpResponseCode === 0) {
    notes.add("refused-as-200", source, null, "Requests that do not satisfy the rule are answered 200.");
  }
}
