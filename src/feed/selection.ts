import { TrotlineError } from "../core/errors.ts";
import type { StoredEvent } from "../core/event.ts";
import { isTypePattern, typeFilter } from "../core/filter.ts";
import { limits } from "../core/limits.ts";
import { readExpression } from "../registry/expression/expression.ts";
import { takesText } from "./search-text.ts";

/** Which events a reader asks for. */
export interface SelectionInput {
  readonly tenant: string;
  /** Patterns of types; empty takes every type. */
  readonly types: readonly string[];
  readonly subject: string | null;
  /** An expression in CEL; null takes all. */
  readonly filter: string | null;
  /** In the id, type, subject or data. */
  readonly text?: string | null;
  /** Accepted then or later. */
  readonly sinceMs?: number | null;
  /** Accepted before. */
  readonly untilMs?: number | null;
}

/** A selection made ready. Two with the same `key` take the same events. */
export interface Selection {
  readonly key: string;
  readonly tenant: string;
  /** True where it takes every event of its tenant. */
  readonly takesAll: boolean;
  takes(event: StoredEvent): boolean;
}

/** Refuses with `invalid-query` (patterns) and `filter-invalid`. */
export function makeSelection(input: SelectionInput): Selection {
  const { tenant, subject, filter, text = null, sinceMs = null, untilMs = null } = input;
  checkPatterns(input.types);
  const isEveryType = input.types.length === 0 || input.types.includes("*");
  const types = isEveryType ? [] : [...new Set(input.types)].sort();
  const takesType = typeFilter(types);
  const expression = filter === null ? null : readExpression(filter);
  const hasText = text === null ? null : takesText(text);
  const [fromMs, beforeMs] = [sinceMs ?? Number.NEGATIVE_INFINITY, untilMs ?? Number.POSITIVE_INFINITY];
  return {
    key: JSON.stringify([tenant, types, subject, filter, text, sinceMs, untilMs]),
    tenant,
    takesAll: isEveryType && [subject, filter, text, sinceMs, untilMs].every((part) => part === null),
    // What costs most comes last.
    takes: (event) =>
      event.tenant === tenant &&
      takesType(event.type) &&
      (subject === null || event.subject === subject) &&
      event.acceptedAtMs >= fromMs &&
      event.acceptedAtMs < beforeMs &&
      (hasText === null || hasText(event)) &&
      (expression === null || expression(event)),
  };
}

function checkPatterns(types: readonly string[]): void {
  if (types.length > limits.typePatternsPerQuery) {
    const detail = `There are ${types.length} patterns of types; the limit is ${limits.typePatternsPerQuery}.`;
    throw new TrotlineError("invalid-query", detail, { field: "types" });
  }
  const wrong = types.find((pattern) => !isTypePattern(pattern));
  if (wrong === undefined) return;
  const shown = wrong.slice(0, limits.eventTypeLength);
  const detail = `\`${shown}\` is not a pattern of types, such as \`order.paid\`, \`order.*\` or \`*\`.`;
  throw new TrotlineError("invalid-query", detail, { field: "types" });
}
