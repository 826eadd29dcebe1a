/** By what events are kept in order: what the program says becomes the subject of each event that is received. */
import type { NewEvent } from "../core/event.ts";
import { handlerEvent } from "../core/handler.ts";
import { decodeRequest } from "../core/received-request.ts";
import { parsePlace } from "../core/value-place.ts";
import { RequestValues } from "../inbound/schemes/request-values.ts";
import { type ReceivedEvent, receivedEvent } from "./received-event.ts";

/**
 * Events with the same key are handled one after the other, in the order in which they were stored; those without one
 * as they come. A place such as `body:repository.id`, `header:x-shop` or `query:team`, or a function.
 */
// biome-ignore lint/suspicious/noExplicitAny: what a provider sends has whatever shape its handler says
export type OrderBy = string | ((event: ReceivedEvent<any>) => string | number | null | undefined);

export type KeyOf = (event: NewEvent) => string | null;

/** Throws a TypeError where the place is none; `name` is what it is called there. */
export function keyOf(orderBy: OrderBy, name: string): KeyOf {
  if (typeof orderBy === "function") {
    return (event) => {
      const key: unknown = orderBy(receivedEvent(handlerEvent(event, event))) ?? null;
      if (key === null || typeof key === "string") return key;
      // Of a promise, or an object, the text is the same for all: they would wait for each other.
      if (typeof key !== "number") throw new TypeError(`\`${name}\` answers a text or a number, not ${typeof key}.`);
      return String(key);
    };
  }
  const place = parsePlace(orderBy);
  if (typeof place === "string") throw new TypeError(`\`${name}\` ${place}.`);
  // The data of a form are an object of its fields, so that one way leads to them and to JSON.
  const inData = place.kind === "form" ? { ...place, kind: "body" as const, path: [place.name] } : place;
  return ({ request, data }) => {
    if (request === null) return null;
    const { method, headers, target } = decodeRequest(request, data);
    return new RequestValues({ method, headers, url: target, body: data }).all(inData)[0] ?? null;
  };
}
