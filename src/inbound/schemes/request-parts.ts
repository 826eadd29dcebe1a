/** What schemes read of a request: headers, the query, JSON, times. Nothing here believes what it reads. */
import { limits } from "../../core/limits.ts";
import { headerValues } from "../../core/received-request.ts";
import { refusal } from "./refusal.ts";
import type { Refusal, SchemeRequest } from "./scheme.ts";

/** The one value of a header that the verification rests on: of two, readers could take different ones. */
export function oneHeader(
  { headers }: Pick<SchemeRequest, "headers">,
  name: string,
  missing: Refusal["reason"] = "signature_missing",
): string | Refusal {
  const values = headerValues(headers, name);
  if (values.length > 1) return refusal("signature_repeated", `The header \`${name}\` is there more than once.`);
  return values[0] ?? refusal(missing, `The header \`${name}\` is missing.`);
}

/** The value of a header that says something; null where it is missing, empty or repeated. */
export function headerOf({ headers }: Pick<SchemeRequest, "headers">, name: string): string | null {
  const values = headerValues(headers, name);
  return values.length === 1 && values[0] !== "" ? (values[0] ?? null) : null;
}

/** The parameters of the URL, decoded as a form is. */
export function queryOf({ url }: Pick<SchemeRequest, "url">): URLSearchParams {
  const start = url.indexOf("?");
  return new URLSearchParams(start === -1 ? "" : url.slice(start + 1));
}

/** The one value of a parameter; null where it is missing or repeated. */
export function parameterOf(request: Pick<SchemeRequest, "url">, name: string): string | null {
  const values = queryOf(request).getAll(name);
  return values.length === 1 ? (values[0] ?? null) : null;
}

/**
 * The URL that the provider signed: the source's own word for it where it has one, with the query that the request has
 * where that word has none.
 */
export function signedUrl({ url }: Pick<SchemeRequest, "url">, settings: Readonly<Record<string, string>>): string {
  const { url: said } = settings;
  const query = url.indexOf("?");
  return said === undefined ? url : said.includes("?") || query === -1 ? said : said + url.slice(query);
}

/** `application/json` of `application/json; charset=utf-8`. */
export const mediaTypeOf = (request: Pick<SchemeRequest, "headers">): string =>
  (headerOf(request, "content-type") ?? "").split(";", 1)[0]!.trim().toLowerCase();

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of a body; null where it is not UTF-8. */
export function textOf(body: Uint8Array): string | null {
  try {
    return decoder.decode(body);
  } catch {
    return null;
  }
}

/** The fields of a form; null where it is not UTF-8, or has so many that to read them costs more than to send them. */
export function formOf(body: Uint8Array): URLSearchParams | null {
  const text = textOf(body);
  if (text === null || text.split("&", limits.receivedFields + 1).length > limits.receivedFields) return null;
  // A `?` in front would be taken for a URL's.
  return new URLSearchParams(`&${text}`);
}

/** The JSON of a body; undefined where it has none. */
export function jsonOf(body: Uint8Array): unknown {
  const text = textOf(body);
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What is at a path of object members; undefined where there is nothing. */
export function memberOf(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (!isObject(found) || !Object.hasOwn(found, name)) return undefined;
    found = found[name];
  }
  return found;
}

/** A text, or a whole number as text: what can be an id or a type; else null. */
export function wordOf(value: unknown): string | null {
  if (typeof value === "string") return value === "" ? null : value;
  return Number.isSafeInteger(value) ? String(value) : null;
}
