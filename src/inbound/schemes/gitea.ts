/** Gitea, and Forgejo that came of it. */
import { declaredPreset } from "./declared.ts";

export const gitea = declaredPreset({
  name: "gitea",
  title: "Gitea",
  documentation: "https://docs.gitea.com/usage/webhooks",
  secret: "The secret of the webhook, which you choose: Settings, Webhooks.",
  secretFrom: "receiver",
  // `DELIVER_TIMEOUT`: https://docs.gitea.com/administration/config-cheat-sheet#webhook-webhook
  answerDeadlineMs: 5000,
  custom: {
    signature: { place: "header:X-Gitea-Signature" },
    id: "header:X-Gitea-Delivery",
    type: "header:X-Gitea-Event",
  },
});

export const forgejo = declaredPreset({
  name: "forgejo",
  title: "Forgejo",
  documentation: "https://forgejo.org/docs/latest/user/webhooks/",
  secret: "The secret of the webhook, which you choose: Settings, Webhooks.",
  secretFrom: "receiver",
  // `DELIVER_TIMEOUT`: https://forgejo.org/docs/latest/admin/config-cheat-sheet/#webhook-webhook
  answerDeadlineMs: 5000,
  custom: {
    signature: { place: "header:X-Forgejo-Signature" },
    id: "header:X-Forgejo-Delivery",
    type: "header:X-Forgejo-Event",
  },
});
