/**
 * Standard Webhooks: `v1` with a shared secret, `v1a` with a public key
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 */
import type { CustomSchemeInput } from "../../core/scheme.ts";
import { verifyBySecret } from "./by-secret.ts";
import { declaredPreset } from "./declared.ts";
import type { Scheme } from "./scheme.ts";

/** The signature of Standard Webhooks under names of headers that begin otherwise. */
export const standardSignature = (names: string): CustomSchemeInput => ({
  signature: { place: `header:${names}-signature`, encoding: "base64", prefix: "v1,", form: "list", separator: " " },
  content: "{id}.{timestamp}.{body}",
  secretEncoding: "base64",
  secretPrefix: "whsec_",
  timestamp: { place: `header:${names}-timestamp`, unit: "seconds" },
  id: `header:${names}-id`,
  type: "body:type",
  occurredAt: { place: "body:timestamp", unit: "rfc3339" },
});

const about = {
  name: "standard-webhooks",
  title: "Standard Webhooks",
  documentation: "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
  secret: "What the provider shows: `whsec_…`, a shared secret, or `whpk_…`, its public key (Ed25519).",
  // The shortest that the specification advises a sender to wait.
  answerDeadlineMs: 15_000,
} as const;

const shared = declaredPreset({ ...about, custom: standardSignature("webhook") });

const publicPrefix = "whpk_";
const standard = standardSignature("webhook");

/** `v1a` alone, by a public key. */
export const standardWebhooksEd25519: Scheme = declaredPreset({
  ...about,
  name: "standard-webhooks-ed25519",
  title: "Standard Webhooks with Ed25519",
  secret: "The provider's public key: `whpk_…`.",
  custom: {
    ...standard,
    algorithm: "ed25519",
    signature: { ...standard.signature, prefix: "v1a," },
    secretPrefix: publicPrefix,
  },
});

const schemeOf = (secret: string): Scheme => (secret.startsWith(publicPrefix) ? standardWebhooksEd25519 : shared);

export const standardWebhooks: Scheme = {
  ...shared,
  customOf: (secret) => schemeOf(secret).custom,
  secretRefusal: (text) => schemeOf(text).secretRefusal(text),
  verify: (request, context) => verifyBySecret(schemeOf, request, context),
};
