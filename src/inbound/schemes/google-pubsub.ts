/** Google Pub/Sub push: a token of Google's (JWT, RS256) that names the source's audience and service account. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { withHeaders, withMembers } from "./draft.ts";
import { mismatch } from "./matching.ts";
import { isRefusal, refusal } from "./refusal.ts";
import { isObject, type JsonObject, jsonOf, memberOf, oneHeader, wordOf } from "./request-parts.ts";
import type { Refusal, Scheme, SchemeRequest, Verdict, VerifyContext } from "./scheme.ts";
import { decodeSignature } from "./signature-key.ts";
import { readTime, timeRefusal } from "./signed-time.ts";

const keysUrl = "https://www.googleapis.com/oauth2/v3/certs";
const issuers = ["https://accounts.google.com", "accounts.google.com"];
/** A token holds for an hour; ours and their clocks may differ. */
const toleranceMs = 300_000;
const lifeMsMax = 3_600_000;
const tokenLengthMax = 4096;

export const googlePubsub: Scheme = {
  name: "google-pubsub",
  title: "Google Cloud Pub/Sub",
  documentation: "https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions",
  secret: null,
  secretRefusal: () => "Pub/Sub has no secret: it signs with Google's keys.",
  settings: [
    { name: "audience", description: "The audience of the push subscription.", isRequired: true },
    {
      name: "email",
      description: "The subscription's service account: Google signs for everyone who has one.",
      isRequired: true,
    },
  ],
  // What is signed is not the request but a token that holds for an hour.
  toleranceMs: null,
  answerDeadlineMs: null,
  verify: verifyPush,
  facts({ body }) {
    const message = memberOf(jsonOf(body), "message");
    return {
      deliveryId: wordOf(memberOf(message, "messageId")),
      type: wordOf(memberOf(message, "attributes", "eventType")),
      occurredAtMs: readTime(wordOf(memberOf(message, "publishTime")) ?? "", "rfc3339"),
    };
  },
  handshake: null,
  signer: {
    makeSecret() {
      const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
      const key = { ...publicKey.export({ format: "jwk" }), kid: "1", alg: "RS256", use: "sig" };
      const signingKey = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
      return { secret: JSON.stringify({ keys: [key] }), signingKey };
    },
    sign(draft, { signingKey, nowMs, settings }) {
      const seconds = Math.floor(nowMs / 1000);
      const head = encode({ alg: "RS256", kid: "1", typ: "JWT" });
      const { audience: aud, email } = settings;
      const claims = encode({ iss: issuers[0], aud, email, email_verified: true, iat: seconds, exp: seconds + 3600 });
      const signature = sign("sha256", Buffer.from(`${head}.${claims}`), createPrivateKey(signingKey));
      const data = Buffer.from(draft.body).toString("base64");
      const given = memberOf(jsonOf(draft.body), "message");
      const message = {
        ...(isObject(given) ? given : { data }),
        attributes: { eventType: draft.type },
        messageId: draft.deliveryId,
        publishTime: new Date(nowMs).toISOString(),
      };
      const body = isObject(given) ? draft.body : Buffer.from("{}");
      const filled = withMembers({ ...draft, body }, { message });
      return withHeaders(filled, { Authorization: `Bearer ${head}.${claims}.${signature.toString("base64url")}` });
    },
  },
  custom: null,
};

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

async function verifyPush(request: SchemeRequest, context: VerifyContext): Promise<Verdict> {
  const header = oneHeader(request, "authorization");
  if (typeof header !== "string") return header;
  const [, signed = "", head = "", claims = "", text = ""] =
    /^Bearer (([\w-]+)\.([\w-]+))\.([\w-]+)$/i.exec(header.length > tokenLengthMax ? "" : header) ?? [];
  const signature = decodeSignature(text, "base64url");
  const said = jsonIn(claims);
  const { alg, kid } = jsonIn(head) ?? {};
  // The algorithm is Google's, and never what the token says.
  if (signature === null || said === null || alg !== "RS256" || typeof kid !== "string") {
    return refusal("signature_malformed", "The token is no JWT with RS256.");
  }
  const foreign = foreignClaim(said, context);
  if (foreign !== null) return foreign;
  const key = await googleKey(kid, context);
  if (isRefusal(key)) return key;
  return verify("sha256", Buffer.from(signed), key, signature) ? { ok: true, secret: 0 } : mismatch;
}

const jsonIn = (part: string): JsonObject | null => {
  const value = jsonOf(Buffer.from(part, "base64url"));
  return isObject(value) ? value : null;
};

function foreignClaim(said: JsonObject, { settings, nowMs }: VerifyContext): Refusal | null {
  const { audience, email } = settings;
  const isOurs =
    audience !== undefined &&
    said.aud === audience &&
    email !== undefined &&
    said.email === email &&
    said.email_verified === true &&
    issuers.some((issuer) => issuer === said.iss);
  if (!isOurs) return refusal("signature_mismatch", "The token is of another issuer, audience or account.");
  if (!Number.isSafeInteger(said.iat) || !Number.isSafeInteger(said.exp)) {
    return refusal("timestamp_missing", "The token does not say when it begins and ends.");
  }
  const [beganMs, endsMs] = [Number(said.iat) * 1000, Number(said.exp) * 1000];
  if (endsMs + toleranceMs < nowMs) return refusal("timestamp_stale", "The token has ended.");
  if (beganMs - toleranceMs > nowMs) return refusal("timestamp_future", "The token has not begun.");
  return timeRefusal(beganMs, "seconds", { nowMs, toleranceMs: toleranceMs + lifeMsMax });
}

async function googleKey(kid: string, { fetchText }: VerifyContext): Promise<KeyObject | Refusal> {
  let text: string;
  try {
    text = await fetchText(keysUrl);
  } catch {
    return refusal("provider_unavailable", "Google's keys could not be fetched just now.");
  }
  const keys = memberOf(jsonOf(Buffer.from(text)), "keys");
  const found = Array.isArray(keys) ? keys.find((key) => memberOf(key, "kid") === kid) : undefined;
  if (!isObject(found) || found.kty !== "RSA") return refusal("certificate_refused", "Google has no such key.");
  try {
    return createPublicKey({ key: { kty: "RSA", n: String(found.n), e: String(found.e) }, format: "jwk" });
  } catch {
    return refusal("certificate_refused", "Google's key cannot be read.");
  }
}
