/** A part of the composition root: what an app may be told. */
import type { StorePlace } from "./app-store.ts";
import type { Clock, Logger, Random, Sender } from "./core/ports.ts";
import type { ProcessRole } from "./core/shard.ts";
import type { InboundSettings } from "./inbound/inbound.ts";
import type { Store } from "./log/store.ts";
import type { Capacity } from "./outbound/ready-lanes.ts";
import type { RunSettings } from "./outbound/runs.ts";
import type { EgressProxy } from "./platform/egress-proxy.ts";
import type { Registry } from "./registry/registry.ts";

export interface AppOptions extends InboundSettings, RunSettings {
  /** Where everything is kept. */
  readonly store: StorePlace;
  readonly logger: Logger;
  /** Addresses that the guard lets through: addresses, ranges, `loopback`, `private`. */
  readonly allowAddresses: readonly string[];
  /** Everything that is sent goes through it. */
  readonly egressProxy?: EgressProxy | null;
  readonly retentionAgeMs: number;
  readonly retentionBytesMax: number | null;
  readonly attemptsAgeMs: number;
  readonly eventBytesMax: number;
  readonly tailBytesMax: number;
  readonly capacity: Capacity;
  /** Attempts a second of each tenant, retries and replays among them; null or absent: no bound. */
  readonly tenantRatePerSecond?: number | null;
  /** How long attempts in flight may take to end when the app closes. */
  readonly shutdownGraceMs: number;
  /** An admin key that the operator chose; null has one made at the first start; false none: nobody comes by HTTP. */
  readonly adminKey: string | null | false;
  /** What this process does of what those that share a store do; everything where absent. */
  readonly roles?: readonly ProcessRole[];
  /** What people know this process by; its host and process number where null or absent. */
  readonly processName?: string | null;
  /** Where receivers reach this server, without a slash at the end; null or absent where they do not. */
  readonly publicUrl?: string | null;
  /** Why what the store has configured is not this app's to work on; null where it is. Asked before anything runs. */
  readonly refusal?: (registry: Registry) => string | null;
  /** Doors to the machine, where tests have others. */
  readonly machine?: {
    readonly clock?: Clock;
    readonly random?: Random;
    readonly sender?: Sender;
    readonly store?: Store;
  };
}
