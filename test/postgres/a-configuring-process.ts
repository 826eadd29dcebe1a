/** What one process has of a store on PostgreSQL to configure it: any number of them, with no owner. */
import assert from "node:assert/strict";
import { after } from "node:test";
import postgres from "postgres";
import { ConfigurationWriter } from "../../src/log/postgres/configuration-writer.ts";
import { PostgresConsumerStore } from "../../src/log/postgres/consumer-store.ts";
import { Database } from "../../src/log/postgres/database.ts";
import { PostgresEventTypeStore } from "../../src/log/postgres/event-type-store.ts";
import type { StoreParts } from "../../src/log/postgres/parts.ts";
import { PostgresRegistryStore } from "../../src/log/postgres/registry-store.ts";
import { PostgresReplayStore } from "../../src/log/postgres/replay-store.ts";
import { PostgresSourceStore } from "../../src/log/postgres/source-store.ts";
import { HandClock, silent } from "../conformance/store-kinds.ts";

const opened: { close(): Promise<unknown> }[] = [];
after(async () => void (await Promise.all(opened.map((one) => one.close()))));

/** `around` is put around each of its transactions. */
export function aProcess(url: string, around: (write: StoreParts["write"]) => StoreParts["write"] = (write) => write) {
  const database = new Database({ url, logger: silent });
  opened.push(database);
  const write = around((work) => database.transaction(work));
  const heard = { listener: null, pulse: { ring: () => {} } };
  const others = { appending: database, directUrl: url, ...heard, clock: new HandClock(), logger: silent };
  const writeOnce: StoreParts["writeOnce"] = (name, parametersIn) => database.run(name, parametersIn(null));
  const parts: StoreParts = { database, write, writeOnce, ...others };
  const nobody = { announce: async () => assert.fail("nothing is announced here"), announced: async () => {} };
  const writer = new ConfigurationWriter(parts, nobody);
  return {
    database,
    registry: new PostgresRegistryStore(parts, writer),
    consumers: new PostgresConsumerStore(parts, writer, { bounds: () => assert.fail("nobody reads here") }),
    replays: new PostgresReplayStore(parts, writer),
    eventTypes: new PostgresEventTypeStore(parts, writer),
    sources: new PostgresSourceStore(parts, writer),
  };
}

export function rawSql(url: string): postgres.Sql {
  const sql = postgres(url, { max: 8, onnotice: () => {} });
  opened.push({ close: () => sql.end() });
  return sql;
}
