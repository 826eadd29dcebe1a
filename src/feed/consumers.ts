/** Named consumers: who reads, how far, and under whose lease. */
import type { Consumer, RetentionFacts } from "../core/consumer.ts";
import type { Random } from "../core/ports.ts";
import type { ClusterPulse } from "../log/cluster-pulse.ts";
import type { ConsumerKey, ConsumerStore } from "../log/consumer-store.ts";
import type { Fetched, FetchRequest } from "./consumer-reader.ts";
import type { ConsumerSettings } from "./consumer-settings.ts";
import type { ConsumerView, ViewsOptions } from "./consumer-views.ts";

export type { ConsumerKey } from "../log/consumer-store.ts";
export type { ConsumerSettings } from "./consumer-settings.ts";
export type { ConsumerView } from "./consumer-views.ts";

export interface ConsumersOptions extends ViewsOptions {
  readonly store: ConsumerStore;
  readonly random: Random;
  /** Where processes share the store. */
  readonly pulse?: ClusterPulse | undefined;
}

/** Every method but `put` refuses with `consumer-not-found`. */
export interface Consumers {
  /**
   * Makes a consumer that begins behind `start`, or changes the one there is, which keeps its position. Settings that
   * are left out stay as they are, or take their defaults.
   * Refuses with `consumer-name-invalid`, `consumer-limit`, `invalid-query` and `filter-invalid`.
   */
  put(key: ConsumerKey, change: Partial<ConsumerSettings>, start: () => Promise<number>): Promise<{ isNew: boolean }>;
  remove(key: ConsumerKey): Promise<void>;
  check(key: ConsumerKey): Promise<void>;
  /** In order of name, beginning after `afterName`. */
  list(query: { tenant: string; afterName: string | null; limit: number }): Promise<{
    views: ConsumerView[];
    more: boolean;
  }>;
  view(key: ConsumerKey): Promise<ConsumerView>;
  /**
   * What is beyond the acknowledged position, under a lease; moves nothing. Null where the client went away. Refuses
   * with `cursor-expired`, `lease-held`, `lease-stale`, and for `after` as `acknowledge` does.
   */
  fetch(key: ConsumerKey, request: FetchRequest): Promise<Fetched | null>;
  /** Durable when it resolves. Refuses with `lease-stale`, `ack-backwards` and `ack-beyond-fetched`. */
  acknowledge(key: ConsumerKey, lease: string, position: number): Promise<ConsumerView>;
  /** Ends the lease of whoever has it. */
  seek(key: ConsumerKey, position: number): Promise<ConsumerView>;
  /** Gives the lease back. Refuses with `lease-stale`. */
  release(key: ConsumerKey, lease: string): Promise<void>;
  /** Each that is durable, as it is then. */
  all(): AsyncIterable<Consumer>;
  /** Its state was told, for the `times`th time; nobody who reads is disturbed. */
  noteTold(consumer: Consumer, told: NonNullable<Consumer["told"]>): Promise<void>;
  /** What says how near retention is to each. */
  retentionFacts(): Promise<RetentionFacts>;
}
