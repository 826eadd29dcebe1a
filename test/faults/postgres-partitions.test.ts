/** The log's partitions: made before they are needed, removed when nothing in them is, and in nobody's way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import postgres from "postgres";
import { anEvent, aRequest, aTrim, bytesOf, idsOf } from "../conformance/builders.ts";
import { aDatabase } from "../conformance/postgres-kind.ts";
import { openLog, positionsIn, range, type TestLog } from "../postgres/a-log.ts";

type Place = {
  readonly url: string;
  readonly opened: TestLog;
  readonly sql: postgres.Sql;
  readonly other: postgres.Sql;
};

async function withSmallPartitions(work: (place: Place) => Promise<void>): Promise<void> {
  const url = await aDatabase();
  const opened = await openLog(url, { partitionPositions: 10 });
  const [sql, other] = [postgres(url, { max: 1 }), postgres(url, { max: 1 })];
  try {
    await work({ url, opened, sql, other });
  } finally {
    await Promise.all([sql.end(), other.end()]);
    await opened.close();
  }
}

/** The first positions of a table's partitions, as the database has them. */
async function partitionsOf(sql: postgres.Sql, parent: string): Promise<number[]> {
  const rows = await sql`
    SELECT substring(inhrelid::regclass::text FROM '[0-9]+$')::integer AS first
    FROM pg_inherits WHERE inhparent = ${`trotline.${parent}`}::regclass ORDER BY first`;
  return rows.map(({ first }) => first);
}

const trimThrough = async ({ log, clock }: TestLog): Promise<void> => {
  for (let more = true; more; ) ({ more } = await log.trim(aTrim({ olderThanMs: clock.nowMs, rowsMax: 7 })));
};

test("there is always one partition more than is needed soon, also where one request needs several", () =>
  withSmallPartitions(async ({ opened, sql }) => {
    await opened.appendMany(1);
    assert.deepEqual(await partitionsOf(sql, "events"), [1]);
    await opened.appendMany(5);
    assert.deepEqual(await partitionsOf(sql, "events"), [1, 11]);
    assert.deepEqual(await opened.appendMany(33), range(7, 39));
    assert.deepEqual(await partitionsOf(sql, "events"), [1, 11, 21, 31, 41]);
    const { events } = await opened.log.read({ after: 0, limit: 100, bytesMax: 1e6 });
    assert.deepEqual(positionsIn(events), range(1, 39));
  }));

test("while somebody keeps the next partition from being made, there is room; then it is made", () =>
  withSmallPartitions(async ({ opened, sql, other }) => {
    await opened.appendMany(1);
    await other.begin(async (transaction) => {
      // As ANALYZE does.
      await transaction`LOCK TABLE trotline.events IN SHARE UPDATE EXCLUSIVE MODE`;
      const beganMs = performance.now();
      for (let position = 2; position <= 10; position++) assert.deepEqual(await opened.append(anEvent()), [position]);
      assert.ok(performance.now() - beganMs < 5000, "appends waited for the partition that they do not need yet");
      assert.deepEqual(await partitionsOf(sql, "events"), [1]);
    });
    await opened.append(anEvent());
    assert.deepEqual(await partitionsOf(sql, "events"), [1, 11]);
  }));

test("what left is seen by nobody at once, and its partitions go when all of them has left", () =>
  withSmallPartitions(async ({ opened, sql }) => {
    await opened.appendMany(25);
    opened.clock.nowMs += 1000;
    await opened.appendMany(5);
    await trimThrough(opened);
    assert.deepEqual(await partitionsOf(sql, "events"), [21, 31]);
    assert.equal((await sql`SELECT count(*)::integer AS total FROM trotline.events`)[0]?.total, 10);
    const page = await opened.log.read({ after: 0, limit: 100, bytesMax: 1e6 });
    assert.deepEqual([positionsIn(page.events), page.through], [range(26, 30), 30]);
    assert.deepEqual(
      positionsIn((await opened.log.readBack({ before: 99, limit: 9, bytesMax: 1e6 })).events).at(-1),
      26,
    );
    assert.deepEqual(await opened.appendMany(3), [31, 32, 33]);
  }));

test("a process that does not know yet what another has trimmed reads on behind it", () =>
  withSmallPartitions(async ({ opened, url }) => {
    await opened.appendMany(25);
    opened.clock.nowMs += 1000;
    await opened.appendMany(5);
    const late = await openLog(url, { partitionPositions: 10, hasDoorbell: false, lookMsMax: 3_600_000 });
    await trimThrough(opened);
    const positions: number[] = [];
    for (let after = 0; after < 30; ) {
      const page = await late.log.read({ after, limit: 8, bytesMax: 1e6 });
      positions.push(...positionsIn(page.events));
      assert.ok(page.through > after);
      after = page.through;
    }
    assert.deepEqual(positions, range(26, 30));
    assert.equal(await late.log.positionBefore(opened.clock.nowMs), 25);
    await late.log.announced();
    assert.deepEqual([late.log.bounds().earliest, late.log.logBytes], [26, opened.log.logBytes]);
    await late.close();
  }));

test("ids leave with their partitions, of which there are few however many events there are", () =>
  withSmallPartitions(async ({ opened, sql }) => {
    for (let round = 0; round < 40; round++) {
      opened.clock.nowMs += 1000;
      await opened.appendMany(20);
      if (round >= 20) await opened.log.trim(aTrim({ olderThanMs: opened.clock.nowMs - 19_500 }));
    }
    assert.equal((await partitionsOf(sql, "events")).length, 41);
    const [first = 0, ...others] = await partitionsOf(sql, "event_ids");
    assert.ok(others.length < 8, `${others.length + 1} partitions of ids`);
    assert.ok(first > 1, "the first ids are there yet");
    const { earliest, head } = opened.log.bounds();
    assert.deepEqual([earliest, head], [401, 800]);
  }));

test("whoever reads for long keeps a partition from going, and nobody from appending; later it goes", () =>
  withSmallPartitions(async ({ opened, sql, other }) => {
    await opened.appendMany(25);
    opened.clock.nowMs += 1000;
    await other.begin(async (transaction) => {
      // As a dump does.
      await transaction`SELECT count(*) FROM trotline.events`;
      const appending = Promise.all(Array.from({ length: 20 }, () => opened.append(anEvent())));
      await trimThrough(opened);
      await appending;
      assert.equal(opened.log.bounds().earliest, 26);
      assert.equal((await partitionsOf(sql, "events"))[0], 1);
      assert.equal((await transaction`SELECT count(*)::integer AS total FROM trotline.events`)[0]?.total, 45);
    });
    await trimThrough(opened);
    assert.equal((await partitionsOf(sql, "events"))[0], 21);
  }));

test("an id that left and came again is the new event's, also while rows of the old one are there", () =>
  withSmallPartitions(async ({ opened }) => {
    const event = anEvent({ id: "again", data: "1" });
    await opened.append(event, anEvent());
    opened.clock.nowMs += 1000;
    await trimThrough(opened);
    assert.deepEqual(await opened.append({ ...event, data: bytesOf("2") }), [3]);
    assert.equal((await opened.log.find("default", "again"))?.position, 3);
    const outcome = await opened.log.append(aRequest([event]));
    assert.deepEqual(outcome, { kind: "answered", items: [{ id: "again", position: 3, outcome: "conflict" }] });
  }));

test("a page reads no partition but its own, and a page of a tenant has its events only", () =>
  withSmallPartitions(async ({ opened, sql }) => {
    for (let round = 0; round < 10; round++) {
      await opened.appendMany(9);
      await opened.append(anEvent({ tenant: "acme", id: `acme-${round}` }));
    }
    await sql`ANALYZE trotline.events`;
    const acme = await opened.log.read({ after: 45, limit: 3, bytesMax: 1e6, tenant: "acme" });
    assert.deepEqual([idsOf(acme.events), acme.through], [["acme-4", "acme-5", "acme-6"], 70]);
    const back = await opened.log.readBack({ before: 61, limit: 2, bytesMax: 1e6, tenant: "acme" });
    assert.deepEqual(idsOf(back.events), ["acme-5", "acme-4"]);
    await sql`SELECT pg_stat_reset()`;
    const read = async (): Promise<[number, string[]]> => {
      const rows = await sql`
        SELECT relname, (seq_tup_read + coalesce(idx_tup_fetch, 0))::integer AS rows FROM pg_stat_user_tables
        WHERE relname ~ '^events_[0-9]+$' AND seq_scan + coalesce(idx_scan, 0) > 0 ORDER BY relname`;
      return [rows.reduce((sum, row) => sum + row.rows, 0), rows.map(({ relname }) => relname)];
    };
    await sql.begin(async (transaction) => {
      await transaction`SELECT count(*) FROM trotline.read_events(42, 47, 5, 1000000, false, NULL)`;
      await transaction`SELECT pg_stat_force_next_flush()`;
    });
    const [rows, partitions] = await read();
    assert.deepEqual([rows <= 10, partitions], [true, ["events_41"]]);
  }));
