/** What a program says of its receiver, and the app that follows from it. */
import type { AppOptions } from "../app.ts";
import { resolveConfig } from "../config/resolve-config.ts";
import type { ExhaustionRule } from "../core/endpoint-order.ts";
import type { Logger } from "../core/ports.ts";
import type { CustomSchemeInput } from "../core/scheme.ts";
import type { Source } from "../core/source.ts";
import type { SubjectOf } from "../inbound/store.ts";
import { systemLogger } from "../platform/logger.ts";
import { checkOptions } from "./check-options.ts";
import { type Handles, handlerOf } from "./handle.ts";
import { type KeyOf, keyOf, type OrderBy } from "./order-by.ts";

export interface ReceiverSource
  extends Partial<
    Pick<Source, "methods" | "allowAddresses" | "bodyBytesMax" | "rate" | "deduplication" | "answer" | "description">
  > {
  /** A preset by its name, a scheme of one's own, or `unverified`: everyone is believed. */
  readonly scheme: string | CustomSchemeInput;
  /** Each of several verifies; the first is the newest. */
  readonly secret?: string | readonly string[] | undefined;
  /** What the preset asks for beside secrets. */
  readonly settings?: Readonly<Record<string, string>>;
  /** In place of the receiver's. */
  readonly orderBy?: OrderBy | undefined;
}

export interface ReceiverOptions {
  /** Where events are kept: a folder that one process uses at a time, or `memory`, which keeps nothing. */
  readonly folder: string;
  /** By the name that is in the URL, and the first part of their events' types. */
  readonly sources: Readonly<Record<string, ReceiverSource>>;
  readonly handle: Handles;
  /** Where the sources are, `/in` by default: GitHub's requests come to `/in/github`. */
  readonly path?: string;
  readonly orderBy?: OrderBy | undefined;
  /** What becomes of those behind an event of the same key that used up its retries: they go on (`park`) or wait. */
  readonly onExhausted?: ExhaustionRule;
  /** Events of one source that are handled at once; 8 by default. */
  readonly concurrency?: number;
  /** The wait after each attempt that failed; behind the last the event is a dead letter. */
  readonly retryDelaysMs?: readonly number[];
  /** How long one attempt may take; a minute by default. */
  readonly timeoutMs?: number;
  /** How long events are kept, handled or not; 30 days by default. */
  readonly retentionAgeMs?: number;
  /** Bytes that the folder may take; as many as there are by default. */
  readonly storeBytesMax?: number | null;
  /** Addresses and ranges of proxies whose word counts. */
  readonly trustedProxies?: readonly string[];
  /** Where providers reach this program, without a path: some sign the URL. */
  readonly publicUrl?: string | null;
  /** How long attempts under way may take to end when the receiver closes; ten seconds by default. */
  readonly shutdownGraceMs?: number;
  /** Lines of JSON on standard error by default, from `warn` on. */
  readonly logger?: Logger;
}

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
