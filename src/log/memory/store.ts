import { randomBytes } from "node:crypto";
import { addEpoch, makeEpochId } from "../../core/epochs.ts";
import type { Clock } from "../../core/ports.ts";
import type { Store } from "../store.ts";
import { MemoryConsumerStore } from "./consumer-store.ts";
import { MemoryData } from "./data.ts";
import { MemoryEventLog } from "./event-log.ts";
import { MemoryEventTypeStore } from "./event-type-store.ts";
import { MemoryJournal } from "./journal.ts";
import { MemoryRegistryStore } from "./registry-store.ts";
import { MemoryReplayStore } from "./replay-store.ts";
import { MemorySourceStore } from "./source-store.ts";

export interface MemoryStoreOptions {
  readonly clock: Clock;
  /** The most bytes of events' data; beyond it appends are refused with `store-full`. No bound where absent. */
  readonly bytesMax?: number;
}

/** A store that forgets everything when it is closed: the reference that other stores are held to, and for tests. */
export function openMemoryStore(options: MemoryStoreOptions): Store {
  const data = new MemoryData(options.clock, options.bytesMax ?? Number.POSITIVE_INFINITY);
  const epochs = addEpoch([], 0, makeEpochId(options.clock.wallMs(), randomBytes(2), null));
  const events = new MemoryEventLog(data, epochs);
  return {
    events,
    journal: new MemoryJournal(data, events),
    registry: new MemoryRegistryStore(data, events),
    consumers: new MemoryConsumerStore(data),
    replays: new MemoryReplayStore(data),
    eventTypes: new MemoryEventTypeStore(data),
    sources: new MemorySourceStore(data),
    counters: () => ({ commits: data.commits, logBytes: data.logBytes, queued: 0 }),
    trouble: () => null,
    close: async () => {
      data.isClosed = true;
    },
  };
}
