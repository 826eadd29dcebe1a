/** The headers that sign one delivery, by the scheme of its endpoint. Part of stage 3. */
import type { Endpoint } from "../core/endpoint.ts";
import type { DeliveryMethod } from "../core/endpoint-payload.ts";
import { signStandardWebhook } from "../platform/hmac.ts";

export interface Signed {
  readonly id: string;
  readonly timestampSeconds: number;
  /** As it is before it is compressed. */
  readonly body: Uint8Array;
  readonly method: DeliveryMethod;
  readonly url: string;
}

/** Names and values in turn. */
export function signatureHeaders(endpoint: Endpoint, signed: Signed): string[] {
  const { id, timestampSeconds, body } = signed;
  const signature = signStandardWebhook({ secrets: endpoint.secrets, id, timestampSeconds, body });
  return ["webhook-id", id, "webhook-timestamp", String(timestampSeconds), "webhook-signature", signature];
}
