/** The headers that sign one delivery, by the scheme of its endpoint. Part of stage 3. */
import type { Endpoint } from "../core/endpoint.ts";
import { signaturesPerRequest } from "../core/endpoint-signing.ts";
import type { Clock } from "../core/ports.ts";
import { activeSecrets } from "../core/secret-rotation.ts";
import { signedPrefix } from "../core/signature.ts";
import { signEd25519 } from "../platform/ed25519.ts";
import { type StandardWebhookContent, signStandardWebhook } from "../platform/hmac.ts";
import type { Signed } from "./signed.ts";
import { githubHeaders, hmacHeaders, stripeHeaders } from "./signing-imitations.ts";
import { messageSignatureHeaders } from "./signing-messages.ts";

/** Names and values in turn. `clock` is asked only where a secret is about to end. */
export function signatureHeaders(endpoint: Endpoint, signed: Signed, clock: Pick<Clock, "steadyMs">): string[] {
  const { signing, retiringSecrets } = endpoint;
  if (signing.scheme === "none") return ["webhook-id", signed.id];
  const secrets = retiringSecrets.length === 0 ? endpoint.secrets : activeSecrets(endpoint, clock.steadyMs());
  return headersUnder(endpoint, secrets, signed);
}

/** As `signatureHeaders`, with these secrets in place of the endpoint's: the first signs, or all, as the scheme has room. */
export function headersUnder({ signing }: Endpoint, secrets: readonly string[], signed: Signed): string[] {
  switch (signing.scheme) {
    case "standard-webhooks": {
      const { id, timestampSeconds, body } = signed;
      return standardHeaders({ secrets, id, timestampSeconds, body });
    }
    case "standard-webhooks-ed25519":
      return asymmetricHeaders(secrets, signed);
    case "github":
      return githubHeaders(secrets[0] ?? "", signed);
    case "stripe":
      return stripeHeaders(secrets, signed);
    case "hmac":
      return hmacHeaders(signing, secrets[0] ?? "", signed);
    case "http-message-signatures":
      return messageSignatureHeaders(signing, secrets, signed);
    case "none":
      return ["webhook-id", signed.id];
  }
}

/** Whether the receivers' change to a new secret needs turns (see `signing-turns.ts`). */
export const signsInTurns = (endpoint: Endpoint): boolean =>
  endpoint.retiringSecrets.length > 0 && signaturesPerRequest(endpoint.signing) === "one";

/** Whether `standardHeaders` with its own secrets is all that an endpoint needs. */
export const signsPlainly = ({ signing, retiringSecrets }: Endpoint): boolean =>
  signing.scheme === "standard-webhooks" && retiringSecrets.length === 0;

/** On the hot path: what most endpoints are sent needs no more to be signed. */
export function standardHeaders(content: StandardWebhookContent): string[] {
  const { id, timestampSeconds } = content;
  const signature = signStandardWebhook(content);
  return ["webhook-id", id, "webhook-timestamp", String(timestampSeconds), "webhook-signature", signature];
}

/**
 * `v1a` of Standard Webhooks
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme).
 */
function asymmetricHeaders(secrets: readonly string[], { id, timestampSeconds, body }: Signed): string[] {
  const content = Buffer.concat([Buffer.from(signedPrefix(id, timestampSeconds)), body]);
  const signature = secrets.map((secret) => `v1a,${signEd25519(secret, content)}`).join(" ");
  return ["webhook-id", id, "webhook-timestamp", String(timestampSeconds), "webhook-signature", signature];
}
