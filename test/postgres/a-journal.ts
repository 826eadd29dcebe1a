/** The journal on a real PostgreSQL, without the rest of a store, for tests that come between it and the database. */
import type { Run } from "../../src/log/postgres/database.ts";
import type { Announcer } from "../../src/log/postgres/event-log.ts";
import { PostgresJournal } from "../../src/log/postgres/journal.ts";
import { openDatabase } from "../../src/log/postgres/open-database.ts";
import type { StoreParts } from "../../src/log/postgres/parts.ts";
import { HandClock, silent } from "../conformance/store-kinds.ts";
import { aShardStore, holdAllShards } from "./hold-all-shards.ts";

export type Write = StoreParts["write"];

export interface JournalSubject {
  readonly journal: PostgresJournal;
  /** A statement of the store's. */
  readonly run: Run;
  close(): Promise<void>;
}

export interface JournalOptions {
  readonly attemptsPerPartition?: number;
  readonly announcer?: Announcer;
  /** Comes between the journal and its transactions. */
  readonly around?: (write: Write) => Write;
  readonly deadlineMs?: number;
  /** False: its fences are for the test to get. */
  readonly holdsShards?: boolean;
}

const nobodyListens: Announcer = { announce: async () => {}, announced: async () => {} };

export async function openJournal(url: string, options: JournalOptions = {}): Promise<JournalSubject> {
  const { announcer = nobodyListens, around = (write) => write, deadlineMs = 5000 } = options;
  const { databases, write, writeOnce, close } = await openDatabase({
    url,
    logger: silent,
    durability: "trusted",
    deadlineMs,
  });
  if (options.holdsShards !== false) await holdAllShards(aShardStore(databases.reading.run));
  const parts: StoreParts = {
    database: databases.reading,
    appending: databases.appending,
    write: around(write),
    writeOnce:
      options.around === undefined
        ? writeOnce
        : (name, parametersIn) => around(write)((run) => run(name, parametersIn(null))),
    directUrl: url,
    listener: null,
    pulse: { ring: () => {} },
    clock: new HandClock(),
    logger: silent,
  };
  return { journal: new PostgresJournal(parts, announcer, options), run: databases.reading.run, close };
}
