import { TrotlineError } from "../core/errors.ts";
import { isTypePattern } from "../core/filter.ts";

/** The patterns of types that a body has, or `invalid-body`. */
export function checkedPatterns(patterns: readonly string[]): readonly string[] {
  const index = patterns.findIndex((pattern) => !isTypePattern(pattern));
  if (index === -1) return patterns;
  const detail = `\`${patterns[index]}\` is not a pattern of types, such as \`order.paid\`, \`order.*\` or \`*\`.`;
  throw new TrotlineError("invalid-body", detail, { field: `/types/${index}` });
}
