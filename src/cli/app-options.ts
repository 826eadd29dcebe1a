import type { AppOptions } from "../app.ts";
import type { Config } from "../config/options.ts";
import type { Logger } from "../core/ports.ts";

/** What the app is made of, from the effective configuration. */
export function appOptions(config: Config, logger: Logger): AppOptions {
  return {
    store: { folder: config.dataFolder, bytesMax: config.storeBytesMax },
    logger,
    allowAddresses: config.allowAddresses,
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
    shutdownGraceMs: config.shutdownGraceMs,
    adminKey: config.adminKey,
  };
}
