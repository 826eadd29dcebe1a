/** How deliveries to an endpoint are signed. */
export const signingSchemes = [
  "standard-webhooks",
  "standard-webhooks-ed25519",
  "github",
  "stripe",
  "hmac",
  "http-message-signatures",
  "none",
] as const;

export const hmacAlgorithms = ["sha1", "sha256", "sha384", "sha512"] as const;
export type HmacAlgorithm = (typeof hmacAlgorithms)[number];

export const signatureEncodings = ["hex", "base64", "base64url"] as const;
export type SignatureEncoding = (typeof signatureEncodings)[number];

/** What the text of a secret stands for: its own UTF-8, or the bytes that it writes down. */
export const secretEncodings = ["text", "hex", "base64"] as const;
export type SecretEncoding = (typeof secretEncodings)[number];

/** A scheme of which every part can be chosen, to be what a receiver that exists already expects. */
export interface CustomHmac {
  readonly scheme: "hmac";
  /** The header that carries the signature. */
  readonly header: string;
  readonly algorithm: HmacAlgorithm;
  readonly encoding: SignatureEncoding;
  readonly secretEncoding: SecretEncoding;
  /** The header's value, with `{signature}` in it, such as `sha1={signature}` (see `signature-template.ts`). */
  readonly template: string;
  /** What is signed: a text with `{body}` or `{url}` in it, such as `{timestamp}.{body}`. */
  readonly content: string;
  /** Further headers, by name: templates such as `{id}`. */
  readonly headers: Readonly<Record<string, string>>;
}

export const messageAlgorithms = ["hmac-sha256", "ed25519"] as const;
export type MessageAlgorithm = (typeof messageAlgorithms)[number];

/** HTTP Message Signatures (RFC 9421) over the method, the URL, the digest of the content and `webhook-id`. */
export interface MessageSigning {
  readonly scheme: "http-message-signatures";
  readonly algorithm: MessageAlgorithm;
}

export interface FixedScheme {
  readonly scheme: "standard-webhooks" | "standard-webhooks-ed25519" | "github" | "stripe" | "none";
}

export type SigningScheme = FixedScheme | CustomHmac | MessageSigning;

/** A secret that was replaced, and still signs for a while, so that receivers can change over. */
export interface RetiringSecret {
  readonly secret: string;
  /** When it was replaced, and until when it signs, by the clock that does not step. */
  readonly sinceMs: number;
  readonly untilMs: number;
}

export interface SigningSettings {
  readonly signing: SigningScheme;
  /** The newest first. */
  readonly retiringSecrets: readonly RetiringSecret[];
}

export const signingDefaults: SigningSettings = { signing: { scheme: "standard-webhooks" }, retiringSecrets: [] };

export const hmacDefaults = {
  algorithm: "sha256",
  encoding: "hex",
  secretEncoding: "text",
  template: "{signature}",
  content: "{body}",
  headers: { "webhook-id": "{id}" },
} as const satisfies Partial<CustomHmac>;

/**
 * Signatures that one request has room for. Where it is one, the receivers' change to a new secret needs turns: see
 * `outbound/signing-turns.ts`.
 */
export function signaturesPerRequest({ scheme }: SigningScheme): "none" | "one" | "many" {
  if (scheme === "none") return "none";
  return scheme === "github" || scheme === "hmac" ? "one" : "many";
}

/** Whether what signs is a private key, whose public half is published. */
export const signsWithKeyPair = (signing: SigningScheme): boolean =>
  signing.scheme === "standard-webhooks-ed25519" ||
  (signing.scheme === "http-message-signatures" && signing.algorithm === "ed25519");

/** The headers that carry a scheme, in lower case: nobody may set them beside it. */
export function signingHeaders(signing: SigningScheme): readonly string[] {
  if (signing.scheme === "hmac") return [signing.header, ...Object.keys(signing.headers)].map(lowerCase);
  return headersOfSchemes[signing.scheme];
}

const lowerCase = (name: string): string => name.toLowerCase();

const headersOfSchemes: Readonly<Record<Exclude<SigningScheme["scheme"], "hmac">, readonly string[]>> = {
  "standard-webhooks": [],
  "standard-webhooks-ed25519": [],
  github: ["x-github-event", "x-github-delivery", "x-hub-signature", "x-hub-signature-256"],
  stripe: ["stripe-signature"],
  "http-message-signatures": ["content-digest", "signature", "signature-input"],
  none: [],
};
