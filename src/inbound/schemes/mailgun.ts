import { declaredPreset } from "./declared.ts";

/**
 * The signature is in the body, over a time and a token, and not over the rest: whoever saw one request could send
 * another with its token. So the token is what names a delivery, and it takes one event. The window is as long as
 * Mailgun tries again (https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhook-retries).
 */
export const mailgun = declaredPreset({
  name: "mailgun",
  title: "Mailgun",
  documentation: "https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks",
  secret: "The HTTP webhook signing key: Settings, API security.",
  answerDeadlineMs: null,
  custom: {
    signature: { place: "body:signature.signature" },
    content: "{timestamp}{id}",
    timestamp: { place: "body:signature.timestamp", unit: "seconds" },
    toleranceMs: 9 * 3_600_000,
    id: "body:signature.token",
    type: "body:event-data.event",
    occurredAt: { place: "body:event-data.timestamp", unit: "seconds" },
  },
});
