/**
 * Worker: a SQLite store with many attempts, whose statistics are rolled up from the first to the last again and again;
 * and the baseline, one loop on one connection of `node:sqlite` that reads the same rows by the same statement.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openSqliteStore } from "../src/log/sqlite/store.ts";
import { hourMs, minutesAgeMs } from "../src/log/statistics-rows.ts";
import type { Store } from "../src/log/store.ts";
import { serveCommands } from "./worker.ts";

const perBatch = 1000;
const perPage = 2000;
const spreadMs = 36 * hourMs;
const endpoints = 20;
const types = 5;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const startedAtMs = Date.now() - spreadMs;

interface Filled {
  readonly store: Store;
  readonly database: DatabaseSync;
  readonly attempts: number;
}

let filled: Filled | null = null;
const opened = (): Filled => {
  if (filled === null) throw new Error("nothing was filled");
  return filled;
};

/** Events of a day and a half, one attempt of each. */
async function fill({ folder, attempts }: { readonly folder: string; readonly attempts: number }): Promise<void> {
  let nowMs = startedAtMs;
  const clock = { wallMs: () => nowMs, steadyMs: () => nowMs };
  const store = await openSqliteStore({ folder, clock, logger: quiet });
  const data = Buffer.from("{}");
  for (let made = 0; made < attempts; made += perBatch) {
    const numbers = Array.from({ length: perBatch }, (_, nth) => made + nth);
    nowMs = startedAtMs + (made / attempts) * spreadMs;
    const shared = { tenant: "default", subject: null, version: null, request: null, occurredAtWasGiven: true, data };
    const events = numbers.map((number) => {
      return { ...shared, id: `evt_${number}`, type: `bench.${number % types}`, occurredAtMs: nowMs };
    });
    await store.events.append({ events, atomic: true, idempotency: null });
    const outcome = { status: 200, errorClass: null, errorDetail: null, retryAfterMs: null, responseTruncated: false };
    const batch = numbers.map((number) => ({
      ...outcome,
      ...{ endpointNumber: 1 + (number % endpoints), position: number + 1, number: 1, trigger: "first" as const },
      ...{ startedAtMs: nowMs + 5, durationMs: number % 200, responseBody: new Uint8Array(0) },
    }));
    const running = { generation: 0, position: 0 };
    await store.journal.commit({ dispatched: [], running, attempts: batch, changes: [], lanes: [], announce: [] });
  }
  filled = { store, database: new DatabaseSync(join(folder, "trotline.db"), { timeout: 10_000 }), attempts };
}

/** Without the rests between pages: what it costs, and not how long it is put off. */
async function roll(): Promise<{ seconds: number }> {
  const { store, database } = opened();
  database.exec("DELETE FROM statistics; UPDATE statistics_state SET rolled_to = 0;");
  const began = performance.now();
  for (let after = 0; ; ) {
    const page = await store.statistics.page({ after, limit: perPage, minutesFromMs: Date.now() - minutesAgeMs });
    if (page.attempts === 0) return { seconds: (performance.now() - began) / 1000 };
    if (!(await store.statistics.add({ ...page, after }))) throw new Error("somebody else added statistics");
    after = page.through;
  }
}

async function read(): Promise<{ seconds: number }> {
  const { database } = opened();
  const sql = readFileSync(new URL("../src/log/sqlite/sql/statistics-attempts.sql", import.meta.url), "utf8");
  const statement = database.prepare(sql);
  statement.setReturnArrays(true);
  const began = performance.now();
  for (let after = 0, rows = perPage; rows === perPage; ) {
    const page = statement.all(after, perPage) as unknown as number[][];
    rows = page.length;
    after = page.at(-1)?.[0] ?? after;
  }
  return { seconds: (performance.now() - began) / 1000 };
}

/** By endpoint, in as many buckets as there may be. */
async function query(): Promise<{ ms: number; buckets: number }> {
  const bucketMs = 300_000;
  const fromMs = Math.floor(startedAtMs / bucketMs) * bucketMs;
  const range = { fromMs, beforeMs: fromMs + 500 * bucketMs, stepMs: 60_000, bucketMs };
  const began = performance.now();
  const groups = await opened().store.statistics.read({ ...range, groupBy: "endpoint", groupsMax: endpoints });
  return { ms: performance.now() - began, buckets: groups.reduce((sum, group) => sum + group.buckets.size, 0) };
}

async function close(): Promise<void> {
  const { store, database } = opened();
  database.close();
  await store.close();
}

const commands = { fill, roll, read, query, close };
export type StatisticsLoopCommands = typeof commands;
serveCommands(commands);
