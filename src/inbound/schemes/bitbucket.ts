/** Bitbucket Cloud: HMAC-SHA256 of the body. */
import { declaredPreset } from "./declared.ts";

export const bitbucket = declaredPreset({
  name: "bitbucket",
  title: "Bitbucket Cloud",
  documentation: "https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/",
  secret: "The secret of the webhook, which you choose: Repository settings, Webhooks.",
  secretFrom: "receiver",
  // https://support.atlassian.com/bitbucket-cloud/docs/troubleshoot-webhooks/
  answerDeadlineMs: 10_000,
  custom: {
    signature: { place: "header:X-Hub-Signature", prefix: "sha256=" },
    id: "header:X-Request-UUID",
    type: "header:X-Event-Key",
  },
});
