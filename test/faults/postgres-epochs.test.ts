/** What cursors are worth after the database was restarted, copied, dumped, and put back, also under a running store. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import postgres from "postgres";
import { cursorAt } from "../../src/core/epochs.ts";
import { TrotlineError } from "../../src/core/errors.ts";
import { positionOf } from "../../src/http/log-place.ts";
import { Database } from "../../src/log/postgres/database.ts";
import { migrate } from "../../src/log/postgres/migrate.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aBatch, anEvent, withCode } from "../conformance/builders.ts";
import { aDatabase, thePostgres } from "../conformance/postgres-kind.ts";
import { HandClock, silent } from "../conformance/store-kinds.ts";
import { openLog, range, type TestLog, type TestLogOptions } from "../postgres/a-log.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";

const quiet: TestLogOptions = { hasDoorbell: false, lookMsMax: 3_600_000 };
const nameOf = (url: string): string => new URL(url).pathname.slice(1);
let copies = 0;

/** A copy of a database, to which nobody may be connected. */
async function copyOf(url: string): Promise<string> {
  copies += 1;
  await (await thePostgres()).createDatabase(`copy_${copies}`, nameOf(url));
  return `copy_${copies}`;
}

/** Puts a copy in the place of a database, whose connections end. */
async function putBack(url: string, copy: string): Promise<void> {
  const server = await thePostgres();
  await server.dropDatabase(nameOf(url));
  await server.createDatabase(nameOf(url), copy);
}

async function withSql(url: string, work: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await work(sql).finally(() => sql.end());
}

async function migratedDatabase(server: PostgresServer): Promise<string> {
  const url = await server.createDatabase("store");
  const database = new Database({ url, logger: silent });
  await migrate(database);
  await database.close();
  return url;
}

const isDone = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

const moveCursor = ({ journal }: TestLog): Promise<void> => journal.commit(aBatch({ dispatchedTo: 7 }));

/** While the connection ends, it is refused for that. */
const isForked = (work: Promise<unknown>): Promise<boolean> =>
  work.then(() => assert.fail("It was not refused."), withCode("store-forked"));

/** The cursors that a log would give now, by position from 0. */
function cursorsOf({ log }: TestLog): string[] {
  const { epochs, head } = log.bounds();
  return range(0, head).map((position) => cursorAt(epochs, position));
}

/** `given` are cursors of a log that shares its positions up to `common` with this one. */
async function assertForkedBeyond({ log }: TestLog, common: number, given: readonly string[]): Promise<void> {
  const place = { events: log, tenant: "default" };
  for (const [position, cursor] of given.entries()) {
    if (position <= common) {
      assert.equal(await positionOf(cursor, place), position);
      continue;
    }
    await assert.rejects(positionOf(cursor, place), (error) => {
      assert.ok(error instanceof TrotlineError);
      assert.deepEqual([error.code, error.extras.resume], ["cursor-forked", given[common]], `position ${position}`);
      return true;
    });
  }
}

test("a store that is opened again on the same database goes on in its epoch", async () => {
  const url = await aDatabase();
  const clock = new HandClock();
  const given: string[][] = [];
  for (let round = 0; round < 3; round++) {
    const opened = await openLog(url, { ...quiet, clock });
    await opened.appendMany(2);
    assert.equal(opened.log.bounds().epochs.length, 1);
    given.push(cursorsOf(opened));
    await opened.close();
    clock.nowMs += 60_000;
  }
  assert.deepEqual(given[2]?.slice(0, 3), given[0]);
});

test("a restart of the server begins an epoch with the next event, under the running store, and cursors stay", async () => {
  const server = await startPostgres();
  const url = await migratedDatabase(server);
  const [one, two] = [await openLog(url, quiet), await openLog(url, quiet)];
  await one.appendMany(3);
  await two.log.announced();
  const before = cursorsOf(one);
  await server.stop("immediate");
  await server.start();
  await eventually("it appends again", () => isDone(one.append(anEvent())));
  const { epochs, head } = one.log.bounds();
  assert.deepEqual([epochs.length, epochs.at(-1)?.after, head], [2, 3, 4]);
  assert.deepEqual(cursorsOf(one).slice(0, 4), before);
  await eventually("the other looks", () => isDone(two.log.announced()));
  assert.deepEqual(two.log.bounds(), one.log.bounds());
  await one.append(anEvent());
  await two.journal.commit(aBatch({ dispatchedTo: 4 }));
  assert.equal(one.log.bounds().epochs.length, 2);
  assert.equal(one.log.trouble(), null);
  await Promise.all([one.close(), two.close()]);
  await server.remove();
});

describe("an older copy that is put back under a running store", () => {
  for (const [how, find] of [
    ["an append", (opened: TestLog) => opened.append(anEvent({ id: "late" }))],
    ["a write of the journal's, which is not done", moveCursor],
    ["a look", (opened: TestLog) => opened.log.announced()],
  ] as const) {
    test(`is noticed by ${how}; nothing is stored or shown until the store is opened anew`, async () => {
      const url = await aDatabase();
      const first = await openLog(url, quiet);
      await first.appendMany(4);
      await first.close();
      const copy = await copyOf(url);
      const running = await openLog(url, quiet);
      await running.appendMany(3);
      const given = cursorsOf(running);
      await putBack(url, copy);
      await eventually(`${how} is refused`, () => isForked(find(running)));
      assert.equal(running.log.trouble()?.code, "store-forked");
      await assert.rejects(running.append(anEvent()), withCode("store-forked"));
      await assert.rejects(running.log.announced(), withCode("store-forked"));
      assert.equal(running.shown.length, 3);
      await running.close();
      const anew = await openLog(url, quiet);
      assert.equal(anew.log.bounds().head, 4);
      assert.equal((await anew.journal.load([0])).dispatchedTo.get(0), 0);
      await assertForkedBeyond(anew, 4, given);
      assert.deepEqual(await anew.appendMany(5), range(5, 9));
      await assertForkedBeyond(anew, 4, given);
      assert.equal(new Set([...cursorsOf(anew), ...given]).size, 10 + 3);
      await anew.close();
    });
  }

  test("is noticed when others have gone beyond it already, and their events are not shown for those of before", async () => {
    const url = await aDatabase();
    const first = await openLog(url, quiet);
    await first.appendMany(4);
    await first.close();
    const copy = await copyOf(url);
    const [running, reader] = [await openLog(url, quiet), await openLog(url, quiet)];
    await running.appendMany(3);
    await reader.log.announced();
    await putBack(url, copy);
    const other = await openLog(url, quiet);
    await other.appendMany(10);
    const late = anEvent();
    await eventually("refused", () => isForked(running.append(late)));
    assert.equal(await other.log.find("default", late.id), null);
    await eventually("refused", () => isForked(reader.log.announced()));
    assert.deepEqual([running.shown.length, reader.shown.length], [3, 3]);
    await Promise.all([running.close(), other.close(), reader.close()]);
  });
});

test("a restart of the server is no reason to refuse what the journal writes: its epoch begins with that", async () => {
  const server = await startPostgres();
  const opened = await openLog(await migratedDatabase(server), quiet);
  await opened.appendMany(3);
  await server.stop("immediate");
  await server.start();
  await eventually("it journals again", () => isDone(opened.journal.commit(aBatch({ dispatchedTo: 3 }))));
  assert.equal((await opened.journal.load([0])).dispatchedTo.get(0), 3);
  assert.equal(opened.log.bounds().epochs.length, 2);
  await opened.close();
  await server.remove();
});

test("a dump that is restored in place of a stopped log, row for row, begins an epoch", async () => {
  const url = await aDatabase();
  const first = await openLog(url, quiet);
  await first.appendMany(4);
  const tables = ["events", "event_ids", "epochs"];
  await withSql(url, async (sql) => {
    for (const table of tables) await sql.unsafe(`CREATE TABLE ${table}_dump AS SELECT * FROM trotline.${table}`);
  });
  await first.appendMany(3);
  const given = cursorsOf(first);
  await first.close();
  await withSql(url, async (sql) => {
    for (const table of tables) {
      await sql.unsafe(`DELETE FROM trotline.${table}`);
      await sql.unsafe(`INSERT INTO trotline.${table} SELECT * FROM ${table}_dump`);
    }
  });
  const anew = await openLog(url, quiet);
  await anew.appendMany(5);
  await assertForkedBeyond(anew, 4, given);
  await anew.close();
});

test("an epoch that gave no position is forgotten with the next, and ids sort as they were made", async () => {
  const url = await aDatabase();
  const clock = new HandClock();
  let current = url;
  const ids = new Set<string>();
  for (let round = 0; round < 4; round++) {
    const opened = await openLog(current, { ...quiet, clock });
    if (round < 2) await opened.append(anEvent());
    const { epochs } = opened.log.bounds();
    assert.equal(epochs.length, Math.min(round + 1, 3));
    assert.deepEqual(
      epochs.map(({ id }) => id),
      epochs.map(({ id }) => id).sort(),
    );
    for (const { id } of epochs) ids.add(id);
    await opened.close();
    clock.nowMs -= 3_600_000;
    current = (await thePostgres()).url(await copyOf(current));
  }
  assert.equal(ids.size, 4);
});
