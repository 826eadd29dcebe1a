/** Razorpay: HMAC-SHA256 of the body. */
import { declaredPreset } from "./declared.ts";

export const razorpay = declaredPreset({
  name: "razorpay",
  title: "Razorpay",
  documentation: "https://razorpay.com/docs/webhooks/validate-test/",
  secret: "The secret of the webhook, which you choose: Account & Settings, Webhooks.",
  secretFrom: "receiver",
  // https://razorpay.com/docs/webhooks/
  answerDeadlineMs: 5000,
  custom: {
    signature: { place: "header:X-Razorpay-Signature" },
    id: "header:X-Razorpay-Event-Id",
    type: "body:event",
    occurredAt: { place: "body:created_at", unit: "seconds" },
  },
});
