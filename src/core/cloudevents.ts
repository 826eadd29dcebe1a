/** An event as a CloudEvent 1.0 (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md). */
import type { StoredEvent } from "./event.ts";

/** Its attributes, in order. `source` and `id` together are unique, as an event's id is for its tenant. */
function attributesOf(event: StoredEvent): readonly (readonly [name: string, value: string])[] {
  const subject = event.subject === null ? [] : [["subject", event.subject] as const];
  return [
    ["specversion", "1.0"],
    ["id", event.id],
    ["source", `/tenants/${event.tenant}`],
    ["type", event.type],
    ["time", new Date(event.occurredAtMs).toISOString()],
    ...subject,
  ];
}

/** As JSON, up to its data: these bytes, then `event.data`, then `}`, are the event in structured mode. */
export function cloudEventHead(event: StoredEvent): string {
  const attributes = Object.fromEntries([...attributesOf(event), ["datacontenttype", "application/json"]]);
  return `${JSON.stringify(attributes).slice(0, -1)},"data":`;
}

/** As headers, names and values in turn: the event in binary mode, whose body is its data. */
export function cloudEventHeaders(event: StoredEvent): string[] {
  return attributesOf(event).flatMap(([name, value]) => [`ce-${name}`, headerValue(value)]);
}

/**
 * Space, quote, per cent and all that is not printable ASCII, as the bytes of their UTF-8
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md, section 3.1.3.2).
 */
export const headerValue = (text: string): string =>
  text.replace(/[^\x21\x23\x24\x26-\x7e]+/gu, (odd) => {
    let encoded = "";
    for (const character of odd) {
      encoded += /[\x20-\x7e]/.test(character)
        ? `%${character.charCodeAt(0).toString(16).toUpperCase()}`
        : encodeURIComponent(character);
    }
    return encoded;
  });
