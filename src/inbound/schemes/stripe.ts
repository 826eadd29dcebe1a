import { declaredPreset } from "./declared.ts";
import { readTime } from "./signed-time.ts";

/** The secret is the key as it is written, `whsec_` included. Signatures `v0` are of test clocks alone. */
export const stripe = declaredPreset({
  name: "stripe",
  title: "Stripe",
  documentation: "https://docs.stripe.com/webhooks#verify-manually",
  secret: "The signing secret of the endpoint: Workbench, Webhooks. It begins with `whsec_`.",
  answerDeadlineMs: null,
  custom: {
    signature: { place: "header:Stripe-Signature", form: "pairs", name: "v1" },
    content: "{timestamp}.{body}",
    timestamp: { place: "pair:t", unit: "seconds" },
    id: "body:id",
    type: "body:type",
    occurredAt: { place: "body:created", unit: "seconds" },
  },
  // Thin events write it otherwise: https://docs.stripe.com/event-destinations#thin-payload
  facts: (values, found) => ({
    ...found,
    occurredAtMs: found.occurredAtMs ?? readTime(values.one("body:created") ?? "", "rfc3339"),
  }),
});
