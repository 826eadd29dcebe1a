/** Who asks, and links to the portal, as they travel. */
import type { HeldScope } from "./wire-keys.ts";

/** What a session begins with. */
export interface SignIn {
  readonly key: string;
}

/** How whoever runs the server has the portal look. */
export interface Brand {
  readonly name: string | null;
  /** `#rrggbb`. */
  readonly colour: string | null;
  /** A `data:` URL, or a path of the server. */
  readonly logo: string | null;
}

export interface SessionKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly HeldScope[];
  readonly tenant: string | null;
  readonly expires_at: string | null;
}

/** Who asks. Without a key: whether one is needed, and nothing else. */
export interface Session {
  readonly auth: "keys" | "none";
  readonly signed_in: boolean;
  readonly brand: Brand | null;
  /** Null where no keys are needed. */
  readonly key?: SessionKey | null;
  readonly version?: string;
  readonly store?: "sqlite" | "postgres" | "memory";
  readonly public_url?: string | null;
}

export interface Tenant {
  readonly name: string;
  readonly endpoints: number;
}

export interface NewPortalLink {
  /** `default` where absent; a key that is bound to a tenant makes links for that one. */
  readonly tenant?: string;
  /** An hour where absent. */
  readonly expires_in_ms?: number;
  /** For people, in the list of keys. */
  readonly name?: string;
}

export interface PortalLink {
  readonly url: string;
  readonly token: string;
  readonly tenant: string;
  readonly expires_at: string;
  /** Revoke it to end the link before. */
  readonly key_id: string;
}
