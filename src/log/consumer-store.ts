import type { Consumer, Lease } from "../core/consumer.ts";

/**
 * Named consumers, durable. Each method is one transaction, shared with whatever waits, and rejects as `EventLog` does.
 */
export interface ConsumerStore {
  load(): Promise<readonly Consumer[]>;
  /** Stores the consumer in place of the one of the same tenant and name, if there is one. */
  put(consumer: Consumer): Promise<void>;
  remove(tenant: string, name: string): Promise<void>;
  /** Absent where one process owns the store. Where it is there, all of them read by it. */
  readonly shared?: SharedConsumerStore;
}

/** Which consumer. */
export interface ConsumerKey {
  readonly tenant: string;
  readonly name: string;
}

/** A consumer as the store has it. */
export interface KeptConsumer {
  readonly consumer: Consumer;
  /** Its times are the store's. */
  readonly lease: Lease | null;
  /** Of its settings; no consumer of its name is ever given it again. */
  readonly version: number;
  /** Another one with each decision about who reads and how far. */
  readonly turn: number;
}

/** What became of a change, what the store has now, and its time. */
export interface ConsumerAnswer {
  readonly isTaken: boolean;
  readonly kept: KeptConsumer | null;
  readonly nowMs: number;
}

/** How long a lease lasts from when the decision takes effect; null where that stays as it was. */
export interface LeaseLasts {
  readonly forMs: number | null;
  readonly servingForMs: number | null;
}

/** Who reads now and how far, and what was told: what follows from `version` and `turn`, and holds only on these. */
export interface ConsumerDecision extends ConsumerKey {
  readonly version: number;
  readonly turn: number;
  readonly position: number;
  /** But for its times, which `lasts` says. */
  readonly lease: Lease | null;
  readonly lasts: LeaseLasts;
  readonly told: Consumer["told"];
  /** Whoever waits in other processes is to look. */
  readonly isNews: boolean;
}

/** As they are now, and the store's time. */
export interface KeptPage<Kept = KeptConsumer> {
  readonly kept: readonly Kept[];
  readonly nowMs: number;
}

/** Consumers of many processes: whoever decides says what he has seen, and is told what there is where that is old. */
export interface SharedConsumerStore {
  /** For each key in turn; null where there is none. */
  find(
    keys: readonly ConsumerKey[],
  ): Promise<{ readonly kept: readonly (KeptConsumer | null)[]; readonly nowMs: number }>;
  /** By tenant and name, after that one; of one tenant, or of all. */
  page(query: { tenant: string | null; after: ConsumerKey | null; limit: number }): Promise<KeptPage>;
  /**
   * Makes it where `over` is null and there is none; otherwise replaces the settings of that version. Who reads, how
   * far, and what was told stay. Refuses with `consumer-limit`.
   */
  configure(consumer: Consumer, over: number | null): Promise<ConsumerAnswer>;
  decide(decision: ConsumerDecision): Promise<ConsumerAnswer>;
}
