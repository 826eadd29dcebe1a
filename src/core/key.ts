/** A key: who may ask a server, for what, for whose events, and for how long. The text of a key is kept nowhere. */
import { isTenant, operationsTenant } from "./event.ts";
import { limits } from "./limits.ts";

/**
 * `admin` stands for all, and is the only one that manages keys. `portal` is of a link to the portal: it stands alone,
 * for what the portal shows of one tenant.
 */
export const keyScopes = ["admin", "publish", "read", "manage", "portal"] as const;
export type KeyScope = (typeof keyScopes)[number];

/** A key as it is stored: never the key itself. */
export interface KeyRecord {
  readonly id: string;
  readonly name: string;
  /** SHA-256 of the key, in hexadecimal digits. */
  readonly hash: string;
  readonly scopes: readonly KeyScope[];
  /** It sees and changes what is this tenant's, and nothing else; null for every tenant. */
  readonly tenant: string | null;
  readonly createdAtMs: number;
  /** It works before this time; null for ever. */
  readonly expiresAtMs: number | null;
  readonly rotatedAtMs: number | null;
  /** The text that the key had before its last rotation, which works for a while. */
  readonly previous: { readonly hash: string; readonly untilMs: number } | null;
  /** By the steady clock; as old as a minute. */
  readonly lastUsedAtMs: number | null;
}

/** What a key is made of. */
export type KeyRequest = Pick<KeyRecord, "name" | "scopes" | "tenant" | "expiresAtMs">;

export const hasExpired = ({ expiresAtMs }: Pick<KeyRecord, "expiresAtMs">, nowMs: number): boolean =>
  expiresAtMs !== null && nowMs >= expiresAtMs;

export const isAdmin = ({ scopes }: Pick<KeyRecord, "scopes">): boolean => scopes.includes("admin");

export const isPortalLink = ({ scopes }: Pick<KeyRecord, "scopes">): boolean => scopes.includes("portal");

/** Whether a key that may make others may make, or renew, one like this: never one with more than it has itself. */
export function isWithin(own: KeyRecord, other: Pick<KeyRecord, "tenant" | "expiresAtMs">): boolean {
  if (own.tenant !== null && own.tenant !== other.tenant) return false;
  return own.expiresAtMs === null || (other.expiresAtMs !== null && other.expiresAtMs <= own.expiresAtMs);
}

/** Why a key cannot be made like this: the member, and a sentence about it; null where it can. */
export function keyRefusal(request: KeyRequest, nowMs: number): { field: string; detail: string } | null {
  const { scopes, tenant } = request;
  if (hasExpired(request, nowMs)) return { field: "/expires_at", detail: "`expires_at` is in the past." };
  if (tenant === null) return null;
  if (!isTenant(tenant) && tenant !== operationsTenant) {
    const rule = `1 to ${limits.tenantLength} letters, digits and _ . : -, beginning with a letter or digit`;
    return { field: "/tenant", detail: `\`tenant\` is ${rule}.` };
  }
  if (tenant === operationsTenant && scopes.includes("publish")) {
    return { field: "/scopes", detail: `Nobody publishes into \`${operationsTenant}\`.` };
  }
  return null;
}
