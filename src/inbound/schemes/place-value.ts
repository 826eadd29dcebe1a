/** Puts a value in its place in a request that is being made. */
import { parsePlace } from "../../core/value-place.ts";
import { RequestValues } from "./request-values.ts";
import type { SchemeRequest } from "./scheme.ts";

/** The request with the value at a place as configuration writes it. A body that is not JSON is left as it is. */
export function placeValue(request: SchemeRequest, written: string, value: string | number): SchemeRequest {
  const place = parsePlace(written, true);
  if (typeof place === "string") throw new Error(`a place that ${place}`);
  const { kind, name, path } = place;
  switch (kind) {
    case "header":
      return { ...request, headers: [...withoutHeader(request.headers, name), written.slice(7), String(value)] };
    case "query": {
      const [base = "", query = ""] = request.url.split("?", 2);
      return { ...request, url: `${base}?${withField(query, name, String(value))}` };
    }
    case "form": {
      const text = withField(Buffer.from(request.body).toString("utf8"), name, String(value));
      return { ...request, body: Buffer.from(text) };
    }
    case "body":
      // What is there already keeps its bytes.
      return new RequestValues(request).one(written) === String(value)
        ? request
        : { ...request, body: withMember(request.body, path, value) };
    case "pair":
      throw new Error("a pair is a part of its signature's place");
  }
}

function withoutHeader(headers: readonly string[], name: string): string[] {
  const kept: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index]?.toLowerCase() !== name) kept.push(headers[index] ?? "", headers[index + 1] ?? "");
  }
  return kept;
}

function withField(form: string, name: string, value: string): string {
  const fields = new URLSearchParams(form);
  fields.set(name, value);
  return fields.toString();
}

type Json = { [name: string]: unknown };

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null;

function withMember(body: Uint8Array, path: readonly string[], value: string | number): Uint8Array {
  let root: unknown;
  try {
    root = JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    return body;
  }
  if (!isObject(root)) return body;
  let at: Json = root;
  for (const [index, name] of path.slice(0, -1).entries()) {
    const next = at[name];
    if (isObject(next)) at = next;
    else {
      // The place `events.0.id` is in an array.
      const made = (path[index + 1] === "0" ? [] : {}) as Json;
      at[name] = made;
      at = made;
    }
  }
  at[path.at(-1) ?? ""] = value;
  return Buffer.from(JSON.stringify(root));
}
