/** GitLab: the secret token as it is, or the signing token of newer versions, which signs as Standard Webhooks do. */
import { verifyBySecret } from "./by-secret.ts";
import { declaredPreset } from "./declared.ts";
import type { Scheme } from "./scheme.ts";
import { standardSignature } from "./standard-webhooks.ts";

const about = {
  name: "gitlab",
  title: "GitLab",
  documentation: "https://docs.gitlab.com/user/project/integrations/webhooks/",
  secret: "The webhook's secret token, or its signing token (`whsec_…`): Settings, Webhooks.",
  // https://docs.gitlab.com/user/gitlab_com/#webhooks
  answerDeadlineMs: 10_000,
} as const;

/** The same on every attempt (https://docs.gitlab.com/user/project/integrations/webhooks/#delivery-headers). */
const places = { id: "header:Idempotency-Key", type: "header:X-Gitlab-Event" } as const;

const byToken = declaredPreset({
  ...about,
  custom: { ...places, algorithm: "token", signature: { place: "header:X-Gitlab-Token" } },
});

/** https://gitlab.com/gitlab-org/gitlab/-/merge_requests/230944 */
export const gitlabSigning = declaredPreset({
  ...about,
  name: "gitlab-signing",
  title: "GitLab, signed",
  secret: "The webhook's signing token: Settings, Webhooks. It begins with `whsec_`.",
  custom: { ...standardSignature("webhook"), type: places.type, occurredAt: null },
});

const schemeOf = (secret: string): Scheme => (secret.startsWith("whsec_") ? gitlabSigning : byToken);

export const gitlab: Scheme = {
  ...byToken,
  customOf: (secret) => schemeOf(secret).custom,
  secretFrom: "receiver",
  secretRefusal: (text) => schemeOf(text).secretRefusal(text),
  verify: (request, context) => verifyBySecret(schemeOf, request, context),
};
