import { encodeCursor } from "../core/cursor.ts";
import type { StoredEvent } from "../core/event.ts";
import type { DeliveryView } from "../outbound/deliveries.ts";
import type { PublishAnswer } from "../outbound/publish.ts";
import type { Registry } from "../registry/registry.ts";
import type { DeliveryBody } from "./schemas/event.ts";
import { wireAttempt } from "./wire-attempt.ts";
import { wireTime, wireTimeOrNull } from "./wire-time.ts";

/** The JSON text of an event. Composed by hand, because `data` is answered as it came, byte for byte. */
export function wireEvent(event: StoredEvent, epoch: string, deliveries: readonly DeliveryBody[]): Buffer {
  const head = JSON.stringify({
    id: event.id,
    tenant: event.tenant,
    type: event.type,
    subject: event.subject ?? undefined,
    occurred_at: wireTime(event.occurredAtMs),
    accepted_at: wireTime(event.acceptedAtMs),
    version: event.version ?? undefined,
    cursor: encodeCursor({ epoch, position: event.position }),
  });
  return Buffer.concat([
    Buffer.from(`${head.slice(0, -1)},"data":`),
    event.data,
    Buffer.from(`,"deliveries":${JSON.stringify(deliveries)}}`),
  ]);
}

export function wireDelivery(delivery: DeliveryView, registry: Registry): DeliveryBody {
  return {
    endpoint_id: delivery.endpoint.id,
    url: delivery.endpoint.url,
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

const wireItem = (item: PublishAnswer["items"][number]): string =>
  `{"id":"${item.id}","cursor":"${item.cursor}","duplicate":${item.duplicate}}`;
