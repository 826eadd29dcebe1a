/** Vercel: HMAC-SHA1 of the body. */
import { declaredPreset } from "./declared.ts";

export const vercel = declaredPreset({
  name: "vercel",
  title: "Vercel",
  documentation: "https://vercel.com/docs/webhooks/webhooks-api#securing-webhooks",
  secret: "The secret that is shown when the webhook is made; of an integration, its client secret.",
  answerDeadlineMs: null,
  custom: {
    algorithm: "hmac-sha1",
    signature: { place: "header:X-Vercel-Signature" },
    id: "body:id",
    type: "body:type",
    occurredAt: { place: "body:createdAt", unit: "milliseconds" },
  },
});
