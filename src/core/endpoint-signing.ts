/** How deliveries to an endpoint are signed. */
export type HmacAlgorithm = "sha1" | "sha256" | "sha384" | "sha512";
export type SignatureEncoding = "hex" | "base64" | "base64url";

/** A scheme of which every part can be chosen, to be what a receiver that exists already expects. */
export interface CustomHmac {
  readonly scheme: "hmac";
  /** The header that carries the signature. */
  readonly header: string;
  readonly algorithm: HmacAlgorithm;
  readonly encoding: SignatureEncoding;
  /** The header's value, with `{signature}` in it, such as `sha1={signature}`; also `{timestamp}` and `{id}`. */
  readonly template: string;
  /** What is signed: a text with `{body}` in it, such as `{timestamp}.{body}`; also `{id}`, `{method}` and `{url}`. */
  readonly content: string;
}

export type SigningScheme =
  | {
      readonly scheme:
        | "standard-webhooks"
        | "standard-webhooks-ed25519"
        | "github"
        | "stripe"
        | "http-message-signatures"
        | "none";
    }
  | CustomHmac;

/** A secret that was replaced, and still signs for a while, so that receivers can change over. */
export interface RetiringSecret {
  readonly secret: string;
  readonly untilMs: number;
}

export interface SigningSettings {
  readonly signing: SigningScheme;
  /** The newest first. */
  readonly retiringSecrets: readonly RetiringSecret[];
}

export const signingDefaults: SigningSettings = { signing: { scheme: "standard-webhooks" }, retiringSecrets: [] };
