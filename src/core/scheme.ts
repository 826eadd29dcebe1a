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

export const timeUnits = ["seconds", "milliseconds", "rfc3339"] as const;
export type TimeUnit = (typeof timeUnits)[number];

/** Where a time is, and how it is written. */
export interface TimePlace {
  readonly place: ValuePlace;
  readonly unit: TimeUnit;
}

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
  /**
   * What is signed: text with `{body}`, `{timestamp}`, `{id}`, `{url}`, `{method}` and places such as `{header:name}`.
   * Of `token`: empty, as nothing is signed.
   */
  readonly content: string;
  readonly secretEncoding: SecretEncoding;
  /** Stands before the secret as it is written, such as `whsec_`; empty for none. */
  readonly secretPrefix: string;
  /** The signed time; null where the provider signs none. `pair:t` is the pair `t` of the signature's place. */
  readonly timestamp: TimePlace | null;
  /** How far the signed time may be from ours, either way. */
  readonly toleranceMs: number;
  readonly id: ValuePlace | null;
  readonly type: ValuePlace | null;
  /** The provider's own time of the event. */
  readonly occurredAt: TimePlace | null;
}

/** What a scheme of one's own is where nothing else is said. */
export const customSchemeDefaults = {
  algorithm: "hmac-sha256",
  signature: { place: "", encoding: "hex", prefix: "", form: "one", separator: ",", name: "" },
  content: "{body}",
  secretEncoding: "utf8",
  secretPrefix: "",
  timestamp: null,
  toleranceMs: 300_000,
  id: null,
  type: null,
  occurredAt: null,
} as const satisfies CustomScheme;

/** What is said of a scheme, and the defaults for the rest. Its signature's place must be said. */
export type CustomSchemeInput = Partial<Omit<CustomScheme, "signature">> & {
  readonly signature: Partial<CustomScheme["signature"]> & { readonly place: ValuePlace };
};

export const completeScheme = (said: CustomSchemeInput): CustomScheme => ({
  ...customSchemeDefaults,
  content: said.algorithm === "token" ? "" : customSchemeDefaults.content,
  ...said,
  signature: { ...customSchemeDefaults.signature, ...said.signature },
});
