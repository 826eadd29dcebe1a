/** Sentry's integrations: HMAC-SHA256 of the body. */
import { declaredPreset } from "./declared.ts";

export const sentry = declaredPreset({
  name: "sentry",
  title: "Sentry",
  documentation: "https://docs.sentry.io/organization/integrations/integration-platform/webhooks/",
  secret: "The client secret of the integration: Settings, Custom Integrations.",
  // https://sentry.io/changelog/2023-10-3-change-to-integration-platform-webhook-handling/
  answerDeadlineMs: 1000,
  custom: {
    signature: { place: "header:Sentry-Hook-Signature" },
    id: "header:Request-ID",
    type: "header:Sentry-Hook-Resource",
    // It is not signed, so it says when, but not whether it is too late.
    occurredAt: { place: "header:Sentry-Hook-Timestamp", unit: "seconds" },
  },
});
