/** Requests to hooks as events of the log: what is stored before a request is answered, and read again to run it. */

import { defaultTenant } from "../../core/event.ts";
import { encodeRequest, type ReceivedRequest } from "../../core/received-request.ts";
import type { PublishedEvent } from "../../log/event-log.ts";
import { sha256 } from "../../platform/hmac.ts";
import { dataOf } from "../bodies/body.ts";
import type { ArrivedRequest } from "../hooks-file/request-values.ts";

const sourceName = "hooks";
const nameLengthMax = 80;

/** `hooks.deploy`. An id that a type cannot have is told from others by its digest. */
export function hookEventType(hookId: string): string {
  const name = hookId.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, nameLengthMax);
  if (name === hookId && name !== "") return `${sourceName}.${name}`;
  const digest = Buffer.from(sha256(Buffer.from(hookId))).toString("hex", 0, 6);
  return `${sourceName}.${name === "" ? "_" : name}-${digest}`;
}

export async function hookEvent(id: string, hookId: string, received: ReceivedRequest): Promise<PublishedEvent> {
  const data = await dataOf(received, { body: received.body, received: received.body });
  const kept = { ...received, source: sourceName, deliveryId: null, providerType: hookId };
  return {
    id,
    tenant: defaultTenant,
    type: hookEventType(hookId),
    subject: null,
    occurredAtMs: received.receivedAtMs,
    occurredAtWasGiven: false,
    version: null,
    data,
    request: encodeRequest(kept, data),
  };
}

export function arrivedRequest({ method, target, headers, body, address, port = 0 }: ReceivedRequest): ArrivedRequest {
  const host = address.includes(":") ? `[${address}]` : address;
  return { method, target, headers, body, remoteAddress: `${host}:${port}` };
}
