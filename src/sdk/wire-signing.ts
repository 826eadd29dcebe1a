/** The shapes of how endpoints sign, as they travel; see `wire.ts`. */

export type SigningSchemeName =
  | "standard-webhooks"
  | "standard-webhooks-ed25519"
  | "github"
  | "stripe"
  | "hmac"
  | "http-message-signatures"
  | "none";

/** How deliveries are signed. Members beside `scheme` belong to the schemes that their comments name. */
export interface Signing {
  readonly scheme: SigningSchemeName;
  /** `hmac`: the header that carries the signature. */
  readonly header?: string;
  /** `hmac` takes the first four, `http-message-signatures` the last two. */
  readonly algorithm?: "sha1" | "sha256" | "sha384" | "sha512" | "hmac-sha256" | "ed25519";
  /** `hmac`: how the signature is written. */
  readonly encoding?: "hex" | "base64" | "base64url";
  /** `hmac`: what the secret writes down; `text` is its own UTF-8. */
  readonly secret_encoding?: "text" | "hex" | "base64";
  /** `hmac`: the header's value, with a place for the signature. */
  readonly template?: string;
  /** `hmac`: what is signed, with a place for the body. */
  readonly content?: string;
  /** `hmac`: further headers, by template. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A key that signatures name, or whose public half receivers verify with. */
export interface SigningKey {
  readonly key_id: string;
  readonly algorithm: "hmac-sha256" | "ed25519";
  /** `whpk_…`; null where the key is shared. */
  readonly public_key: string | null;
  /** When it signs no more; null while it is not replaced. */
  readonly expires_at: string | null;
}

export interface SecretRotation {
  /** One is made where absent. */
  readonly secret?: string;
  /** How long the secrets before it go on signing; a day where absent, 0 ends them at once. */
  readonly grace_ms?: number;
}

/** What an endpoint's deliveries are signed with; private keys are not shown. */
export interface EndpointSecrets {
  /** Every one signs; the first is the newest. */
  readonly secrets: readonly string[];
  readonly retiring: readonly RetiringSecret[];
}

/** A secret that was replaced, and signs for a while yet. */
export interface RetiringSecret {
  readonly secret: string;
  readonly expires_at: string;
}
