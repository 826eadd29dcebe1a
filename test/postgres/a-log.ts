/** The log on PostgreSQL without the rest of a store: as any process has it that appends, of which there may be many. */
import type { StoredEvent } from "../../src/core/event.ts";
import type { AppendRequest, PublishedEvent } from "../../src/log/event-log.ts";
import { Database } from "../../src/log/postgres/database.ts";
import { type EventLogOptions, PostgresEventLog } from "../../src/log/postgres/event-log.ts";
import { PostgresJournal } from "../../src/log/postgres/journal.ts";
import { Listener } from "../../src/log/postgres/listener.ts";
import type { StoreParts } from "../../src/log/postgres/parts.ts";
import { anEvent, aRequest, itemsOf } from "../conformance/builders.ts";
import { HandClock, silent } from "../conformance/store-kinds.ts";
import { aShardStore, holdAllShards } from "./hold-all-shards.ts";

export interface TestLog {
  readonly log: PostgresEventLog;
  readonly journal: PostgresJournal;
  readonly database: Database;
  readonly clock: HandClock;
  /** What listeners were given, in that order. */
  readonly shown: StoredEvent[];
  append(...events: PublishedEvent[]): Promise<number[]>;
  appendMany(count: number, members?: Parameters<typeof anEvent>[0]): Promise<number[]>;
  close(): Promise<void>;
}

export interface TestLogOptions extends EventLogOptions {
  readonly deadlineMs?: number;
  readonly clock?: HandClock;
}

export async function openLog(url: string, options: TestLogOptions = {}): Promise<TestLog> {
  const { deadlineMs, clock = new HandClock(), ...settings } = options;
  const database = new Database({ url, logger: silent, ...(deadlineMs === undefined ? {} : { deadlineMs }) });
  const listener = new Listener({ url });
  const parts: StoreParts = {
    database,
    appending: database,
    write: (work) => database.transaction(work),
    writeOnce: (name, parametersIn) => database.run(name, parametersIn(null)),
    directUrl: url,
    listener,
    pulse: { ring: () => {} },
    clock,
    logger: silent,
  };
  const log = await PostgresEventLog.open(parts, settings).catch(async (error) => {
    await database.close();
    throw error;
  });
  await holdAllShards(aShardStore(database.run));
  const shown: StoredEvent[] = [];
  log.onAppended((events) => shown.push(...events));
  const request = async (events: readonly PublishedEvent[], more: Partial<AppendRequest> = {}): Promise<number[]> =>
    itemsOf(await log.append(aRequest(events, more))).map(({ position }) => position);
  return {
    log,
    journal: new PostgresJournal({ ...parts, write: log.write, writeOnce: log.writeOnce }, log),
    database,
    clock,
    shown,
    append: (...events) => request(events),
    appendMany: (count, members) => request(Array.from({ length: count }, () => anEvent(members))),
    close: async () => {
      await log.close();
      await listener.close();
      await database.close();
    },
  };
}

export const positionsIn = (events: readonly StoredEvent[]): number[] => events.map(({ position }) => position);

/** From `first` to `last`. */
export const range = (first: number, last: number): number[] =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
