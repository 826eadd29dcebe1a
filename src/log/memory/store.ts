import { randomBytes } from "node:crypto";
import type { Clock } from "../../core/ports.ts";
import type { Store } from "../store.ts";
import { MemoryData } from "./data.ts";
import { MemoryEventLog } from "./event-log.ts";
import { MemoryJournal } from "./journal.ts";
import { MemoryRegistryStore } from "./registry-store.ts";

export interface MemoryStoreOptions {
  readonly clock: Clock;
  /** The most bytes of events' data; beyond it appends are refused with `store-full`. No bound where absent. */
  readonly bytesMax?: number;
}

/** A store that forgets everything when it is closed: the reference that other stores are held to, and for tests. */
export function openMemoryStore(options: MemoryStoreOptions): Store {
  const data = new MemoryData(options.clock, options.bytesMax ?? Number.POSITIVE_INFINITY);
  const events = new MemoryEventLog(data, randomBytes(4).toString("hex"));
  return {
    events,
    journal: new MemoryJournal(data),
    registry: new MemoryRegistryStore(data, events),
    counters: () => ({ commits: data.commits, logBytes: data.logBytes, queued: 0 }),
    trouble: () => null,
    close: async () => {
      data.isClosed = true;
    },
  };
}
