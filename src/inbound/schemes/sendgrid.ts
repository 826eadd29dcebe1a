/** SendGrid's Event Webhook: ECDSA over time and body, which is an array of events. */
import { batchId, commonType, earliest } from "./batch.ts";
import { declaredPreset } from "./declared.ts";
import { isObject, jsonOf, wordOf } from "./request-parts.ts";

export const sendgrid = declaredPreset({
  name: "sendgrid",
  title: "Twilio SendGrid",
  documentation:
    "https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/" +
    "getting-started-event-webhook-security-features",
  secret: "The verification key, a public key: Settings, Mail Settings, Event Webhooks, Signature verification.",
  answerDeadlineMs: null,
  custom: {
    algorithm: "ecdsa-p256-sha256",
    signature: { place: "header:X-Twilio-Email-Event-Webhook-Signature", encoding: "base64" },
    content: "{timestamp}{body}",
    timestamp: { place: "header:X-Twilio-Email-Event-Webhook-Timestamp", unit: "seconds" },
    // It is tried again for a day, and nobody says that it is signed anew: an attempt that is refused is lost.
    toleranceMs: 25 * 3_600_000,
    id: "body:0.sg_event_id",
    type: "body:0.event",
    occurredAt: { place: "body:0.timestamp", unit: "seconds" },
  },
  facts: ({ request }) => {
    const value = jsonOf(request.body);
    const events = (Array.isArray(value) ? value : [value]).filter(isObject);
    return {
      deliveryId: batchId(events.map(({ sg_event_id: id }) => wordOf(id))),
      type: commonType(events.map(({ event }) => wordOf(event))),
      occurredAtMs: earliest(
        events.map(({ timestamp }) => (Number.isSafeInteger(timestamp) ? (timestamp as number) * 1000 : null)),
      ),
    };
  },
});
