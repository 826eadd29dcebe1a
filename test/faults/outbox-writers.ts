/**
 * Applications that write to the outbox in random transactions, with a row of their own for each event: what is in
 * `business` at the end was committed, and nothing else was. And readers that follow the log as it grows.
 */
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import type postgres from "postgres";
import { eventually } from "../../src/testing/eventually.ts";

/** The same numbers for the same seed (mulberry32, https://gist.github.com/tommyettinger/46a874533244883189143505d203312c). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export async function makeBusiness(sql: postgres.Sql): Promise<void> {
  await sql`create table if not exists business (id text primary key)`;
}

export interface WritingOptions {
  readonly name: string;
  readonly random: () => number;
  readonly isOver: () => boolean;
  /** The longest that a transaction is held open. */
  readonly delayMsMax?: number;
}

/** One transaction after another, of one to many events, until it is over. A failure of the database ends only its own. */
export async function writeToOutbox(url: string, options: WritingOptions): Promise<void> {
  const { name, isOver } = options;
  let client: pg.Client | null = null;
  for (let count = 0; !isOver(); count++) {
    try {
      client ??= await connect(url);
      await writeOnce(client, `${name}-${count}`, options);
    } catch (error) {
      if (!isOutage(error)) throw error;
      client?.end().catch(() => {});
      client = null;
    }
    await pause(options.random() * 20);
  }
  await client?.end();
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  // What fails between two statements fails the next one, too.
  client.on("error", () => {});
  await client.connect();
  return client;
}

async function writeOnce(client: pg.Client, name: string, { random, delayMsMax = 300 }: WritingOptions): Promise<void> {
  await client.query("begin");
  const events = random() < 0.1 ? 200 : 1 + Math.floor(random() * 5);
  for (let part = 0; part < 3; part++) {
    const ids = Array.from({ length: events }, (_, index) => `${name}-${part}-${index}`);
    await client.query("savepoint part");
    await client.query("insert into business select unnest($1::text[])", [ids]);
    await client.query("insert into trotline.outbox (id, type, data) select unnest($1::text[]), 'written', '1'", [ids]);
    if (random() < 0.2) await client.query("rollback to savepoint part");
    // Long ones are rare, as they are in life.
    if (random() < 0.3) await pause(random() ** 4 * delayMsMax);
  }
  await client.query(random() < 0.2 ? "rollback" : "commit");
}

/** The database is away, or goes down: the transaction was not committed, or nobody knows. */
const isOutage = (error: unknown): boolean =>
  /^(57P0|08|ECONN|EPIPE)/.test((error as { code?: string }).code ?? "") ||
  /connection|queryable/i.test((error as Error).message);

export interface Reading {
  readonly ids: readonly string[];
}

/** Follows the log by position until it is over and nothing more comes; fails at a gap. */
export async function follow(sql: postgres.Sql, isOver: () => boolean): Promise<Reading> {
  const ids: string[] = [];
  for (let isLast = false; ; ) {
    const rows =
      await sql`select position::int, id from trotline.events where position > ${ids.length} order by position limit 500`;
    for (const { position, id } of rows) {
      assert.equal(position, ids.length + 1, "a position was skipped, or came later");
      ids.push(id as string);
    }
    if (rows.length > 0) continue;
    if (isLast) return { ids };
    isLast = isOver();
    await pause(2);
  }
}

/** Everything that was committed is in the log, each once, and nothing else is. */
export async function assertExactlyOnce(sql: postgres.Sql, ids: readonly string[]): Promise<void> {
  const written = (await sql`select id from business`).map(({ id }) => id as string);
  assert.equal(new Set(ids).size, ids.length, "an event is in the log twice");
  const logged = new Set(ids);
  const committed = new Set(written);
  assert.deepEqual(
    written.filter((id) => !logged.has(id)),
    [],
    "committed, and not in the log",
  );
  assert.deepEqual(
    ids.filter((id) => !committed.has(id)),
    [],
    "in the log, and not committed",
  );
  assert.ok(ids.length > 100, `${ids.length} events are too few to say anything`);
}

export async function allMoved(sql: postgres.Sql): Promise<void> {
  await eventually(
    "everything was moved",
    async () => {
      const [row] = await sql`select waiting::int from trotline.outbox_waiting()`;
      return row?.waiting === 0;
    },
    30_000,
  );
}

/** What is inserted from now on goes to the next table of the ring. */
export async function turnRing(sql: postgres.Sql): Promise<void> {
  await sql`select setval('trotline.outbox_numbers', (last_value / 8192 + 1) * 8192 - 1) from trotline.outbox_numbers`;
}
