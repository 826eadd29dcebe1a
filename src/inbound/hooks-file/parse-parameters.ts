/** `parse-parameters-as-json`: texts of a request that hold JSON, put back as what they hold. */
import type { Allowed } from "./allowances.ts";
import { canonicalHeader } from "./canonical-header.ts";
import { type GoMap, type GoValue, NilMap } from "./go-value.ts";
import type { HookArgument } from "./hook.ts";
import type { HookRequest } from "./hook-request.ts";
import { JsonProblem, readGoJson } from "./payload/go-json-reader.ts";
import { argumentValue, mapOf } from "./values.ts";

export interface ParsedParameters {
  readonly problems: readonly string[];
  /** Where adnanh/webhook would not survive it, which it answers 500; else null. */
  readonly crash: string | null;
}

/** Changes the maps of the request. Without `broken-rule` a path is followed, where adnanh/webhook breaks off. */
export function parseParameters(
  parameters: readonly HookArgument[],
  request: HookRequest,
  allowed: Allowed,
): ParsedParameters {
  const problems: string[] = [];
  for (const parameter of parameters) {
    const value = argumentValue(parameter, request);
    if (!value.ok) {
      if (value.failure.kind === "crash") return { problems, crash: value.failure.message };
      problems.push(`couldn't retrieve ${parameter.source} ${JSON.stringify(parameter.name)}`);
      continue;
    }
    const parsed = readMap(value.value);
    const map = mapOf(parameter.source, request);
    if (typeof parsed === "string") problems.push(parsed);
    else if (map === null) problems.push(`invalid source for ${JSON.stringify(parameter.name)}`);
    else {
      const key = parameter.source === "header" ? canonicalHeader(parameter.name) : parameter.name;
      if (key.includes(".") && allowed.has("broken-rule")) {
        return { problems, crash: `a path cannot be parsed as JSON: ${key}` };
      }
      replace(key, map, parsed);
    }
  }
  return { problems, crash: null };
}

function readMap(text: string): GoMap | string {
  try {
    const value = readGoJson(text);
    if (value === null) return new NilMap();
    return value instanceof Map ? value : "cannot unmarshal the value into an object";
  } catch (error) {
    if (error instanceof JsonProblem) return error.message;
    throw error;
  }
}

/** Where `valueAt` finds what the path names. */
function replace(path: string, holder: GoValue, value: GoValue): void {
  const dot = path.indexOf(".");
  const first = dot < 0 ? path : path.slice(0, dot);
  if (holder instanceof Map && holder.has(path)) holder.set(path, value);
  else if (dot < 0 && Array.isArray(holder)) holder[Number(first)] = value;
  else if (holder instanceof Map) replace(path.slice(dot + 1), holder.get(first) ?? null, value);
  else if (Array.isArray(holder)) replace(path.slice(dot + 1), holder[Number(first)] ?? null, value);
}
