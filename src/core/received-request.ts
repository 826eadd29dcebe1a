import { sameBytes } from "./event.ts";

/**
 * A request as it was received: what a received event keeps beside its data. Headers have their order, their
 * duplicates and the case of their names; the body its bytes.
 */
export interface ReceivedRequest {
  readonly method: string;
  /** Path and query, as in the request line. */
  readonly target: string;
  /** Names and values in turn, as they came; a character of a value stands for a byte. */
  readonly headers: readonly string[];
  /** The client's address, behind the proxies that are trusted. */
  readonly address: string;
  /** Of the client, where somebody wants to know it. */
  readonly port?: number;
  /** `https` where a proxy that is trusted, or the connection, says so. */
  readonly protocol: "http" | "https";
  readonly receivedAtMs: number;
  readonly body: Uint8Array;
}

/** What the provider says of the request, read by the source's scheme. */
export interface ReceivedFacts {
  /** The name of the source at that time. */
  readonly source: string;
  /** What the provider calls this delivery or event; null where it gives it no name. */
  readonly deliveryId: string | null;
  /** The provider's own word for what happened, such as `pull_request`. */
  readonly providerType: string | null;
}

export interface KeptRequest extends ReceivedRequest, ReceivedFacts {}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const newLine = 10;

/**
 * The request in bytes: a line of JSON, and the body behind it unless it is the event's data byte for byte, which then
 * stand for it.
 */
export function encodeRequest(request: KeptRequest, data: Uint8Array): Uint8Array {
  const { body, ...head } = request;
  const isData = sameBytes(body, data);
  const line = encoder.encode(`${JSON.stringify({ ...head, isData })}\n`);
  if (isData) return line;
  const bytes = new Uint8Array(line.length + body.length);
  bytes.set(line);
  bytes.set(body, line.length);
  return bytes;
}

/** The request again. Its body is a part of `bytes` or of `data`, not a copy. */
export function decodeRequest(bytes: Uint8Array, data: Uint8Array): KeptRequest {
  const end = bytes.indexOf(newLine);
  const { isData, ...head } = JSON.parse(decoder.decode(bytes.subarray(0, end)));
  return { ...head, body: isData ? data : bytes.subarray(end + 1) };
}

/** The name of the source that an event came by, which its type begins with; null where it was published. */
export const sourceOf = ({
  request,
  type,
}: {
  readonly request: Uint8Array | null;
  readonly type: string;
}): string | null => (request === null ? null : (type.split(".", 1)[0] ?? null));

/** The values of a header, in order; its name is compared without case. */
export function headerValues(headers: readonly string[], name: string): string[] {
  const wanted = name.toLowerCase();
  const values: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index]?.toLowerCase() === wanted) values.push(headers[index + 1] ?? "");
  }
  return values;
}
