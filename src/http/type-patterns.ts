import { TrotlineError } from "../core/errors.ts";
import { isTypePattern } from "../core/filter.ts";
import { limits } from "../core/limits.ts";
import { readTypeMap } from "../registry/type-map.ts";
import { escapePointer } from "./json-body.ts";

/** The patterns of types that a body has as a list, or as a map to true and false; or `invalid-body`. */
export function checkedPatterns(given: readonly string[] | Readonly<Record<string, boolean>>): readonly string[] {
  if (isList(given)) {
    for (const [index, pattern] of given.entries()) checkPattern(pattern, `/types/${index}`);
    return given;
  }
  for (const pattern of Object.keys(given)) checkPattern(pattern, `/types/${escapePointer(pattern)}`);
  const read = readTypeMap(given);
  if ("refusal" in read) {
    const field = read.name === "" ? "/types" : `/types/${escapePointer(read.name)}`;
    throw new TrotlineError("invalid-body", `${read.refusal}.`, { field });
  }
  const { length } = read.types;
  if (length <= limits.typePatternsPerEndpoint) return read.types;
  const detail = `${length} types are true; the limit is ${limits.typePatternsPerEndpoint}. Use patterns.`;
  throw new TrotlineError("invalid-body", detail, { field: "/types" });
}

const isList = (given: readonly string[] | object): given is readonly string[] => Array.isArray(given);

function checkPattern(pattern: string, field: string): void {
  if (isTypePattern(pattern)) return;
  const shown = pattern.slice(0, limits.eventTypeLength);
  const detail = `\`${shown}\` is not a pattern of types, such as \`order.paid\`, \`order.*\` or \`*\`.`;
  throw new TrotlineError("invalid-body", detail, { field });
}
