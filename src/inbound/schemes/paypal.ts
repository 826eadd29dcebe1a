/** PayPal: RSA over the id, the time, the webhook's id and the CRC-32 of the body, by a certificate of PayPal's. */
import { sign, verify } from "node:crypto";
import { crc32 } from "node:zlib";
import { withHeaders, withMembers } from "./draft.ts";
import { mismatch } from "./matching.ts";
import { certificateKey } from "./provider-certificate.ts";
import { isRefusal, refusal } from "./refusal.ts";
import { headerOf, jsonOf, memberOf, oneHeader, wordOf } from "./request-parts.ts";
import type { Refusal, Scheme, SchemeRequest, Verdict, VerifyContext } from "./scheme.ts";
import { selfSigned } from "./self-signed.ts";
import { choiceRefusal } from "./settings-check.ts";
import { decodeSignature } from "./signature-key.ts";
import { readTime, timeRefusal } from "./signed-time.ts";

/** Compared as it is written: no other host, port, user or path. */
const certificateUrls = {
  live: /^https:\/\/api(?:-m)?\.paypal\.com\/v1\/notifications\/certs\/[A-Za-z0-9_-]{1,128}$/,
  sandbox: /^https:\/\/api(?:-m)?\.sandbox\.paypal\.com\/v1\/notifications\/certs\/[A-Za-z0-9_-]{1,128}$/,
};

/**
 * PayPal sends a delivery again for three days (https://developer.paypal.com/api/rest/webhooks/), and nobody says that
 * it signs it anew.
 */
const toleranceMs = 4 * 24 * 3_600_000;

export const paypal: Scheme = {
  name: "paypal",
  title: "PayPal",
  documentation: "https://developer.paypal.com/api/rest/webhooks/rest/",
  secret: null,
  secretRefusal: () => "PayPal has no secret: it signs with a certificate.",
  settings: [
    { name: "webhook_id", description: "The id of the webhook, from the app's page. It is signed.", isRequired: true },
    {
      name: "environment",
      description: "`sandbox` takes what the sandbox signs, and nothing else. `live` where it is not given.",
      isRequired: false,
    },
  ],
  settingsRefusal: (settings) => choiceRefusal(settings, { environment: ["live", "sandbox"] }),
  toleranceMs,
  answerDeadlineMs: null,
  verify: verifyPaypal,
  facts(request) {
    const said = jsonOf(request.body);
    return {
      deliveryId: wordOf(memberOf(said, "id")) ?? headerOf(request, "paypal-transmission-id"),
      type: wordOf(memberOf(said, "event_type")),
      occurredAtMs: readTime(wordOf(memberOf(said, "create_time")) ?? "", "rfc3339"),
    };
  },
  handshake: null,
  signer: {
    makeSecret() {
      const { certificate, privateKey } = selfSigned("messageverificationcerts.paypal.com");
      return { secret: certificate, signingKey: privateKey };
    },
    sign(draft, { signingKey, nowMs, settings }) {
      const time = new Date(nowMs).toISOString().replace(/\.\d+Z$/, "Z");
      const filled = withMembers(draft, { id: draft.deliveryId, event_type: draft.type, create_time: time });
      const content = contentOf(filled, { id: draft.deliveryId, time, webhookId: settings.webhook_id ?? "" });
      const host = settings.environment === "sandbox" ? "api.sandbox.paypal.com" : "api.paypal.com";
      return withHeaders(filled, {
        "PAYPAL-AUTH-ALGO": "SHA256withRSA",
        "PAYPAL-CERT-URL": `https://${host}/v1/notifications/certs/CERT-0`,
        "PAYPAL-TRANSMISSION-ID": draft.deliveryId,
        "PAYPAL-TRANSMISSION-SIG": sign("sha256", content, signingKey).toString("base64"),
        "PAYPAL-TRANSMISSION-TIME": time,
      });
    },
  },
  custom: null,
};

async function verifyPaypal(request: SchemeRequest, context: VerifyContext): Promise<Verdict> {
  const { webhook_id: webhookId, environment = "live" } = context.settings;
  if (webhookId === undefined) return refusal("secret_missing", "The source has no `webhook_id`.");
  const said = headersOf(request);
  if (isRefusal(said)) return said;
  const { algorithm, url, signature, id, time } = said;
  if (algorithm !== "SHA256withRSA") {
    return refusal("signature_malformed", "The algorithm is not SHA256withRSA, the only one that is taken.");
  }
  const bytes = decodeSignature(signature, "base64");
  if (bytes === null) return refusal("signature_malformed", "The signature is not base64.");
  const signedMs = readTime(time, "rfc3339");
  if (signedMs === null) return refusal("timestamp_malformed", "The time of the transmission is none.");
  if (!certificateUrls[environment === "sandbox" ? "sandbox" : "live"].test(url)) {
    return refusal("certificate_refused", `The certificate's URL is not one of PayPal's (${environment}).`);
  }
  const key = await certificateKey({ url, domains: ["paypal.com"] }, context);
  if (isRefusal(key)) return key;
  if (!verify("sha256", contentOf(request, { id, time, webhookId }), key, bytes)) return mismatch;
  return timeRefusal(signedMs, "rfc3339", { toleranceMs, ...context }) ?? { ok: true, secret: 0 };
}

interface Transmission {
  readonly algorithm: string;
  readonly url: string;
  readonly signature: string;
  readonly id: string;
  readonly time: string;
}

function headersOf(request: SchemeRequest): Transmission | Refusal {
  const signature = oneHeader(request, "paypal-transmission-sig");
  const algorithm = oneHeader(request, "paypal-auth-algo");
  const url = oneHeader(request, "paypal-cert-url");
  const id = oneHeader(request, "paypal-transmission-id");
  const time = oneHeader(request, "paypal-transmission-time", "timestamp_missing");
  if (typeof signature !== "string") return signature;
  if (typeof algorithm !== "string") return algorithm;
  if (typeof url !== "string") return url;
  if (typeof id !== "string") return id;
  return typeof time === "string" ? { signature, algorithm, url, id, time } : time;
}

const contentOf = (
  { body }: Pick<SchemeRequest, "body">,
  { id, time, webhookId }: { readonly id: string; readonly time: string; readonly webhookId: string },
): Buffer => Buffer.from(`${id}|${time}|${webhookId}|${crc32(body)}`);
