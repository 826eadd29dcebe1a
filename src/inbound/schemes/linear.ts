/** Linear: HMAC-SHA256 of the body, which has the time that it was signed at. */
import { declaredPreset } from "./declared.ts";

export const linear = declaredPreset({
  name: "linear",
  title: "Linear",
  documentation: "https://linear.app/developers/webhooks#securing-webhooks",
  secret: "The signing secret that the webhook's page shows: Settings, API.",
  // https://linear.app/developers/webhooks#webhooks
  answerDeadlineMs: 5000,
  custom: {
    signature: { place: "header:Linear-Signature" },
    timestamp: { place: "body:webhookTimestamp", unit: "milliseconds" },
    // As Linear advises.
    toleranceMs: 60_000,
    id: "header:Linear-Delivery",
    type: "header:Linear-Event",
    occurredAt: { place: "body:createdAt", unit: "rfc3339" },
  },
});
