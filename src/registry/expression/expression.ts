/**
 * Filters in CEL: read and checked by the library, evaluated here. The library's own evaluator has no bound: a filter
 * that walks a list of the data within a walk over that list would stall the process. Here every evaluation counts what
 * it spends.
 */
import { createRequire } from "node:module";
import type { ASTNode, Environment } from "@marcbachmann/cel-js";
import { TrotlineError } from "../../core/errors.ts";
import type { StoredEvent } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import { compileExpression } from "./compile.ts";
import { type Evaluate, ExpressionError, Scope, typeVariable, variableNames } from "./scope.ts";
import { EvaluationError, tooCostly } from "./values.ts";

/** What an expression says of an event. One that has no value for it, or costs more than it may, is not true for it. */
export type Verdict = "taken" | "left_out" | "no_value" | "too_costly";

export interface Expression {
  /** Whether it is true for the event. */
  (event: StoredEvent): boolean;
  /** The same, and why not. */
  readonly judge: (event: StoredEvent) => Verdict;
}

/** Parentheses, brackets and calls within each other. */
const depthMax = 64;
/** Compiled expressions that are kept for whoever asks the same again. */
const keptMax = 1000;

/** Steps that one evaluation may spend: as many for each event, and more for one with much data. */
const stepsPerEvent = 100_000;
const stepsPerByte = 4;

/** Loaded by the first filter: the library costs an idle process 8 MB. */
function readEnvironment(): Environment {
  const library = createRequire(import.meta.url)("@marcbachmann/cel-js") as typeof import("@marcbachmann/cel-js");
  return variableNames.reduce(
    (built, [name, type]) => built.registerVariable(name, type),
    new library.Environment({
      homogeneousAggregateLiterals: false,
      limits: { maxAstNodes: limits.filterNodes, maxDepth: depthMax },
    }),
  );
}

let environment: Environment | null = null;

/** Steps that all evaluations so far have spent: the difference is what one cost. */
let spent = 0;
export const stepsSpent = (): number => spent;

/** A memo of a pure function, the least lately used first. */
const kept = new Map<string, Expression>();

/** Refuses with `filter-invalid`, whose detail names line and column. */
export function readExpression(text: string): Expression {
  const known = kept.get(text);
  const expression = known ?? build(text);
  kept.delete(text);
  kept.set(text, expression);
  const [oldest] = kept.keys();
  if (kept.size > keptMax && oldest !== undefined) kept.delete(oldest);
  return expression;
}

function build(text: string): Expression {
  if (text.length > limits.filterLength) {
    throw invalid(text, 0, `It has ${text.length} characters; the limit is ${limits.filterLength}.`);
  }
  const evaluate = checked(text);
  const scope = new Scope();
  const judge = (event: StoredEvent): Verdict => {
    const steps = stepsPerEvent + stepsPerByte * event.data.length;
    scope.begin(event, steps);
    try {
      const value = evaluate(scope);
      if (value === true) return "taken";
      return value === false ? "left_out" : "no_value";
    } catch (error) {
      if (error === tooCostly) return "too_costly";
      // The language's own errors too: what a filter meets in an event must not end the process of all others.
      if (error instanceof EvaluationError || error instanceof RangeError || error instanceof TypeError)
        return "no_value";
      throw error;
    } finally {
      scope.end();
      spent += steps - Math.max(0, scope.meter.left);
    }
  };
  return Object.assign((event: StoredEvent): boolean => judge(event) === "taken", { judge });
}

const cannotBeChecked = "Its types cannot be told; write `dyn(…)` around a list or map that is empty";

function checked(text: string): Evaluate {
  try {
    // A copy each time: it remembers types that it met for as long as it lives.
    environment ??= readEnvironment();
    const parsed = environment.clone().parse(text);
    renameType(parsed.ast);
    const evaluate = compileExpression(parsed.ast);
    const { valid, type, error } = parsed.check();
    if (!valid) throw error;
    if (type !== "bool" && type !== "dyn")
      throw new ExpressionError(`The filter is true or false, not of type ${type}`, 0);
    return evaluate;
  } catch (error) {
    if (error instanceof ExpressionError) throw invalid(text, error.at, `${error.message}.`);
    // For some expressions, such as `[][0] > 1`, the library has no error but its own confusion.
    const { summary = cannotBeChecked, range } = error as { summary?: string; range?: { start: number } };
    throw invalid(text, range?.start ?? 0, `${summary.replaceAll(typeVariable, "type")}.`);
  }
}

/** `type` is a name of CEL's own; in a filter it is the event's type. */
function renameType(node: unknown): void {
  if (Array.isArray(node)) {
    for (const item of node) renameType(item);
    return;
  }
  if (typeof node !== "object" || node === null || !("op" in node)) return;
  const { op, args } = node as ASTNode;
  if (op === "id" && args === "type") (node as unknown as { args: unknown }).args = typeVariable;
  else renameType(args);
}

function invalid(text: string, at: number, sentence: string): TrotlineError {
  const before = text.slice(0, at).split("\n");
  const column = (before.at(-1)?.length ?? 0) + 1;
  return new TrotlineError("filter-invalid", `Line ${before.length}, column ${column}: ${sentence}`, {
    field: "filter",
  });
}
