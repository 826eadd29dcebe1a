/** Paddle Billing: HMAC-SHA256 of time and body, written in pairs. */
import { declaredPreset } from "./declared.ts";

export const paddle = declaredPreset({
  name: "paddle",
  title: "Paddle Billing",
  documentation: "https://developer.paddle.com/webhooks/signature-verification",
  secret: "The secret key of the notification destination: Developer tools, Notifications.",
  // https://developer.paddle.com/webhooks/respond-to-webhooks
  answerDeadlineMs: 5000,
  custom: {
    signature: { place: "header:Paddle-Signature", form: "pairs", separator: ";", name: "h1" },
    content: "{timestamp}:{body}",
    timestamp: { place: "pair:ts", unit: "seconds" },
    id: "body:event_id",
    type: "body:event_type",
    occurredAt: { place: "body:occurred_at", unit: "rfc3339" },
  },
});
