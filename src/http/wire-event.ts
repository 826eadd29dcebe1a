import { cursorAt, type Epochs } from "../core/epochs.ts";
import type { StoredEvent } from "../core/event.ts";
import { decodeRequest, sourceOf } from "../core/received-request.ts";
import type { Redeliveries } from "../log/event-log.ts";
import type { DeliveryView } from "../outbound/deliveries.ts";
import type { PublishAnswer } from "../outbound/publish.ts";
import type { Registry } from "../registry/registry.ts";
import type { DeliveryBody } from "./schemas/event.ts";
import { wireAttempt } from "./wire-attempt.ts";
import type { RequestMember } from "./wire-received.ts";
import { wireTime, wireTimeOrNull } from "./wire-time.ts";

/**
 * The JSON of one event with where it went: what `GET /v1/events/{id}` answers. `data` is as it came, byte for byte,
 * here and everywhere.
 */
export function wireEvent(
  event: StoredEvent,
  epochs: Epochs,
  { deliveries, redeliveries, request }: EventParts,
): Buffer {
  const origin = redeliveries === null ? "" : `,${JSON.stringify(originOf(event, redeliveries)).slice(1, -1)}`;
  return joinEvents([event], {
    before: (one) => eventHead(one, cursorAt(epochs, one.position)),
    behind: request,
    after: `${origin},"deliveries":${JSON.stringify(deliveries)}}`,
  });
}

/** What is told of one event that pages do not tell. */
export interface EventParts {
  readonly deliveries: readonly DeliveryBody[];
  /** Null where it was published. */
  readonly redeliveries: Redeliveries | null;
  readonly request?: RequestMember | undefined;
}

/** What the provider calls a received event, and how often it came again. */
const originOf = ({ request, data }: StoredEvent, { count, lastAtMs }: Redeliveries) => ({
  delivery_id: request === null ? null : decodeRequest(request, data).deliveryId,
  duplicates: { count, last_at: wireTimeOrNull(lastAtMs) },
});

/**
 * The JSON of an event up to its data: these bytes, then `event.data`, then `}`, are the event as every form of the
 * feed writes it. Composed by hand: it is written a thousand times for a page. Ids, tenants, types and cursors have no
 * character that JSON escapes.
 */
export function eventHead(event: StoredEvent, cursor: string): string {
  const subject = event.subject === null ? "" : `,"subject":${JSON.stringify(event.subject)}`;
  const version = event.version === null ? "" : `,"version":${JSON.stringify(event.version)}`;
  const source = event.request === null ? "" : `,"source":"${sourceOf(event)}"`;
  return (
    `{"id":"${event.id}","tenant":"${event.tenant}","type":"${event.type}"${source}${subject}` +
    `,"occurred_at":"${wireTime(event.occurredAtMs)}","accepted_at":"${wireTime(event.acceptedAtMs)}"${version}` +
    `,"cursor":"${cursor}","data":`
  );
}

/** What stands around the data of each event, and around all. */
export interface Around {
  readonly open?: string;
  readonly before: (event: StoredEvent, index: number) => string;
  /** Stands between the data and `after`. */
  readonly behind?: ((event: StoredEvent) => string) | undefined;
  readonly after: string;
  readonly close?: string;
}

/** Many events in one buffer: `open`, then for each event `before`, its data and `after`, then `close`. */
export function joinEvents(events: readonly StoredEvent[], around: Around): Buffer {
  const { open = "", behind, after, close = "" } = around;
  const heads: string[] = [];
  const tails: string[] = [];
  let total = Buffer.byteLength(open) + Buffer.byteLength(close) + events.length * Buffer.byteLength(after);
  for (const [index, event] of events.entries()) {
    const head = around.before(event, index);
    heads.push(head);
    total += Buffer.byteLength(head) + event.data.length;
    if (behind === undefined) continue;
    const tail = behind(event);
    tails.push(tail);
    total += Buffer.byteLength(tail);
  }
  const joined = Buffer.allocUnsafe(total);
  let at = joined.write(open, 0);
  for (const [index, event] of events.entries()) {
    at += joined.write(heads[index] as string, at);
    joined.set(event.data, at);
    at += event.data.length;
    if (behind !== undefined) at += joined.write(tails[index] as string, at);
    at += joined.write(after, at);
  }
  joined.write(close, at);
  return joined;
}

export function wireDelivery(delivery: DeliveryView, registry: Registry): DeliveryBody {
  return {
    endpoint_id: delivery.endpoint.id,
    url: delivery.endpoint.kind === "http" ? delivery.endpoint.url : null,
    state: delivery.state,
    attempts: delivery.attempts,
    next_attempt_at: wireTimeOrNull(delivery.nextAttemptAtMs),
    last_attempt: delivery.lastAttempt === null ? null : wireAttempt(delivery.lastAttempt, registry),
  };
}

/** The JSON text of the answer to a publisher. Ids and cursors have no character that JSON escapes. */
export function wirePublished(answer: PublishAnswer): string {
  const [only] = answer.items;
  if (!answer.isBatch && only !== undefined) return wireItem(only);
  return `{"data":[${answer.items.map(wireItem).join(",")}]}`;
}

/** Whether any event of it is new. */
export const isStored = (answer: PublishAnswer): boolean => answer.items.some((item) => !item.duplicate);

const wireItem = (item: PublishAnswer["items"][number]): string =>
  `{"id":"${item.id}","cursor":"${item.cursor}","duplicate":${item.duplicate}}`;
