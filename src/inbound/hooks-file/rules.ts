/** Whether a request satisfies a rule, and what each part of the rule came to. */
import type { MatchRule, Rule } from "./hook.ts";
import type { HookFailure, HookRequest } from "./hook-request.ts";
import type { RuleContext } from "./match-result.ts";
import { matchRequest } from "./match-rules.ts";

export type { RuleContext } from "./match-result.ts";

/** A part of a rule, and what it came to. `matched` and `failure` are independent: a `not` around a missing value is both. */
export interface RuleTrace {
  readonly kind: Rule["kind"];
  /** Of `match`; else null. */
  readonly match: MatchRule | null;
  /** Null where it was not come to: what stood before decided. */
  readonly matched: boolean | null;
  readonly failure: HookFailure | null;
  /** What was looked at, of `match`; null where there was nothing. */
  readonly value: string | null;
  readonly children: readonly RuleTrace[];
}

export interface RuleResult {
  /** True: the command runs, if `failure` is null or `missing`. */
  readonly matched: boolean;
  readonly failure: HookFailure | null;
  readonly tree: RuleTrace;
}

/**
 * The parts of an `and` and an `or` are evaluated in order until one decides. A failure ends the evaluation, but for
 * what an `or` may pass over: missing values, and with `isSoft` wrong signatures.
 */
export function evaluateRule(rule: Rule, request: HookRequest, context: RuleContext): RuleResult {
  const tree = traceOf(rule, request, context);
  return { matched: tree.matched === true, failure: tree.failure, tree };
}

/** What is to be done with a request whose rule came to this. */
export function decisionOf(result: Pick<RuleResult, "matched" | "failure">): "run" | "refuse" | "fail" | "crash" {
  if (result.failure?.kind === "crash") return "crash";
  if (result.failure !== null && result.failure.kind !== "missing") return "fail";
  return result.matched ? "run" : "refuse";
}

function traceOf(rule: Rule, request: HookRequest, context: RuleContext): RuleTrace {
  switch (rule.kind) {
    case "and":
    case "or":
      return rule.kind === "and" ? allOf(rule.rules, request, context) : anyOf(rule.rules, request, context);
    case "not": {
      const child = traceOf(rule.rule, request, context);
      return { ...group("not", [child]), matched: child.matched !== true, failure: child.failure };
    }
    case "match":
      return { kind: "match", match: rule.match, ...matchRequest(rule.match, request, context), children: [] };
    case "none":
      return { ...group("none", []), matched: false, failure: null };
  }
}

type Context = [request: HookRequest, context: RuleContext];

function allOf(rules: readonly Rule[], ...[request, context]: Context): RuleTrace {
  const children: RuleTrace[] = [];
  for (const rule of rules) {
    const child = traceOf(rule, request, context);
    children.push(child);
    if (child.failure === null && child.matched === true) continue;
    return { ...group("and", withRest(children, rules)), matched: false, failure: child.failure };
  }
  return { ...group("and", children), matched: true, failure: null };
}

function anyOf(rules: readonly Rule[], ...[request, context]: Context): RuleTrace {
  const children: RuleTrace[] = [];
  for (const rule of rules) {
    const child = traceOf(rule, request, context);
    children.push(child);
    if (child.failure !== null && !isPassedOver(child.failure, context)) {
      return { ...group("or", withRest(children, rules)), matched: false, failure: child.failure };
    }
    if (child.matched !== true) continue;
    return { ...group("or", withRest(children, rules)), matched: true, failure: null };
  }
  return { ...group("or", children), matched: false, failure: null };
}

function isPassedOver(failure: HookFailure, context: RuleContext): boolean {
  return failure.kind === "missing" || (context.isSoft && failure.kind === "signature");
}

const withRest = (children: readonly RuleTrace[], rules: readonly Rule[]): readonly RuleTrace[] => [
  ...children,
  ...rules.slice(children.length).map(unvisited),
];

function unvisited(rule: Rule): RuleTrace {
  const parts = rule.kind === "not" ? [rule.rule] : rule.kind === "and" || rule.kind === "or" ? rule.rules : [];
  const match = rule.kind === "match" ? rule.match : null;
  return { ...group(rule.kind, parts.map(unvisited)), match, matched: null, failure: null };
}

function group(kind: Rule["kind"], children: readonly RuleTrace[]): Omit<RuleTrace, "matched" | "failure"> {
  return { kind, match: null, value: null, children };
}
