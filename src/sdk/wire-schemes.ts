/** Schemes, as they travel: how a source's requests are verified. */

export type SignatureAlgorithm =
  | "hmac-sha1"
  | "hmac-sha256"
  | "hmac-sha512"
  | "ed25519"
  | "ecdsa-p256-sha256"
  | "rsa-sha256"
  | "token";

export type SignatureEncoding = "hex" | "base64" | "base64url";
export type SecretEncoding = "utf8" | "hex" | "base64";
/** `one`: the value is the signature; `list`: several; `pairs`: `name=value`, several. */
export type SignatureForm = "one" | "list" | "pairs";

/** Where a time is, such as `header:x-time`, and how it is written. */
export interface TimePlace {
  readonly place: string;
  readonly unit: "seconds" | "milliseconds" | "rfc3339";
}

export interface NewSchemeSignature {
  /** `header:name`, `query:name`, `form:name`, or `body:path.into.json`. */
  readonly place: string;
  readonly encoding?: SignatureEncoding;
  /** Stands before each signature, such as `sha256=`. */
  readonly prefix?: string;
  readonly form?: SignatureForm;
  readonly separator?: string;
  /** Of `pairs`: that of the signature. */
  readonly name?: string;
}

export interface SchemeSignature {
  readonly place: string;
  readonly encoding: SignatureEncoding;
  readonly prefix: string;
  readonly form: SignatureForm;
  readonly separator: string;
  readonly name: string;
}

/** A scheme of one's own: all but the signature's place has a default. */
export interface NewCustomScheme {
  readonly algorithm?: SignatureAlgorithm;
  readonly signature: NewSchemeSignature;
  /** A template of what is signed; the body alone where absent. */
  readonly content?: string;
  readonly secret_encoding?: SecretEncoding;
  readonly secret_prefix?: string;
  readonly timestamp?: TimePlace | null;
  readonly tolerance_ms?: number;
  readonly id?: string | null;
  readonly type?: string | null;
  readonly occurred_at?: TimePlace | null;
}

export interface CustomScheme {
  readonly algorithm: SignatureAlgorithm;
  readonly signature: SchemeSignature;
  readonly content: string;
  readonly secret_encoding: SecretEncoding;
  readonly secret_prefix: string;
  readonly timestamp: TimePlace | null;
  readonly tolerance_ms: number;
  readonly id: string | null;
  readonly type: string | null;
  readonly occurred_at: TimePlace | null;
}

/** One of `preset`, `custom` and `unverified`. */
export interface NewSchemeChoice {
  readonly preset?: string;
  /** What the preset asks for beside secrets. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly custom?: NewCustomScheme;
  /** True: everyone is believed. */
  readonly unverified?: boolean;
}

export interface SchemeChoice {
  readonly preset?: string;
  /** Those of the preset that are not credentials. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly custom?: CustomScheme;
  readonly unverified?: boolean;
}

export interface SchemeSetting {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  /** It is a credential: no read shows it. */
  readonly secret: boolean;
}

/** How one provider signs, names and times its requests. */
export interface Scheme {
  readonly name: string;
  readonly title: string;
  /** The provider's page that says how it signs. */
  readonly documentation: string;
  /** What the secret is and where the provider shows it; null where there is none. */
  readonly secret: string | null;
  /** Who makes it: of `receiver`, one is made by the server if none is given. */
  readonly secret_from: "provider" | "receiver" | "handshake" | null;
  readonly settings: readonly SchemeSetting[];
  readonly tolerance_ms: number | null;
  /** How long the provider waits for an answer; null where it does not say. */
  readonly answer_deadline_ms: number | null;
  /** Whether the provider asks before it sends; that is answered by itself. */
  readonly handshake: boolean;
  /** What a test of a source may say happened; empty where the provider alone can sign. */
  readonly test_events: readonly string[];
}
