/** What stands on the standard input of a program. Part of stage 3. */
import type { CommandSubject } from "../core/command-values.ts";
import type { CommandInput } from "../core/endpoint-command.ts";
import { type StoredEvent, sameBytes } from "../core/event.ts";
import type { KeptRequest } from "../core/received-request.ts";

/** Null: nothing. */
export function commandInput(input: CommandInput, subject: CommandSubject): Uint8Array | null {
  const { event, request } = subject;
  switch (input) {
    case "none":
      return null;
    case "data":
      return event.data;
    case "body":
      return request?.body ?? event.data;
    case "event":
      return eventJson(subject);
  }
}

/** `{"id","tenant","type","subject"?,"occurred_at","version"?,"attempt","request"?,"data"}`; the data as they are. */
function eventJson({ event, request, attempt }: CommandSubject): Uint8Array {
  const { id, tenant, type, subject, occurredAtMs, version } = event;
  const head = JSON.stringify({
    id,
    tenant,
    type,
    ...(subject !== null && { subject }),
    occurred_at: new Date(occurredAtMs).toISOString(),
    ...(version !== null && { version }),
    attempt,
    ...(request !== null && { request: requestJson(request, event) }),
  });
  return Buffer.concat([Buffer.from(`${head.slice(0, -1)},"data":`), event.data, Buffer.from("}\n")]);
}

/** Its body only where that is not the data, byte for byte. */
function requestJson(request: KeptRequest, { data }: StoredEvent): object {
  const { method, target, headers, address, receivedAtMs, source, deliveryId, body } = request;
  return {
    method,
    target,
    headers: pairs(headers),
    address,
    received_at: new Date(receivedAtMs).toISOString(),
    source,
    delivery_id: deliveryId,
    ...(!sameBytes(body, data) && { body_base64: Buffer.from(body).toString("base64") }),
  };
}

const pairs = (headers: readonly string[]): (readonly [string, string])[] =>
  headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1] ?? ""] as const] : []));
