import { bodyName } from "./body-name.ts";
import { declaredPreset } from "./declared.ts";

/** Its bodies have the time of the change. */
export const lemonsqueezy = declaredPreset({
  name: "lemonsqueezy",
  title: "Lemon Squeezy",
  documentation: "https://docs.lemonsqueezy.com/help/webhooks/signing-requests",
  secret: "The signing secret of the webhook, which you choose: Settings, Webhooks.",
  secretFrom: "receiver",
  answerDeadlineMs: null,
  custom: {
    signature: { place: "header:X-Signature" },
    type: "header:X-Event-Name",
    occurredAt: { place: "body:data.attributes.updated_at", unit: "rfc3339" },
  },
  facts: ({ request }, found) => ({ ...found, deliveryId: bodyName(request) }),
});
