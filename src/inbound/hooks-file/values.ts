/** Where a value of a request stands: sources and paths, as adnanh/webhook 2.8 reads them. */
import { textOfBytes } from "./byte-text.ts";
import { canonicalHeader } from "./canonical-header.ts";
import { type GoMap, type GoValue, goJson, goText } from "./go-value.ts";
import type { HookArgument } from "./hook.ts";
import type { HookFailure, HookRequest } from "./hook-request.ts";

export type Found<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: HookFailure };

/** The value that the argument names, as text (see `byte-text.ts`). */
export function argumentValue(argument: HookArgument, request: HookRequest): Found<string> {
  switch (argument.source) {
    case "header":
      return textAt(request.headers, canonicalHeader(argument.name));
    case "url":
    case "query":
      return textAt(request.query, argument.name);
    case "payload":
      return textAt(request.payload, argument.name);
    case "string":
      return found(argument.name);
    case "raw-request-body":
      return found(textOfBytes(request.body));
    case "request":
      return ofRequest(argument.name, request);
    case "entire-payload":
      return found(goJson(request.payload));
    case "entire-headers":
      return found(goJson(request.headers));
    case "entire-query":
      return found(goJson(request.query));
    default:
      return fail("other", "no source for value retrieval");
  }
}

/** The map that a source is looked up in; null where the source is none. */
export function mapOf(source: string, request: HookRequest): GoMap | null {
  if (source === "header") return request.headers;
  if (source === "payload") return request.payload;
  return source === "url" || source === "query" ? request.query : null;
}

function textAt(map: GoMap, path: string): Found<string> {
  const value = valueAt(path, map);
  return value.ok ? found(goText(value.value)) : value;
}

const index = /^\d+$/;

/**
 * A path is parts divided by full stops. In a map the whole rest of the path is tried as a key first; in a list a part
 * is a number from 0.
 */
export function valueAt(path: string, value: GoValue): Found<GoValue> {
  if (value === null) return fail("other", "no parameters");
  const dot = path.indexOf(".");
  const first = dot < 0 ? path : path.slice(0, dot);
  const rest = dot < 0 ? null : path.slice(dot + 1);
  if (Array.isArray(value)) return itemAt(path, value);
  if (value instanceof Map) {
    const whole = value.get(path);
    if (whole !== undefined) return found(whole);
    const part = value.get(first);
    if (part !== undefined) return rest === null ? found(part) : valueAt(rest, part);
  }
  return notFound(path);
}

function itemAt(path: string, list: readonly GoValue[]): Found<GoValue> {
  const dot = path.indexOf(".");
  const first = dot < 0 ? path : path.slice(0, dot);
  if (list.length === 0 || !index.test(first)) return notFound(path);
  const place = BigInt(first);
  // Beyond 64 bits it is no number there; beyond 63 it becomes negative, and the list is read before its beginning.
  if (place >= 1n << 64n) return notFound(path);
  if (place >= 1n << 63n) return fail("crash", `index out of range: ${path}`);
  const item = list[Number(place)];
  if (item === undefined || place >= BigInt(list.length)) return notFound(path);
  return dot < 0 ? found(item) : valueAt(path.slice(dot + 1), item);
}

function ofRequest(name: string, request: HookRequest): Found<string> {
  const asked = name.toLowerCase();
  if (asked === "remote-addr") return found(request.remoteAddress);
  if (asked === "method") return found(request.method);
  return fail("other", `unsupported request key: ${JSON.stringify(name)}`);
}

const found = <Value>(value: Value): Found<Value> => ({ ok: true, value });
const notFound = (path: string): Found<never> => fail("missing", `parameter node not found: ${path}`);

function fail(kind: HookFailure["kind"], message: string): Found<never> {
  return { ok: false, failure: { kind, message } };
}
