/** Signatures as other providers make them, for receivers that exist already. Part of stage 3. */
import type { CustomHmac } from "../core/endpoint-signing.ts";
import { type Placeholder, parseTemplate, placeholdersOf, type TemplatePiece } from "../core/signature-template.ts";
import { guidOf, keyedDigest } from "../platform/keyed-digest.ts";
import { type Signed, targetUri } from "./signed.ts";

/**
 * As GitHub signs: SHA-256, and beside it the SHA-1 that it still sends to receivers of long ago
 * (https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers).
 */
export function githubHeaders(secret: string, { id, type, body }: Signed): string[] {
  const request = { secret, secretEncoding: "text", parts: [body], encoding: "hex" } as const;
  return [
    "webhook-id",
    id,
    "X-GitHub-Event",
    type,
    "X-GitHub-Delivery",
    guidOf(id),
    "X-Hub-Signature",
    `sha1=${keyedDigest({ ...request, algorithm: "sha1" })}`,
    "X-Hub-Signature-256",
    `sha256=${keyedDigest({ ...request, algorithm: "sha256" })}`,
  ];
}

/** As Stripe signs, with every secret (https://docs.stripe.com/webhooks#verify-manually). */
export function stripeHeaders(secrets: readonly string[], { id, timestampSeconds, body }: Signed): string[] {
  const parts = [`${timestampSeconds}.`, body];
  const signatures = secrets.map((secret) =>
    keyedDigest({ algorithm: "sha256", secret, secretEncoding: "text", parts, encoding: "hex" }),
  );
  const value = [`t=${timestampSeconds}`, ...signatures.map((signature) => `v1=${signature}`)].join(",");
  return ["webhook-id", id, "Stripe-Signature", value];
}

type Pieces = readonly TemplatePiece[];

interface Compiled {
  readonly template: Pieces;
  readonly content: Pieces;
  readonly headers: readonly (readonly [name: string, value: Pieces])[];
}

/** By the settings, which are never changed but replaced. */
const compiled = new WeakMap<CustomHmac, Compiled>();

/** As the settings say. */
export function hmacHeaders(signing: CustomHmac, secret: string, signed: Signed): string[] {
  const { template, content, headers } = compile(signing);
  const { algorithm, encoding, secretEncoding } = signing;
  const parts = content.map((piece) =>
    "placeholder" in piece && piece.placeholder === "body" ? signed.body : textOf(piece, signed, ""),
  );
  const signature = keyedDigest({ algorithm, secret, secretEncoding, parts, encoding });
  const fill = (pieces: Pieces): string => pieces.map((piece) => textOf(piece, signed, signature)).join("");
  return [...headers.flatMap(([name, value]) => [name, fill(value)]), signing.header, fill(template)];
}

function compile(signing: CustomHmac): Compiled {
  let made = compiled.get(signing);
  if (made === undefined) {
    made = {
      template: parsed(signing.template, placeholdersOf.template),
      content: parsed(signing.content, placeholdersOf.content),
      headers: Object.entries(signing.headers).map(([name, value]) => [name, parsed(value, placeholdersOf.header)]),
    };
    compiled.set(signing, made);
  }
  return made;
}

function parsed(template: string, allowed: readonly Placeholder[]): Pieces {
  const pieces = parseTemplate(template, allowed);
  if (typeof pieces === "string") throw new Error(`a template that cannot be read: it ${pieces}`);
  return pieces;
}

function textOf(piece: TemplatePiece, signed: Signed, signature: string): string {
  if ("text" in piece) return piece.text;
  switch (piece.placeholder) {
    case "id":
      return signed.id;
    case "guid":
      return guidOf(signed.id);
    case "type":
      return signed.type;
    case "timestamp":
      return String(signed.timestampSeconds);
    case "timestamp_ms":
      return `${signed.timestampSeconds}000`;
    case "timestamp_iso":
      return `${new Date(signed.timestampSeconds * 1000).toISOString().slice(0, 19)}Z`;
    case "method":
      return signed.method;
    case "url":
      return targetUri(signed.url);
    case "signature":
      return signature;
    case "body":
      return Buffer.from(signed.body).toString("latin1");
  }
}
