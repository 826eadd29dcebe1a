/** What signers put into a draft, so that it is what the provider would send. */
import { isObject, jsonOf } from "./request-parts.ts";
import type { DraftRequest, SchemeRequest } from "./scheme.ts";

/** The draft with these headers, in place of those with the same names. */
export function withHeaders(
  { method, url, headers, body }: SchemeRequest,
  added: Readonly<Record<string, string>>,
): SchemeRequest {
  const names = new Set(Object.keys(added).map((name) => name.toLowerCase()));
  const kept: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? "";
    if (!names.has(name.toLowerCase())) kept.push(name, headers[index + 1] ?? "");
  }
  return { method, url, headers: [...kept, ...Object.entries(added).flat()], body };
}

/** The draft with these members in its body, where that is an object or an array whose first item is one. */
export function withMembers<Draft extends SchemeRequest>(
  draft: Draft,
  members: Readonly<Record<string, unknown>>,
): Draft {
  const value = jsonOf(draft.body);
  if (isObject(value)) return { ...draft, body: Buffer.from(JSON.stringify({ ...value, ...members })) };
  if (!Array.isArray(value) || !isObject(value[0])) return draft;
  return { ...draft, body: Buffer.from(JSON.stringify([{ ...value[0], ...members }, ...value.slice(1)])) };
}

/** The draft's URL with a parameter in its query. */
export function withParameter({ url }: Pick<DraftRequest, "url">, name: string, value: string): string {
  return `${url}${url.includes("?") ? "&" : "?"}${name}=${encodeURIComponent(value)}`;
}

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
