import type { ClusterPulse } from "./cluster-pulse.ts";
import type { ConfigurationChanges } from "./configuration-changes.ts";
import type { ConsumerStore } from "./consumer-store.ts";
import type { EventLog } from "./event-log.ts";
import type { EventTypeStore } from "./event-type-store.ts";
import type { Journal } from "./journal.ts";
import type { Outbox } from "./outbox.ts";
import type { RegistryStore } from "./registry-store.ts";
import type { ReplayStore } from "./replay-store.ts";
import type { RequestStore } from "./request-store.ts";
import type { ShardStore } from "./shard-store.ts";
import type { SourceStore } from "./source-store.ts";
import type { StatisticsStore } from "./statistics-store.ts";

/** One durable store: the log, the journal and the registry share its transactions. */
export interface Store {
  readonly kind: "memory" | "sqlite" | "postgres";
  readonly events: EventLog;
  readonly journal: Journal;
  readonly registry: RegistryStore;
  readonly consumers: ConsumerStore;
  readonly replays: ReplayStore;
  readonly eventTypes: EventTypeStore;
  readonly sources: SourceStore;
  readonly statistics: StatisticsStore;
  /** Absent where applications cannot write into the store's own database. */
  readonly outbox?: Outbox;
  readonly shards: ShardStore;
  /** Absent where one process owns the store. */
  readonly pulse?: ClusterPulse;
  /** Absent where one process owns the store. */
  readonly changes?: ConfigurationChanges;
  /** Absent where one process owns the store. */
  readonly requests?: RequestStore;
  counters(): StoreCounters;
  /** The error of the last write while the store refuses writes; null while it takes them. */
  trouble(): Error | null;
  /**
   * Told once, where nothing goes on until this store is opened anew (`store-forked`), by a newer program
   * (`store-newer`), or when another store was moved into it (`store-moving`); absent where none of that happens.
   */
  onLost?(listener: (error: Error) => void): void;
  /** What is under way then is given up: an end must not wait for a database that is away. Absent where none can be. */
  endWithin?(timeMs: number): void;
  /** Refuses new work, finishes what was taken, and lets go of the files. */
  close(): Promise<void>;
}

export interface StoreCounters {
  /** Transactions that were made durable. */
  readonly commits: number;
  /** Sent to a server of databases; absent where the store has none. */
  readonly statements?: number;
  /** Bytes of data in the log. */
  readonly logBytes: number;
  /** Waiting to be committed. */
  readonly queued: number;
}
