/** The app that follows from what a program says of its receiver. */
import type { AppOptions } from "../app.ts";
import { resolveConfig } from "../config/resolve-config.ts";
import type { SubjectOf } from "../inbound/store.ts";
import { systemLogger } from "../platform/logger.ts";
import { checkOptions } from "./check-options.ts";
import { handlerOf } from "./handle.ts";
import { type KeyOf, keyOf } from "./order-by.ts";
import type { ReceiverOptions } from "./receiver-options.ts";

/** Under which the app knows the program's code. */
export const handlerName = "receiver";

export interface ReceiverPlan {
  readonly app: AppOptions;
  readonly path: string;
  /** Of each source by its name; null where nothing is in order. */
  readonly keys: ReadonlyMap<string, KeyOf | null>;
}

/** Throws a TypeError where the options say what cannot be. */
export async function planReceiver(options: ReceiverOptions): Promise<ReceiverPlan> {
  checkOptions(options);
  const { sources, orderBy, path = "/in", logger = systemLogger({ level: "warn" }) } = options;
  const keys = new Map(
    Object.entries(sources).map(([name, source]) => {
      if (source.orderBy !== undefined) return [name, keyOf(source.orderBy, `sources.${name}.orderBy`)] as const;
      return [name, orderBy === undefined ? null : keyOf(orderBy, "orderBy")] as const;
    }),
  );
  const subjectOf: SubjectOf = (event) => keys.get(event.type.split(".", 1)[0] ?? "")?.(event) ?? null;
  const handler = handlerOf(options.handle, { sources: Object.keys(sources), logger });
  return {
    app: { ...(await appOptions(options)), logger, handlers: { [handlerName]: handler }, subjectOf },
    path,
    keys,
  };
}

/** The same defaults as a server has. */
async function appOptions(options: ReceiverOptions): Promise<Omit<AppOptions, "logger">> {
  const { config } = await resolveConfig({ flags: {}, env: {}, readFile: () => Promise.reject(new Error("no file")) });
  const { folder, storeBytesMax = null, retentionAgeMs = config.retentionAgeMs, publicUrl = null } = options;
  return {
    store: folder === "memory" ? "memory" : { folder, bytesMax: storeBytesMax },
    allowAddresses: [],
    retentionAgeMs,
    retentionBytesMax: config.retentionBytes,
    attemptsAgeMs: Math.min(config.attemptsRetentionAgeMs, retentionAgeMs),
    eventBytesMax: config.eventBytesMax,
    tailBytesMax: config.tailBytes,
    capacity: {
      perProcess: config.inFlightMax,
      perTenant: config.inFlightPerTenantMax,
      perOrigin: config.inFlightPerOriginMax,
    },
    shutdownGraceMs: options.shutdownGraceMs ?? config.shutdownGraceMs,
    adminKey: false,
    publicUrl: publicUrl?.replace(/\/+$/, "") ?? null,
    trustedProxies: options.trustedProxies ?? [],
  };
}
