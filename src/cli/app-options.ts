import type { AppOptions } from "../app.ts";
import { requireWhole } from "../app-cluster.ts";
import type { PostgresPlace, StorePlace } from "../app-store.ts";
import type { Config } from "../config/options.ts";
import { TrotlineError } from "../core/errors.ts";
import type { Logger } from "../core/ports.ts";
import { type EgressProxy, parseEgressProxy } from "../platform/egress-proxy.ts";

/** What the app is made of, from the effective configuration. */
export function appOptions(config: Config, logger: Logger): AppOptions {
  return {
    store: config.store === null ? sqliteFolder(config) : postgresPlace(config, config.store),
    roles: config.roles,
    processName: config.processName,
    logger,
    allowAddresses: config.allowAddresses,
    allowCommands: config.allowCommands,
    trustedProxies: config.trustedProxies,
    egressProxy: config.egressProxy === null ? null : egressProxy(config.egressProxy),
    retentionAgeMs: config.retentionAgeMs,
    retentionBytesMax: config.retentionBytes,
    attemptsAgeMs: config.attemptsRetentionAgeMs,
    eventBytesMax: config.eventBytesMax,
    tailBytesMax: config.tailBytes,
    capacity: {
      perProcess: config.inFlightMax,
      perTenant: config.inFlightPerTenantMax,
      perOrigin: config.inFlightPerOriginMax,
    },
    tenantRatePerSecond: config.tenantRatePerSecond,
    shutdownGraceMs: config.shutdownGraceMs,
    adminKey: config.adminKey,
    publicUrl: config.publicUrl?.replace(/\/+$/, "") ?? null,
  };
}

/** Before the folder is made. */
function sqliteFolder(config: Config): StorePlace {
  requireWhole(config.roles);
  return { folder: config.dataFolder, bytesMax: config.storeBytesMax };
}

/** What is a file's would be without effect, and somebody may count on it. */
function postgresPlace(config: Config, url: string): PostgresPlace {
  if (config.storeBytesMax !== null) {
    const detail = "`store-bytes-max` is for a store in a folder: a database has its own limits.";
    throw new TrotlineError("config-invalid-value", detail, { field: "store-bytes-max" });
  }
  return {
    url,
    directUrl: config.storeDirect,
    leaseMs: config.storeLeaseMs,
    durability: config.storeDurability,
    outboxPollMs: config.outboxPollMs,
  };
}

/** Never null: what goes out unproxied by mistake cannot be taken back. */
function egressProxy(text: string): EgressProxy {
  const proxy = parseEgressProxy(text);
  if (proxy !== null) return proxy;
  const detail = "The value of `egress-proxy` has a percent sign that encodes nothing, or is no URL.";
  throw new TrotlineError("config-invalid-value", detail, { field: "egress-proxy" });
}
