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
