/**
 * The format `raw`: data as they are; of a received event the body as it came, with the headers that are about it, so
 * that its provider's signature can be verified once more. Part of stage 3.
 */
import { headerValue } from "../../core/cloudevents.ts";
import type { Endpoint } from "../../core/endpoint.ts";
import { signingHeaders } from "../../core/endpoint-signing.ts";
import type { StoredEvent } from "../../core/event.ts";
import { decodeRequest, headerValues } from "../../core/received-request.ts";
import type { Content } from "./content.ts";
import { isoTime } from "./standard.ts";

/**
 * About one connection, about the way, about who sends, or what the answer may be: of no meaning to another receiver.
 */
const keptBack = new RegExp(
  `^(${[
    "host|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|content-length|content-encoding",
    "via|forwarded|x-forwarded-.*|x-real-ip|x-client-ip|x-cluster-client-ip|true-client-ip|cf-connecting-ip",
    "authorization|cookie2?|user-agent|accept|accept-encoding|trotline-event-.*|webhook-id",
  ].join("|")})$`,
);

/** How Trotline's own signatures are called, where it signs. */
const ownSignature = /^webhook-(timestamp|signature)$/;

/** `isKept`: the event is as it stands in the log, and not what something made of it. */
export function rawBuilder(endpoint: Endpoint, isKept: boolean): (event: StoredEvent) => Content {
  const { compression, headers, signing } = endpoint;
  const coding = compression === "none" ? [] : [compression];
  const plain = ["content-type", "application/json", ...encodingHeader(coding)];
  const taken = new Set([...Object.keys(headers).map((name) => name.toLowerCase()), ...signingHeaders(signing)]);
  const isUnsigned = signing.scheme === "none";
  const passes = (name: string): boolean => {
    // Receivers of many kinds take `_` for `-`: nobody writes a header of ours, or of a proxy, in that spelling.
    const spelled = name.toLowerCase().replaceAll("_", "-");
    return !keptBack.test(spelled) && !taken.has(spelled) && (isUnsigned || !ownSignature.test(spelled));
  };
  return (event) => {
    const received = isKept && event.request !== null ? decodeRequest(event.request, event.data) : null;
    // A request that had no body is its data: the query.
    if (received === null || received.body.length === 0) {
      return { body: bufferOf(event.data), headers: [...rawHeaders(event), ...plain] };
    }
    const codings = [...headerValues(received.headers, "content-encoding"), ...coding];
    // The provider's own id is part of what it signed.
    const [providerId] = isUnsigned ? headerValues(received.headers, "webhook-id") : [];
    return {
      body: bufferOf(received.body),
      headers: [...rawHeaders(event), ...passedOn(received.headers, passes), ...encodingHeader(codings)],
      ...(providerId !== undefined && { id: providerId }),
    };
  };
}

function passedOn(headers: readonly string[], passes: (name: string) => boolean): string[] {
  const ofConnection = new Set(
    headerValues(headers, "connection")
      .join(",")
      .toLowerCase()
      .split(/\s*,\s*/),
  );
  const passed: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? "";
    if (passes(name) && !ofConnection.has(name.toLowerCase())) passed.push(name, headers[index + 1] ?? "");
  }
  return passed;
}

const encodingHeader = (codings: readonly string[]): string[] =>
  codings.length === 0 ? [] : ["content-encoding", codings.join(", ")];

/** What the event is, beside its data. */
export const rawHeaders = (event: StoredEvent): string[] => [
  "trotline-event-id",
  event.id,
  "trotline-event-type",
  event.type,
  "trotline-event-time",
  isoTime(event.occurredAtMs),
  ...(event.subject === null ? [] : ["trotline-event-subject", headerValue(event.subject)]),
];

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
