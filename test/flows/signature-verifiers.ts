/** Receivers of every scheme, as others have written them: none of what verifies here is Trotline's own. */
import {
  createHash,
  createHmac,
  createPublicKey,
  type KeyObject,
  timingSafeEqual,
  verify as verifyBytes,
} from "node:crypto";
import { verify as verifyGithub } from "@octokit/webhooks-methods";
import { httpbis } from "http-message-signatures";
import { Webhook } from "standardwebhooks";
import Stripe from "stripe";
import type { SigningScheme } from "../../src/core/endpoint-signing.ts";

/** A request as a receiver has it. */
export interface Parcel {
  readonly method: string;
  readonly url: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SchemeCase {
  readonly name: string;
  /** The member `signing` of an endpoint. */
  readonly body: { readonly scheme: string; readonly [member: string]: unknown };
  readonly signing: SigningScheme;
  /** Two secrets of the scheme; of a key pair, its private half. */
  readonly secrets: readonly [string, string];
  /** What a receiver is given of a secret. */
  readonly known: (secret: string) => string;
  /** The header with the signature in it. */
  readonly header: string;
  /** What it signs beside the body. */
  readonly signs: { readonly time: boolean; readonly id: boolean };
  /** False, or an error, where the request is not genuine. */
  readonly verify: (parcel: Parcel, known: string) => Promise<boolean>;
}

const shared = (letter: string): string => `whsec_${btoa(letter.repeat(32))}`;
const seed = (letter: string): string => `whsk_${btoa(letter.repeat(32))}`;
const asIs = (secret: string): string => secret;
const toleranceSeconds = 300;

/** The JWK of a private key's public half, by Node alone. */
export function publicJwk(secret: string): string {
  const d = Buffer.from(secret.slice("whsk_".length), "base64").subarray(0, 32);
  const head = Buffer.from("302e020100300506032b657004220420", "hex");
  const key = createPublicKey({ key: Buffer.concat([head, d]), format: "der", type: "pkcs8" } as never);
  return JSON.stringify(key.export({ format: "jwk" }));
}

const publicKey = (jwk: string): KeyObject => createPublicKey({ key: JSON.parse(jwk), format: "jwk" });

/** The `keyid` of a JWK (RFC 7638). */
export function thumbprint(jwk: string): string {
  const { crv, kty, x } = JSON.parse(jwk);
  return createHash("sha256").update(JSON.stringify({ crv, kty, x })).digest("base64url");
}

const isNear = (seconds: number): boolean => Math.abs(Date.now() / 1000 - seconds) <= toleranceSeconds;

async function verifyAsymmetric({ headers, body }: Parcel, jwk: string): Promise<boolean> {
  const { "webhook-id": id, "webhook-timestamp": timestamp = "", "webhook-signature": header = "" } = headers;
  if (!/^\d{10}$/.test(timestamp) || !isNear(Number(timestamp))) return false;
  const content = Buffer.from(`${id}.${timestamp}.${body}`);
  const key = publicKey(jwk);
  return header.split(" ").some((text) => {
    const [version, signature = ""] = text.split(",");
    if (version !== "v1a" || !/^[A-Za-z0-9+/]{86}==$/.test(signature)) return false;
    return verifyBytes(null, content, key, Buffer.from(signature, "base64"));
  });
}

/** A receiver of long ago, that knows what its one provider sends. */
async function verifyLegacy({ headers, body }: Parcel, secret: string): Promise<boolean> {
  if (secret === "") throw new Error("no secret");
  const expected = Buffer.from(`sha1=${createHmac("sha1", secret).update(body).digest("hex")}`);
  const given = Buffer.from(headers["x-hub-signature"] ?? "");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

const messageFields = ["@method", "@target-uri", "content-digest", "webhook-id"];

function messageVerifier(alg: "hmac-sha256" | "ed25519"): SchemeCase["verify"] {
  return async ({ method, url, headers, body }, known) => {
    const digest = createHash("sha256").update(body).digest("base64");
    if (headers["content-digest"] !== `sha-256=:${digest}:`) return false;
    const key = {
      algs: [alg],
      verify: async (base: Buffer, signature: Buffer) => {
        if (alg === "ed25519") return verifyBytes(null, base, publicKey(known), signature);
        const bytes = Buffer.from(known.replace("whsec_", ""), "base64");
        if (bytes.length === 0) throw new Error("no secret");
        const expected = createHmac("sha256", bytes).update(base).digest();
        return expected.length === signature.length && timingSafeEqual(expected, signature);
      },
    };
    const isMine = (keyId: unknown): boolean => alg !== "ed25519" || keyId === thumbprint(known);
    // It asks for every signature's key, and takes the last that it gets: of several shared keys, each is tried alone.
    const inputs = (headers["signature-input"] ?? "").split(/, (?=sig\d+=)/);
    const signatures = (headers.signature ?? "").split(/, (?=sig\d+=)/);
    for (const [index, input] of inputs.entries()) {
      const own = { ...headers, "signature-input": input, signature: signatures[index] ?? "" };
      const isGenuine = await httpbis.verifyMessage(
        {
          keyLookup: async ({ keyid }) => (isMine(keyid) ? key : null),
          requiredFields: messageFields,
          requiredParams: ["created", "keyid", "alg"],
          maxAge: toleranceSeconds,
          notAfter: Math.floor(Date.now() / 1000) + toleranceSeconds,
        },
        { method, url, headers: own },
      );
      if (isGenuine === true) return true;
    }
    return false;
  };
}

export const schemeCases: readonly SchemeCase[] = [
  {
    name: "standard-webhooks",
    body: { scheme: "standard-webhooks" },
    signing: { scheme: "standard-webhooks" },
    secrets: [shared("a"), shared("b")],
    known: asIs,
    header: "webhook-signature",
    signs: { time: true, id: true },
    verify: async ({ headers, body }, secret) => {
      new Webhook(secret).verify(body, { ...headers }, { jsonParse: false });
      return true;
    },
  },
  {
    name: "standard-webhooks-ed25519",
    body: { scheme: "standard-webhooks-ed25519" },
    signing: { scheme: "standard-webhooks-ed25519" },
    secrets: [seed("a"), seed("b")],
    known: publicJwk,
    header: "webhook-signature",
    signs: { time: true, id: true },
    verify: verifyAsymmetric,
  },
  {
    name: "github",
    body: { scheme: "github" },
    signing: { scheme: "github" },
    secrets: ["It's a Secret to Everybody", "Another secret of ours"],
    known: asIs,
    header: "x-hub-signature-256",
    signs: { time: false, id: false },
    verify: ({ headers, body }, secret) => verifyGithub(secret, body, headers["x-hub-signature-256"] ?? ""),
  },
  {
    name: "stripe",
    body: { scheme: "stripe" },
    signing: { scheme: "stripe" },
    secrets: ["whsec_a_secret_as_stripe_has", "whsec_b_secret_as_stripe_has"],
    known: asIs,
    header: "stripe-signature",
    signs: { time: true, id: false },
    verify: async ({ headers, body }, secret) => {
      if (secret === "") throw new Error("no secret");
      const event = Stripe.webhooks.constructEvent(body, headers["stripe-signature"] ?? "", secret);
      // The library knows signatures that are too old, and takes those of the future.
      const [, time = ""] = /t=(\d+)/.exec(headers["stripe-signature"] ?? "") ?? [];
      return event !== null && isNear(Number(time));
    },
  },
  {
    name: "hmac",
    body: { scheme: "hmac", header: "X-Hub-Signature", algorithm: "sha1", template: "sha1={signature}" },
    signing: {
      scheme: "hmac",
      header: "X-Hub-Signature",
      algorithm: "sha1",
      encoding: "hex",
      secretEncoding: "text",
      template: "sha1={signature}",
      content: "{body}",
      headers: { "webhook-id": "{id}" },
    },
    secrets: ["a secret of long ago", "b secret of long ago"],
    known: asIs,
    header: "x-hub-signature",
    signs: { time: false, id: false },
    verify: verifyLegacy,
  },
  {
    name: "http-message-signatures, hmac-sha256",
    body: { scheme: "http-message-signatures" },
    signing: { scheme: "http-message-signatures", algorithm: "hmac-sha256" },
    secrets: [shared("a"), shared("b")],
    known: asIs,
    header: "signature",
    signs: { time: true, id: true },
    verify: messageVerifier("hmac-sha256"),
  },
  {
    name: "http-message-signatures, ed25519",
    body: { scheme: "http-message-signatures", algorithm: "ed25519" },
    signing: { scheme: "http-message-signatures", algorithm: "ed25519" },
    secrets: [seed("a"), seed("b")],
    known: publicJwk,
    header: "signature",
    signs: { time: true, id: true },
    verify: messageVerifier("ed25519"),
  },
];

/** Whether a receiver that knows this would take the request. */
export async function isTaken(scheme: SchemeCase, parcel: Parcel, known: string): Promise<boolean> {
  try {
    return await scheme.verify(parcel, known);
  } catch {
    return false;
  }
}
