import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import postgres from "postgres";
import { limits } from "../../src/core/limits.ts";
import { shardOf } from "../../src/core/shard.ts";
import type { JournalBatch } from "../../src/log/journal.ts";
import { aBatch, aFailedAttempt, aLane, anAttempt } from "../conformance/builders.ts";
import { type JournalOptions, type JournalSubject, openJournal } from "./a-journal.ts";
import { type PostgresServer, startPostgres } from "./a-postgres-server.ts";

let server: PostgresServer;
let databases = 0;

before(async () => {
  server = await startPostgres();
  const url = await server.createDatabase("migrated");
  await (await openJournal(url)).close();
});
after(() => server.remove());

async function withJournal(
  options: JournalOptions,
  work: (subject: JournalSubject & { readonly sql: postgres.Sql }) => Promise<void>,
): Promise<void> {
  databases += 1;
  const url = await server.createDatabase(`journal_${databases}`, "migrated");
  const sql = postgres(url, { max: 2, onnotice: () => {} });
  const subject = await openJournal(url, options);
  try {
    await work({ ...subject, sql });
  } finally {
    await subject.close();
    await sql.end();
  }
}

const partitionsOf = async (sql: postgres.Sql): Promise<string[]> => {
  const rows = await sql`
    SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'trotline.attempts'::regclass
    ORDER BY inhrelid`;
  return rows.map(({ name }) => String(name).replace("trotline.attempts_", ""));
};

const many = (count: number, startedAtMs = 1000) =>
  aBatch({ attempts: Array.from({ length: count }, () => anAttempt({ startedAtMs, durationMs: 1 })) });

test("while somebody keeps the next partition of attempts from being made, there is room; then it is made", () =>
  withJournal({ attemptsPerPartition: 10 }, async ({ journal, sql }) => {
    await journal.commit(many(3));
    await sql.begin(async (transaction) => {
      // As ANALYZE does, which may take long.
      await transaction`LOCK TABLE trotline.attempts IN SHARE UPDATE EXCLUSIVE MODE`;
      const beganMs = performance.now();
      for (let batch = 0; batch < 7; batch++) await journal.commit(many(1));
      assert.ok(performance.now() - beganMs < 1500, "it waited for a partition that it does not need yet");
      assert.deepEqual(await partitionsOf(sql), ["1"]);
    });
    await journal.commit(many(1));
    assert.deepEqual(await partitionsOf(sql), ["1", "11"]);
  }));

test("partitions of attempts are there ahead of need, however many come at once, and leave when all of them have", () =>
  withJournal({ attemptsPerPartition: 100 }, async ({ journal, sql }) => {
    await journal.commit(many(30));
    assert.deepEqual(await partitionsOf(sql), ["1"]);
    await journal.commit(many(30));
    assert.deepEqual(await partitionsOf(sql), ["1", "101"]);
    await journal.commit(many(240));
    await journal.commit(many(10, 5000));
    assert.deepEqual(await partitionsOf(sql), ["1", "101", "201", "301"]);
    assert.equal(await journal.trimAttempts({ olderThanMs: 2000, rowsMax: 150 }), true);
    assert.deepEqual(await partitionsOf(sql), ["101", "201", "301"]);
    assert.equal(await journal.attempt(150), null, "what is behind the mark is seen by nobody");
    assert.equal((await journal.delivery(1, 1)).attempts, 160);
    assert.equal(await journal.trimAttempts({ olderThanMs: 2000, rowsMax: 1000 }), false);
    await journal.trimAttempts({ olderThanMs: 2000, rowsMax: 1000 });
    assert.deepEqual(await partitionsOf(sql), ["301"]);
    assert.equal((await journal.attempts({ limit: 100 })).length, 10);
  }));

test("a partition that somebody reads stays, keeps nobody waiting, and goes another time", () =>
  withJournal({ attemptsPerPartition: 10 }, async ({ journal, sql }) => {
    await journal.commit(many(25));
    const reader = await sql.reserve();
    await reader`BEGIN`;
    await reader`SELECT count(*) FROM trotline.attempts`;
    assert.equal(await journal.trimAttempts({ olderThanMs: 2000, rowsMax: 20 }), true);
    assert.equal((await partitionsOf(sql))[0], "1");
    assert.deepEqual(
      (await journal.attempts({ limit: 100 })).map(({ sequence }) => sequence),
      [25, 24, 23, 22, 21],
    );
    await journal.commit(many(1));
    await reader`COMMIT`;
    reader.release();
    await journal.trimAttempts({ olderThanMs: 0, rowsMax: 20 });
    await journal.trimAttempts({ olderThanMs: 0, rowsMax: 20 });
    assert.equal((await partitionsOf(sql))[0], "21");
  }));

test("a batch with more bodies than one statement takes is stored byte for byte", () =>
  withJournal({}, async ({ journal }) => {
    const attempts = Array.from({ length: 600 }, (_, index) =>
      aFailedAttempt({
        position: index + 1,
        responseBody: index % 7 === 0 ? new Uint8Array(0) : new Uint8Array(limits.responseBodyBytes).fill(index),
      }),
    );
    await journal.commit(aBatch({ attempts }));
    const stored = await journal.attempts({ limit: 1000 });
    assert.deepEqual(
      stored.map(({ sequence, position, responseBody }) => [sequence, position, Buffer.from(responseBody)]).reverse(),
      attempts.map(({ position, responseBody }, index) => [index + 1, position, Buffer.from(responseBody)]),
    );
  }));

test("an error's detail with a character 0, quotes and backslashes is kept, but for the 0 that the database cannot", () =>
  withJournal({}, async ({ journal }) => {
    await journal.commit(aBatch({ attempts: [aFailedAttempt({ errorDetail: 'a\0b "c" \\d {e},NULL' })] }));
    assert.equal((await journal.attempt(1))?.errorDetail, 'a\ufffdb "c" \\d {e},NULL');
  }));

test("attempts of another tenant than the default are found by it, as long as their events are stored", () =>
  withJournal({}, async ({ journal, sql }) => {
    await sql
      .unsafe(`
      SELECT trotline.add_partition('events', 1, 1000);
      INSERT INTO trotline.events
      SELECT n, n, n, n, CASE WHEN n % 3 = 0 THEN 'acme' ELSE 'default' END, 'evt_' || n, 'order.paid', NULL, NULL, '{}'
      FROM generate_series(1, 9) n`)
      .simple();
    const attempts = Array.from({ length: 12 }, (_, index) => anAttempt({ position: index + 1 }));
    await journal.commit(aBatch({ attempts }));
    const found = async (tenant: string) =>
      (await journal.attempts({ tenant, limit: 20 })).map(({ sequence }) => sequence);
    assert.deepEqual(await found("acme"), [9, 6, 3]);
    assert.deepEqual(await found("default"), [8, 7, 5, 4, 2, 1]);
    await sql`UPDATE trotline.log_state SET trimmed_through = 6`;
    assert.deepEqual(await found("acme"), [9]);
    assert.deepEqual(await found("default"), [8, 7]);
  }));

test("while a transaction of somebody's is open for long, batches do not become dearer", () =>
  withJournal({}, async ({ journal, sql }) => {
    let position = 0;
    /** Of shards that run, as most do. */
    const atPosition = (members: Partial<JournalBatch> = {}): JournalBatch => {
      const dispatched = [0, 1, 2].map((shard) => ({ shard, fence: 1, position, isRunning: true }));
      return aBatch({ dispatched, running: { generation: 0, position }, ...members });
    };
    /** Blocks that the database looks at for a batch. */
    const blocksOf = async (batches: number): Promise<number> => {
      const looked = async (): Promise<number> => {
        const [row] = await sql`
          SELECT sum(idx_blks_hit + heap_blks_hit) AS blocks FROM pg_statio_user_tables
          WHERE relname IN ('dispatch', 'lanes', 'writers', 'shards')`;
        return Number(row?.blocks);
      };
      // What a session counted is told within a second of its last transaction, or when it ends.
      const told = async (): Promise<number> => {
        await new Promise((resolve) => setTimeout(resolve, 1100));
        await journal.commit(atPosition());
        await new Promise((resolve) => setTimeout(resolve, 100));
        return looked();
      };
      const before = await told();
      for (let batch = 0; batch < batches; batch++) {
        position += 1;
        const lanes = [aLane({ readPosition: position, behind: position % 2 === 0 }), aLane({ endpointNumber: 2 })];
        await journal.commit(atPosition({ lanes }));
      }
      return ((await told()) - before) / batches;
    };
    const reader = await sql.reserve();
    await reader`BEGIN ISOLATION LEVEL REPEATABLE READ`;
    await reader`SELECT count(*) FROM trotline.lanes`;
    await blocksOf(400); // The indexes have their height.
    const first = await blocksOf(100);
    await blocksOf(800);
    const last = await blocksOf(100);
    await reader`COMMIT`;
    reader.release();
    assert.ok(first > 0 && last < 1.5 * first, `${first} blocks, then ${last}`);
    assert.deepEqual(
      (await journal.load([1, 2].map((endpoint) => shardOf(endpoint, limits.shards)))).lanes.map(
        ({ endpointNumber }) => endpointNumber,
      ),
      [1, 2],
    );
  }));
