import type { Endpoint } from "../../core/endpoint.ts";
import type { DeliveryMethod } from "../../core/endpoint-payload.ts";
import { type Content, urlWith } from "./content.ts";

/** A request as it would go, but for what only its receiver may know. */
export interface Preview {
  readonly method: DeliveryMethod;
  readonly url: string;
  /** In lower case; a value that signs or authorizes is `…`. */
  readonly headers: Readonly<Record<string, string>>;
  /** As it is before it is compressed; empty where there is none. */
  readonly body: string;
}

/** Those that are no secret although they come with the signature. */
const openHeaders: ReadonlySet<string> = new Set(["webhook-id", "webhook-timestamp"]);

/** Names and values in turn: of every attempt, of this request, and of the signature. */
export interface PreviewHeaders {
  readonly common: readonly string[];
  readonly own: readonly string[];
  readonly signature: readonly string[];
}

export function previewOf(endpoint: Endpoint, content: Content, headers: PreviewHeaders): Preview {
  const { url, method, signing, authorization } = endpoint;
  const { body, query } = content;
  const shown: Record<string, string> = {};
  for (const [name, value] of pairsOf([...headers.own, ...headers.common])) shown[name] = value;
  for (const [name, value] of pairsOf(headers.signature)) {
    // A scheme of its own may call the header of its signature as it likes.
    const isSignature = signing.scheme === "hmac" && signing.header.toLowerCase() === name;
    shown[name] = openHeaders.has(name) && !isSignature ? value : "…";
  }
  if (authorization !== null || shown.authorization !== undefined) shown.authorization = "…";
  return { method, url: urlWith(url, query), headers: shown, body: method === "GET" ? "" : body.toString() };
}

function* pairsOf(headers: readonly string[]): Iterable<[name: string, value: string]> {
  for (let index = 0; index < headers.length; index += 2) yield [headers[index]!.toLowerCase(), headers[index + 1]!];
}
