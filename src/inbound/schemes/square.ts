import { declaredPreset } from "./declared.ts";

export const square = declaredPreset({
  name: "square",
  title: "Square",
  documentation: "https://developer.squareup.com/docs/webhooks/step3validate",
  secret: "The signature key of the subscription: Developer Console, Webhooks.",
  // https://developer.squareup.com/docs/webhooks/troubleshooting
  answerDeadlineMs: 10_000,
  custom: {
    signature: { place: "header:X-Square-HmacSha256-Signature", encoding: "base64" },
    content: "{url}{body}",
    id: "body:event_id",
    type: "body:type",
    occurredAt: { place: "body:created_at", unit: "rfc3339" },
  },
});
