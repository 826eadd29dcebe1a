import type { ConsumerStore } from "./consumer-store.ts";
import type { EventLog } from "./event-log.ts";
import type { EventTypeStore } from "./event-type-store.ts";
import type { Journal } from "./journal.ts";
import type { RegistryStore } from "./registry-store.ts";
import type { ReplayStore } from "./replay-store.ts";
import type { SourceStore } from "./source-store.ts";

/** One durable store: the log, the journal and the registry share its transactions. */
export interface Store {
  readonly events: EventLog;
  readonly journal: Journal;
  readonly registry: RegistryStore;
  readonly consumers: ConsumerStore;
  readonly replays: ReplayStore;
  readonly eventTypes: EventTypeStore;
  readonly sources: SourceStore;
  counters(): StoreCounters;
  /** The error of the last write while the store refuses writes; null while it takes them. */
  trouble(): Error | null;
  /** Refuses new work, finishes what was taken, and lets go of the files. */
  close(): Promise<void>;
}

export interface StoreCounters {
  /** Transactions that were made durable. */
  readonly commits: number;
  /** Bytes of data in the log. */
  readonly logBytes: number;
  /** Waiting to be committed. */
  readonly queued: number;
}
