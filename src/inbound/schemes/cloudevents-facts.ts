/** What CloudEvents say of themselves, in each of the three modes of the HTTP binding. */
import { batchId, commonType, earliest } from "./batch.ts";
import { headerOf, isObject, type JsonObject, jsonOf, mediaTypeOf, wordOf } from "./request-parts.ts";
import type { SchemeFacts, SchemeRequest } from "./scheme.ts";
import { readTime } from "./signed-time.ts";

/** https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/http-protocol-binding.md#3 */
export function cloudEventsFacts(request: SchemeRequest): SchemeFacts {
  const events = mediaTypeOf(request).startsWith("application/cloudevents")
    ? eventsIn(request.body)
    : [headersOf(request)];
  return {
    deliveryId: batchId(events.map(idOf)),
    type: commonType(events.map(({ type }) => wordOf(type))),
    occurredAtMs: earliest(events.map(({ time }) => (typeof time === "string" ? readTime(time, "rfc3339") : null))),
  };
}

/** A source and an id together are unique, neither is alone. */
function idOf({ source, id }: JsonObject): string | null {
  const [from, name] = [wordOf(source), wordOf(id)];
  return from === null || name === null ? null : `${from} ${name}`;
}

function eventsIn(body: Uint8Array): JsonObject[] {
  const said = jsonOf(body);
  return (Array.isArray(said) ? said : [said]).filter(isObject);
}

const headersOf = (request: SchemeRequest): JsonObject => ({
  source: headerOf(request, "ce-source"),
  id: headerOf(request, "ce-id"),
  type: headerOf(request, "ce-type"),
  time: headerOf(request, "ce-time"),
});
