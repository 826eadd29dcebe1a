import { limits } from "./limits.ts";

/** How Trotline makes itself known to a receiver, and finds out that a receiver wants to be one. */
export type Authorization =
  | { readonly type: "basic"; readonly username: string; readonly password: string }
  | { readonly type: "bearer"; readonly token: string }
  | {
      /** OAuth 2 client credentials (RFC 6749, section 4.4). */
      readonly type: "oauth2";
      readonly tokenUrl: string;
      readonly clientId: string;
      readonly clientSecret: string;
      readonly scope: string | null;
      readonly audience: string | null;
      /** Where the client's id and secret go: the `Authorization` header, or the body. */
      readonly clientAuthentication: "basic" | "body";
    };

/** PEM texts. */
export interface TlsSettings {
  /** Shown to receivers that ask for one (mutual TLS); null shows none. */
  readonly certificate: string | null;
  readonly key: string | null;
  /** Certificates to trust in place of the built-in ones. */
  readonly ca: string | null;
}

export const verifications = ["none", "challenge", "cloudevents"] as const;
export type Verification = (typeof verifications)[number];

export interface ReachSettings {
  readonly authorization: Authorization | null;
  readonly tls: TlsSettings | null;
  /** What a URL must have answered before it is stored. */
  readonly verification: Verification;
}

export const reachDefaults: ReachSettings = { authorization: null, tls: null, verification: "none" };

interface Place {
  readonly url: string;
  readonly verification: Verification;
}

/** Whether a receiver must agree before this is stored. `before` is null for a new endpoint. */
export const needsVerification = (before: Place | null, after: Place): boolean =>
  after.verification !== "none" && (before?.url !== after.url || before.verification !== after.verification);

/** Text that a header can carry as it is, without spaces: tokens, and what OAuth calls a client's id and secret. */
const visible = /^[\x21-\x7e]+$/;
const printable = /^[\x20-\x7e]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 7617 takes none
const control = /[\x00-\x1f\x7f]/;

interface Refusal {
  /** In the words of the wire, within `authorization`. */
  readonly member: string;
  readonly sentence: string;
}

/** Why credentials do not fit; null where they do. Repeats none of them. */
export function authorizationRefusal(authorization: Authorization): Refusal | null {
  if (authorization.type === "basic") return basicRefusal(authorization);
  if (authorization.type === "bearer") {
    return visible.test(authorization.token) ? null : refusal("token", "has a character that a header cannot carry");
  }
  const { clientId, clientSecret, scope, audience, tokenUrl } = authorization;
  if (tokenUrl.length > limits.urlLength) return refusal("token_url", `is longer than ${limits.urlLength} characters`);
  if (!printable.test(clientId)) return refusal("client_id", "is not printable ASCII");
  if (!printable.test(clientSecret)) return refusal("client_secret", "is not printable ASCII");
  if (scope !== null && !printable.test(scope)) return refusal("scope", "is not printable ASCII");
  if (audience !== null && !printable.test(audience)) return refusal("audience", "is not printable ASCII");
  return null;
}

function basicRefusal({ username, password }: { username: string; password: string }): Refusal | null {
  if (username.includes(":")) return refusal("username", "has a colon, which would end it (RFC 7617)");
  if (control.test(username) || !username.isWellFormed()) return refusal("username", "has a control character");
  return control.test(password) || !password.isWellFormed() ? refusal("password", "has a control character") : null;
}

const refusal = (member: string, sentence: string): Refusal => ({ member, sentence });
