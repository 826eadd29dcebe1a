/** An event, as an embedding program sees it. */
import type { HandlerEvent } from "../core/handler.ts";
import type { KeptRequest } from "../core/received-request.ts";

export interface ReceivedEvent<Data = unknown> {
  /** The same for every copy of a request, and for every attempt to handle it. */
  readonly id: string;
  /** `<source>.<what the provider calls it>`, such as `github.push`; `<source>.received` where it calls it nothing. */
  readonly type: string;
  readonly source: string;
  /** What the provider calls this delivery or event; null where it gives it no name. */
  readonly deliveryId: string | null;
  /** By which it is in order among others; null where it is in none. */
  readonly key: string | null;
  /** What the body says: parsed when it is first asked for. A form is an object, a text a string. */
  readonly data: Data;
  /** The body as it came, byte for byte. */
  readonly body: Uint8Array;
  /** By name in lower case; the values of one that came several times are joined with commas. */
  readonly headers: Readonly<Record<string, string>>;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** The client's, behind the proxies that are trusted; empty where nobody said. */
  readonly address: string;
  /** The provider's own time where it states one, else when it was received. */
  readonly occurredAt: Date;
  readonly receivedAt: Date;
}

/** Of an event that was received. Its request and its data are read when they are asked for. */
export function receivedEvent(event: HandlerEvent): ReceivedEvent {
  let headers: Readonly<Record<string, string>> | null = null;
  const request = (): KeptRequest => {
    if (event.request === null) throw new Error(`the event ${event.id} was not received`);
    return event.request;
  };
  return {
    id: event.id,
    type: event.type,
    source: event.type.split(".", 1)[0] ?? "",
    key: event.subject,
    occurredAt: event.occurredAt,
    get data() {
      return event.data;
    },
    get headers() {
      headers ??= joined(request().headers);
      return headers;
    },
    get deliveryId() {
      return request().deliveryId;
    },
    get body() {
      return request().body;
    },
    get rawHeaders() {
      return request().headers;
    },
    get method() {
      return request().method;
    },
    get target() {
      return request().target;
    },
    get address() {
      return request().address;
    },
    get receivedAt() {
      return new Date(request().receivedAtMs);
    },
  };
}

function joined(headers: readonly string[]): Record<string, string> {
  const values: Record<string, string> = Object.create(null);
  for (let index = 0; index < headers.length; index += 2) {
    const name = (headers[index] ?? "").toLowerCase();
    const value = headers[index + 1] ?? "";
    values[name] = values[name] === undefined ? value : `${values[name]}, ${value}`;
  }
  return values;
}
