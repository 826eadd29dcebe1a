/** Typeform: HMAC-SHA256 of the body, in base64. */
import { declaredPreset } from "./declared.ts";

export const typeform = declaredPreset({
  name: "typeform",
  title: "Typeform",
  documentation: "https://www.typeform.com/developers/webhooks/secure-your-webhooks/",
  secret: "The secret of the webhook, which you choose: Connect, Webhooks, Edit.",
  secretFrom: "receiver",
  // https://www.typeform.com/developers/webhooks/
  answerDeadlineMs: 30_000,
  custom: {
    signature: { place: "header:Typeform-Signature", encoding: "base64", prefix: "sha256=" },
    id: "body:event_id",
    type: "body:event_type",
    occurredAt: { place: "body:form_response.submitted_at", unit: "rfc3339" },
  },
});
