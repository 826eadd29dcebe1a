import { TrotlineError } from "../core/errors.ts";
import { isPortalLink, type KeyRecord, type KeyRequest } from "../core/key.ts";
import { limits } from "../core/limits.ts";

/** Refuses one key too many of a tenant, or of none: `key-limit`. Links to the portal are counted by themselves. */
export function checkRoom(request: KeyRequest, keys: Iterable<{ readonly record: KeyRecord }>): void {
  const { tenant } = request;
  const isLink = isPortalLink(request);
  let count = 0;
  for (const { record } of keys) if (record.tenant === tenant && isPortalLink(record) === isLink) count += 1;
  const most = isLink ? limits.portalLinksPerTenant : limits.keysPerTenant;
  if (count < most) return;
  const whose = tenant === null ? "that are of no tenant" : `of the tenant \`${tenant}\``;
  throw new TrotlineError("key-limit", `There are ${most} ${isLink ? "links" : "keys"} ${whose} already.`);
}
