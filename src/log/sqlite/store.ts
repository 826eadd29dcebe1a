import { join } from "node:path";
import type { Clock, Logger } from "../../core/ports.ts";
import { SoleShard } from "../sole-shard.ts";
import type { Store } from "../store.ts";
import { Checkpoints } from "./checkpoints.ts";
import { SqliteConsumerStore } from "./consumer-store.ts";
import { SqliteEventLog } from "./event-log.ts";
import { SqliteEventTypeStore } from "./event-type-store.ts";
import { FileLock } from "./file-lock.ts";
import { SqliteJournal } from "./journal.ts";
import { LazyThread } from "./lazy-thread.ts";
import { SqliteRegistryStore } from "./registry-store.ts";
import { SqliteReplayStore } from "./replay-store.ts";
import { SqliteSourceStore } from "./source-store.ts";
import { SqliteStatisticsStore } from "./statistics-store.ts";
import { Writer } from "./writer.ts";
import type { WriterFaultRule } from "./writer-fault.ts";

const queueBytesMaxDefault = 64 * 1024 * 1024;
const queueEventsMaxDefault = 50_000;
const readerIdleMsDefault = 30_000;
const readerLimits = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 256 };

export interface SqliteStoreOptions {
  /** Where the store's files are; made where it is missing. */
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The most bytes of events' data that may wait for the writer; beyond it appends are refused with `overloaded`. */
  readonly queueBytesMax?: number;
  readonly queueEventsMax?: number;
  /** The most bytes that the database's file may have; beyond it writes are refused with `store-full`. */
  readonly bytesMax?: number;
  /** The thread that reads ends after this long without a question. */
  readonly readerIdleMs?: number;
  /** For tests only. */
  readonly fault?: WriterFaultRule;
}

/**
 * Everything in one SQLite file, `trotline.db`, owned by one process. Refuses to open with `store-locked`,
 * `store-unwritable`, `store-corrupt`, `store-newer` or `store-not-durable`.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const path = join(options.folder, "trotline.db");
  const lock = FileLock.take(options.folder);
  let checkpoints: Checkpoints | null = null;
  try {
    const writer = await Writer.open({
      path,
      clock: options.clock,
      logger: options.logger,
      databaseBytesMax: options.bytesMax ?? null,
      queueBytesMax: options.queueBytesMax ?? queueBytesMaxDefault,
      queueEventsMax: options.queueEventsMax ?? queueEventsMaxDefault,
      fault: options.fault ?? null,
      onWal: (wal) => checkpoints?.noteCommit(wal),
    });
    checkpoints = new Checkpoints(path, options.logger, (work) => writer.whileIdle(work));
    return storeOf({ options, path, lock, writer, checkpoints });
  } catch (error) {
    lock.release();
    throw error;
  }
}

function storeOf(parts: {
  options: SqliteStoreOptions;
  path: string;
  lock: FileLock;
  writer: Writer;
  checkpoints: Checkpoints;
}): Store {
  const { path, lock, writer, checkpoints } = parts;
  const idleMs = parts.options.readerIdleMs ?? readerIdleMsDefault;
  const reader = new LazyThread("reader-worker", { path, limits: readerLimits, idleMs });
  let closed: Promise<void> | null = null;
  // The writer is the last to close its connection: that copies the rest of the write-ahead log, and removes it.
  const close = async (): Promise<void> => {
    const drained = writer.close(async () => {
      await reader.close();
      await checkpoints.close();
    });
    await drained;
    lock.release();
  };
  const journal = new SqliteJournal(writer, reader);
  return {
    kind: "sqlite",
    events: new SqliteEventLog(writer, reader),
    journal,
    registry: new SqliteRegistryStore(writer),
    consumers: new SqliteConsumerStore(writer),
    replays: new SqliteReplayStore(writer),
    eventTypes: new SqliteEventTypeStore(writer),
    sources: new SqliteSourceStore(writer, reader),
    statistics: new SqliteStatisticsStore(writer, reader),
    shards: new SoleShard(journal),
    counters: () => writer.counters(),
    trouble: () => writer.trouble(),
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}
