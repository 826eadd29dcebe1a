/** The shapes of how endpoints are authorized and reached, as they travel; see `wire.ts`. */
import type { ErrorClass } from "./wire-error-class.ts";
import type { DryRunRequest } from "./wire-payload.ts";

/** What the header `Authorization` carries. Members beside `type` belong to the types that their comments name. */
export interface NewAuthorization {
  readonly type: "basic" | "bearer" | "oauth2";
  /** `basic` */
  readonly username?: string;
  /** `basic`; never shown. */
  readonly password?: string;
  /** `bearer`; never shown. */
  readonly token?: string;
  /** `oauth2`: where tokens are fetched. */
  readonly token_url?: string;
  /** `oauth2` */
  readonly client_id?: string;
  /** `oauth2`; never shown. */
  readonly client_secret?: string;
  /** `oauth2`; may be absent. */
  readonly scope?: string;
  /** `oauth2`; may be absent. */
  readonly audience?: string;
  /** `oauth2`: where the client's id and secret go; `basic` where absent. */
  readonly client_authentication?: "basic" | "body";
}

/** What is not secret of it. */
export interface Authorization {
  readonly type: "basic" | "bearer" | "oauth2";
  readonly username?: string;
  readonly token_url?: string;
  readonly client_id?: string;
  readonly scope?: string;
  readonly audience?: string;
  readonly client_authentication?: "basic" | "body";
}

/** In PEM. */
export interface NewTlsSettings {
  /** Shown to receivers that ask for one, with those that lead to its root. */
  readonly certificate?: string;
  /** Its private key, without a passphrase; never shown. */
  readonly key?: string;
  /** Certificates to trust in place of the built-in ones. */
  readonly ca?: string;
}

export interface TlsSettings {
  readonly certificate: string | null;
  readonly certificate_expires_at: string | null;
  readonly ca: string | null;
}

/** What came of a test of an endpoint. */
export interface EndpointTest {
  readonly event_id: string;
  readonly event_type: string;
  readonly delivered: boolean;
  /** HTTP status of the answer; null where none came. */
  readonly status: number | null;
  readonly error_class: ErrorClass | null;
  /** A sentence for people. */
  readonly error_detail: string | null;
  readonly duration_ms: number;
  readonly response_body: string;
  readonly response_truncated: boolean;
  /** What was sent; null where nothing was, or where a program is run or a handler called. */
  readonly request: DryRunRequest | null;
}
