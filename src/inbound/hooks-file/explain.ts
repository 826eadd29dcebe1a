/** What becomes of a request at a hook, and why: the rule with what each part of it came to. */
import { credentialName } from "../../core/credential-name.ts";
import type { Allowed } from "./allowances.ts";
import { isToken } from "./check/rule-strength.ts";
import { commandLineOf } from "./command-line.ts";
import type { Hook, HookArgument } from "./hook.ts";
import type { HookRequest } from "./hook-request.ts";
import { type ArrivedRequest, readHookRequest } from "./request-values.ts";
import { decisionOf, evaluateRule, type RuleTrace } from "./rules.ts";

export type Decision = "run" | "refuse" | "fail" | "crash" | "method" | "unreadable";

export interface Explanation {
  readonly hookId: string;
  readonly decision: Decision;
  /** What is answered, before the command has run. */
  readonly status: number;
  readonly sentence: string;
  /** Null where no rule was asked. */
  readonly tree: ExplainedRule | null;
  /** What the command is given; null where it is not run. */
  readonly command: ExplainedCommand | null;
  /** What could not be read or had. */
  readonly problems: readonly string[];
}

export interface ExplainedRule {
  readonly kind: RuleTrace["kind"];
  readonly type: string | null;
  /** Where the value stands, such as `header X-Hub-Signature`; null where there is none. */
  readonly place: string | null;
  /** What the request has there; null where it has nothing. Hidden where it is a secret. */
  readonly value: string | null;
  /** What the rule asks for; null where that is a secret. */
  readonly wanted: string | null;
  /** Null: what stood before decided. */
  readonly matched: boolean | null;
  readonly failure: string | null;
  readonly children: readonly ExplainedRule[];
}

export interface ExplainedCommand {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: readonly (readonly [string, string])[];
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

export interface ExplainContext {
  readonly nowMs: number;
  readonly allowed: Allowed;
}

export function explainRequest(hook: Hook, arrived: ArrivedRequest, context: ExplainContext): Explanation {
  const nothing = { hookId: hook.id, tree: null, command: null, problems: [] };
  const methods = hook.httpMethods.map((method) => method.trim().toUpperCase());
  if (methods.length > 0 && !methods.includes(arrived.method)) {
    const sentence = `The hook takes ${methods.join(", ")}, and this is ${arrived.method}.`;
    return { ...nothing, decision: "method", status: 405, sentence };
  }
  const read = readHookRequest(arrived, hook, context.allowed);
  if (!read.ok) return { ...nothing, decision: "unreadable", status: read.status, sentence: `${read.message}.` };
  const { request, problems } = read;
  const result =
    hook.triggerRule === null
      ? null
      : evaluateRule(hook.triggerRule, request, { ...context, isSoft: hook.triggerSignatureSoftFailures });
  const decision = result === null ? "run" : decisionOf(result);
  const tree = result === null ? null : explainedRule(result.tree);
  const given = decision === "run" ? explainedCommand(hook, request) : null;
  return {
    hookId: hook.id,
    decision,
    ...outcomeOf(hook, decision, result?.failure?.message ?? ""),
    tree,
    command: given?.command ?? null,
    problems: [...problems, ...(given?.problems ?? [])],
  };
}

function outcomeOf(hook: Hook, decision: Decision, failure: string): { status: number; sentence: string } {
  if (decision === "run") {
    const why = hook.triggerRule === null ? "The hook has no rule" : "The rule is satisfied";
    return { status: hook.successHttpResponseCode || 200, sentence: `${why}: the command runs.` };
  }
  if (decision === "refuse") {
    return { status: hook.triggerRuleMismatchHttpResponseCode || 200, sentence: "The rule is not satisfied." };
  }
  return { status: 500, sentence: `The rule cannot be evaluated: ${failure}.` };
}

const hiddenText = (text: string): string => `(hidden, ${text.length} characters)`;

function explainedRule(trace: RuleTrace): ExplainedRule {
  const { kind, match, matched, failure } = trace;
  const children = trace.children.map(explainedRule);
  const part = { kind, matched, failure: failure?.message ?? null, children };
  if (match === null) return { ...part, type: null, place: null, value: null, wanted: null };
  const isSecret = isToken(match) || isCredential(match.parameter);
  const value = trace.value === null ? null : isSecret ? hiddenText(trace.value) : trace.value;
  return { ...part, type: match.type, place: placeOf(trace), value, wanted: isSecret ? null : wantedBy(trace) };
}

function placeOf({ match }: RuleTrace): string | null {
  if (match === null) return null;
  if (match.type === "ip-whitelist") return "request remote-addr";
  if (match.type === "scalr-signature") return "header X-Signature";
  return `${match.parameter.source} ${match.parameter.name}`.trim();
}

function wantedBy({ match }: RuleTrace): string | null {
  if (match?.type === "value") return match.value;
  if (match?.type === "regex") return match.regex.source;
  return match?.type === "ip-whitelist" ? match.ipRange : null;
}

const isCredential = ({ source, name }: HookArgument): boolean => source !== "string" && credentialName.test(name);

function explainedCommand(
  hook: Hook,
  request: HookRequest,
): { command: ExplainedCommand; problems: readonly string[] } {
  const line = commandLineOf(hook, request);
  const shown = (argument: HookArgument | undefined, value: string): string =>
    argument !== undefined && isCredential(argument) ? hiddenText(value) : value;
  const command = {
    program: hook.executeCommand,
    arguments: line.arguments.map((value, index) => shown(hook.passArgumentsToCommand[index], value)),
    environment: line.environment.map(([name, value]) => {
      return [name, credentialName.test(name) ? hiddenText(value) : value] as const;
    }),
    files: line.files.map(({ name, content }) => ({ name, bytes: content.length })),
  };
  return { command, problems: line.problems };
}
