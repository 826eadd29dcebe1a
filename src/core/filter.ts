import { isEventType } from "./event.ts";
import { limits } from "./limits.ts";

/**
 * A filter by event type. A pattern is a type, `*` for every type, or a type with stars: a star that is the last part
 * stands for one or more parts (`order.*` takes `order.paid` and `order.item.added`), any other for exactly one
 * (`*.created`).
 */
export type TypeFilter = (type: string) => boolean;

export function isTypePattern(pattern: string): boolean {
  if (pattern.length > limits.eventTypeLength) return false;
  return isEventType(
    pattern
      .split(".")
      .map((part) => (part === "*" ? "x" : part))
      .join("."),
  );
}

/** An empty list, as an absent one, takes every type. */
export function typeFilter(patterns: readonly string[]): TypeFilter {
  if (patterns.length === 0 || patterns.includes("*")) return () => true;
  const exact = new Set(patterns.filter((pattern) => !pattern.includes("*")));
  const expressions = patterns.filter((pattern) => pattern.includes("*")).map(toExpression);
  return (type) => exact.has(type) || expressions.some((expression) => expression.test(type));
}

function toExpression(pattern: string): RegExp {
  const parts = pattern.split(".");
  const last = parts.length - 1;
  const source = parts.map((part, index) => {
    if (part !== "*") return part.replace(/[/-]/g, "\\$&");
    return index === last ? ".+" : "[^.]+";
  });
  return new RegExp(`^${source.join("\\.")}$`);
}
