import { declaredPreset } from "./declared.ts";

/** SHA-256 alone: the SHA-1 that GitHub still sends beside it, `X-Hub-Signature`, is not looked at. */
export const github = declaredPreset({
  name: "github",
  title: "GitHub",
  documentation: "https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries",
  secret: "The secret of the webhook, which you choose: repository, Settings, Webhooks, Secret.",
  secretFrom: "receiver",
  // https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks
  answerDeadlineMs: 10_000,
  custom: {
    signature: { place: "header:X-Hub-Signature-256", prefix: "sha256=" },
    id: "header:X-GitHub-Delivery",
    type: "header:X-GitHub-Event",
  },
});
