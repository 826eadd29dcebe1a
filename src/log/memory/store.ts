import { randomBytes } from "node:crypto";
import { addEpoch, makeEpochId } from "../../core/epochs.ts";
import type { Clock } from "../../core/ports.ts";
import { SoleShard } from "../sole-shard.ts";
import type { Store } from "../store.ts";
import { MemoryClusterPulse } from "./cluster-pulse.ts";
import { MemoryConfigurationChanges } from "./configuration-changes.ts";
import { MemoryConsumerStore } from "./consumer-store.ts";
import { MemoryData } from "./data.ts";
import { MemoryEventLog } from "./event-log.ts";
import { MemoryEventTypeStore } from "./event-type-store.ts";
import { MemoryJournal } from "./journal.ts";
import { MemoryRegistryStore } from "./registry-store.ts";
import { MemoryReplayStore } from "./replay-store.ts";
import { MemoryRequestStore } from "./request-store.ts";
import { MemoryShardStore } from "./shard-store.ts";
import { MemorySourceStore } from "./source-store.ts";
import { MemoryStatisticsStore } from "./statistics-store.ts";

export interface MemoryStoreOptions {
  readonly clock: Clock;
  /** The most bytes of events' data; beyond it appends are refused with `store-full`. No bound where absent. */
  readonly bytesMax?: number;
  /** How many shards endpoints are spread over; one where absent. */
  readonly shards?: number;
  /** What several stores work on, as those of several processes do on one database; its own where absent. */
  readonly shared?: MemoryData;
}

/** A store that forgets everything when it is closed: the reference that other stores are held to, and for tests. */
export function openMemoryStore(options: MemoryStoreOptions): Store {
  const data = options.shared ?? new MemoryData(options);
  data.epochs ??= addEpoch([], 0, makeEpochId(options.clock.wallMs(), randomBytes(2), null));
  const events = new MemoryEventLog(data, data.epochs);
  const journal = new MemoryJournal(data, events);
  const changes = new MemoryConfigurationChanges(data);
  return {
    kind: "memory",
    events,
    journal,
    registry: new MemoryRegistryStore(data, events, changes),
    consumers: new MemoryConsumerStore(data),
    replays: new MemoryReplayStore(data, changes),
    eventTypes: new MemoryEventTypeStore(data, changes),
    sources: new MemorySourceStore(data, changes),
    statistics: new MemoryStatisticsStore(data),
    ...(data.shards.length === 1
      ? { shards: new SoleShard(journal) }
      : {
          shards: new MemoryShardStore(data),
          pulse: new MemoryClusterPulse(data),
          changes,
          requests: new MemoryRequestStore(data),
        }),
    counters: () => ({ commits: data.commits, logBytes: data.logBytes, queued: 0 }),
    trouble: () => null,
    close: async () => {
      events.close();
      // What is shared is taken as long as one of those who share it is there.
      if (options.shared === undefined) data.isClosed = true;
    },
  };
}
