/** How a source's requests are verified, as it is configured: a preset by its name, or a scheme of one's own. */
export type SchemeChoice =
  /** `preset` is a name of `inbound/schemes/presets.ts`; `settings` are what that preset asks for beside secrets. */
  | { readonly preset: string; readonly settings: Readonly<Record<string, string>> }
  | { readonly custom: CustomScheme }
  /** Everyone is believed. It must be said, never assumed. */
  | { readonly unverified: true };

export const signatureAlgorithms = [
  "hmac-sha1",
  "hmac-sha256",
  "hmac-sha512",
  "ed25519",
  "ecdsa-p256-sha256",
  "rsa-sha256",
  "token",
] as const;
/** `token`: the secret itself is in the request. */
export type SignatureAlgorithm = (typeof signatureAlgorithms)[number];

export const signatureEncodings = ["hex", "base64", "base64url"] as const;
export type SignatureEncoding = (typeof signatureEncodings)[number];

/** How a secret, as it is written, becomes the bytes of a key. */
export const secretEncodings = ["utf8", "hex", "base64"] as const;
export type SecretEncoding = (typeof secretEncodings)[number];

/**
 * Where a value of a request is: `header:x-github-delivery`, `query:token`, `form:MessageSid`, or `body:data.id`, a
 * path into a JSON body whose parts are divided by full stops.
 */
export type ValuePlace = string;

/** Most presets are one of these: a new provider is configuration. */
export interface CustomScheme {
  readonly algorithm: SignatureAlgorithm;
  readonly signature: {
    readonly place: ValuePlace;
    readonly encoding: SignatureEncoding;
    /** Stands before each signature, such as `sha256=`. */
    readonly prefix: string;
    /**
     * `one`: the value is the signature. `list`: several, divided by `separator`. `pairs`: `name=value` divided by
     * `separator`, of which `name` is the signature's.
     */
    readonly form: "one" | "list" | "pairs";
    readonly separator: string;
    /** Of `pairs`; else empty. */
    readonly name: string;
  };
  /** What is signed: text with `{body}`, `{timestamp}`, `{id}`, `{url}`, `{method}` and `{header:name}`. */
  readonly content: string;
  readonly secretEncoding: SecretEncoding;
  /** Stands before the secret as it is written, such as `whsec_`; empty for none. */
  readonly secretPrefix: string;
  /** The signed time; null where the provider signs none. `pair:t` is the pair `t` of the signature's place. */
  readonly timestamp: { readonly place: ValuePlace; readonly unit: "seconds" | "milliseconds" | "rfc3339" } | null;
  /** How far the signed time may be from ours, either way. */
  readonly toleranceMs: number;
  readonly id: ValuePlace | null;
  readonly type: ValuePlace | null;
  /** The provider's own time of the event. */
  readonly occurredAt: { readonly place: ValuePlace; readonly unit: "seconds" | "milliseconds" | "rfc3339" } | null;
}
