/** Square: HMAC-SHA256 of the URL and the body. */
import { declaredPreset } from "./declared.ts";

export const square = declaredPreset({
  name: "square",
  title: "Square",
  documentation: "https://developer.squareup.com/docs/webhooks/step3validate",
  secret: "The signature key of the subscription: Developer Console, Webhooks.",
  // "As soon as possible": https://developer.squareup.com/docs/webhooks-api/troubleshooting
  answerDeadlineMs: null,
  custom: {
    signature: { place: "header:X-Square-HmacSha256-Signature", encoding: "base64" },
    content: "{url}{body}",
    id: "body:event_id",
    type: "body:type",
    occurredAt: { place: "body:created_at", unit: "rfc3339" },
  },
});
