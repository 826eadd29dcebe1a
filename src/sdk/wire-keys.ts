/** Keys, as they travel. */

/** `admin` stands for all, and is the only one that manages keys. */
export type KeyScope = "admin" | "publish" | "read" | "manage";

/** `portal`: the key is that of a link to the portal. */
export type HeldScope = KeyScope | "portal";

/** What a key is made of. */
export interface NewKey {
  /** For people. */
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  /** It sees and changes what is this tenant's and nothing else; all tenants where absent. */
  readonly tenant?: string;
  /** It works before this time; for ever where absent. */
  readonly expires_at?: string;
}

/** Who may ask for what; never the key itself. */
export interface Key {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly HeldScope[];
  readonly tenant: string | null;
  readonly status: "active" | "expired";
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly rotated_at: string | null;
  /** Until then, the text from before the last rotation is taken, too. */
  readonly previous_until: string | null;
  readonly last_used_at: string | null;
}

/** A key with its own text, which is answered this once. */
export interface CreatedKey extends Key {
  readonly key: string;
}
