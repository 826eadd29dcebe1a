import { declaredPreset } from "./declared.ts";

/**
 * A delivery is named by `X-Shopify-Webhook-Id`, the same on every attempt. `X-Shopify-Event-Id` is the same for every
 * subscription of an event: two topics of one source would lose an event by it.
 */
export const shopify = declaredPreset({
  name: "shopify",
  title: "Shopify",
  documentation: "https://shopify.dev/docs/apps/build/webhooks/subscribe/https#verify-a-webhook",
  secret: "The client secret of the app; of webhooks made in the admin, the secret that Settings, Notifications shows.",
  // https://shopify.dev/docs/apps/build/webhooks/subscribe/https#respond-to-a-webhook
  answerDeadlineMs: 5000,
  custom: {
    signature: { place: "header:X-Shopify-Hmac-Sha256", encoding: "base64" },
    id: "header:X-Shopify-Webhook-Id",
    type: "header:X-Shopify-Topic",
    occurredAt: { place: "header:X-Shopify-Triggered-At", unit: "rfc3339" },
  },
});
