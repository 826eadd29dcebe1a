import { hash } from "node:crypto";
import { digestId, makeId } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { Clock, Random } from "../core/ports.ts";
import { encodeRequest, type KeptRequest } from "../core/received-request.ts";
import type { Source } from "../core/source.ts";
import type { PublishedEvent } from "../log/event-log.ts";

/** A provider's clock may be ahead by this much; whatever is further in the future is a mistake. */
const aheadMsMax = 86_400_000;
const typeOfNone = "received";

/** A request that was verified, and what the provider says of it. */
export interface Received {
  readonly request: KeptRequest;
  readonly data: Uint8Array;
  readonly occurredAtMs: number | null;
}

export function receivedEvent(
  source: Source,
  { request, data, occurredAtMs }: Received,
  machine: { readonly clock: Clock; readonly random: Random },
): PublishedEvent {
  return {
    id: receivedEventId(source, request) ?? freshEventId(machine),
    tenant: source.tenant,
    type: receivedType(source.name, request.providerType),
    subject: null,
    version: null,
    occurredAtMs: boundedTime(occurredAtMs, request.receivedAtMs),
    occurredAtWasGiven: false,
    data,
    request: encodeRequest(request, data),
  };
}

export const freshEventId = ({ clock, random }: { readonly clock: Clock; readonly random: Random }): string =>
  makeId("evt", clock.wallMs(), random.bytes(16));

/** The same for every copy of a request; null where nothing tells copies. */
export function receivedEventId(
  { id, deduplication }: Pick<Source, "id" | "deduplication">,
  { deliveryId, body, target }: Pick<KeptRequest, "deliveryId" | "body" | "target">,
): string | null {
  if (deduplication === "none") return null;
  if (deduplication === "delivery_id") return deliveryId === null ? null : digestOf(`${id}\n${deliveryId}`);
  // Without a body it is the query that says what happened.
  return digestOf(`${id}\nbody\n${body.length > 0 ? hash("sha256", body, "hex") : target}`);
}

const digestOf = (text: string): string => digestId("evt", hash("sha256", text, "buffer"));

/** `<source>.<what the provider calls it>`, as event types are written. */
export function receivedType(source: string, providerType: string | null): string {
  const word = (providerType ?? "").replace(/[^A-Za-z0-9_:/.-]/g, "_").replace(/^\.|\.(?=\.)|\.$/g, "_");
  const type = `${source}.${word === "" ? typeOfNone : word}`;
  return type.length <= limits.eventTypeLength ? type : type.slice(0, limits.eventTypeLength - 1).replace(/\.?$/, "_");
}

function boundedTime(occurredAtMs: number | null, receivedAtMs: number): number {
  const isSound = occurredAtMs !== null && occurredAtMs >= 0 && occurredAtMs <= receivedAtMs + aheadMsMax;
  return isSound ? Math.floor(occurredAtMs) : receivedAtMs;
}
