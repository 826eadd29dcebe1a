/** What is configured, on PostgreSQL: several processes change it, and some fail midway. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type postgres from "postgres";
import { PostgresConfigurationChanges } from "../../src/log/postgres/configuration-changes.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aConsumer, anEndpoint, aSource, aStart } from "../conformance/builders.ts";
import { aDatabase } from "../conformance/postgres-kind.ts";
import { aProcess, rawSql } from "../postgres/a-configuring-process.ts";

const parkMany = (sql: postgres.ISql, endpoint: number, rows: number) =>
  sql`INSERT INTO trotline.parked (endpoint, position, due_at_ms, key, attempts, step, state)
    SELECT ${endpoint}, position, 0, -1, 1, 1, 'retrying' FROM generate_series(1, ${rows}::bigint) AS position`;

async function parkedOf(sql: postgres.Sql, endpoint: number): Promise<number> {
  const [row] = await sql`SELECT count(*)::integer AS count FROM trotline.parked WHERE endpoint = ${endpoint}`;
  return row?.count as number;
}

test("many who acknowledge at once are few transactions, and of each the last holds", async () => {
  const { database, consumers } = aProcess(await aDatabase());
  const before = database.counters().transactions;
  const puts = Array.from({ length: 600 }, (_, index) =>
    consumers.put(aConsumer({ name: `c${index % 3}`, position: index })),
  );
  await Promise.all(puts);
  assert.ok(database.counters().transactions - before <= 3);
  assert.deepEqual(
    (await consumers.load()).map(({ position }) => position),
    [597, 598, 599],
  );
});

test("a number that a failed transaction was given is not given again", async () => {
  const url = await aDatabase();
  let fails = false;
  const given: unknown[] = [];
  const failing = aProcess(
    url,
    (write) => (work) =>
      write(async (run) => {
        const result = await work(run);
        given.push((result as readonly { number: unknown }[])[0]?.number);
        if (fails) throw new Error("cut");
        return result;
      }),
  );
  for (const [index, isCut] of [false, true, true, false].entries()) {
    fails = isCut;
    const made = [() => failing.registry.createEndpoint(anEndpoint(), aStart), () => failing.sources.create(aSource())];
    for (const make of made) {
      if (isCut) await assert.rejects(make, /cut/, String(index));
      else await make();
    }
  }
  assert.deepEqual(given, [1, 1, 2, 2, 3, 3, 4, 4]);
  const restarted = aProcess(url);
  assert.deepEqual(
    (await restarted.registry.load()).endpoints.map(({ number }) => number),
    [1, 4],
  );
  assert.equal((await restarted.sources.create(aSource())).number, 5);
});

test("a deletion with many parked rows is answered before they are gone, and finished by the next start", async () => {
  const url = await aDatabase();
  const sql = rawSql(url);
  let writesLeft = 3;
  const dying = aProcess(url, (write) => (work) => {
    writesLeft -= 1;
    return writesLeft < 0 ? Promise.reject(new Error("dead")) : write(work);
  });
  const gone = await dying.registry.createEndpoint(anEndpoint(), aStart);
  await parkMany(sql, gone.number, 25_000);
  await parkMany(sql, 2, 5);
  await dying.registry.deleteEndpoint(gone.number);
  await eventually("the first step is done", async () => (await parkedOf(sql, gone.number)) === 14_000);
  const { registry } = aProcess(url);
  assert.deepEqual((await registry.load()).endpoints, []);
  await eventually("nothing is left", async () => (await parkedOf(sql, gone.number)) === 0);
  assert.equal(await parkedOf(sql, 2), 5);
  await eventually("nor is it noted", async () => {
    const [row] = await sql`SELECT count(*)::integer AS count FROM trotline.endpoints_leaving`;
    return row?.count === 0;
  });
});

test("what is journalled while its endpoint is deleted does not come back", async () => {
  const url = await aDatabase();
  const sql = rawSql(url);
  const { registry } = aProcess(url);
  const { number } = await registry.createEndpoint(anEndpoint(), aStart);
  const wasDeleted = async (transaction: postgres.ISql): Promise<boolean> => {
    const [row] = await transaction`SELECT trotline.was_deleted(${number}) AS answer`;
    return row?.answer as boolean;
  };
  let deletion: Promise<void> = Promise.resolve();
  await sql.begin(async (transaction) => {
    assert.equal(await wasDeleted(transaction), false);
    deletion = registry.deleteEndpoint(number);
    await eventually("the deletion waits", async () => {
      const [row] =
        await sql`SELECT count(*)::integer AS count FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`;
      return row?.count === 1;
    });
    await parkMany(transaction, number, 3);
  });
  await deletion;
  assert.equal(await parkedOf(sql, number), 0);
  assert.equal(await wasDeleted(sql), true);
  const [unknown] = await sql`SELECT trotline.was_deleted(77) AS answer`;
  assert.equal(unknown?.answer, false, "a number that nobody was given");
});

test("of two transactions that wait for each other one is done again, and both come to an end", async () => {
  const { database } = aProcess(await aDatabase());
  const changes = new PostgresConfigurationChanges(database);
  const put = (key: string) => JSON.stringify([{ kind: "event_type", key, document: "{}" }]);
  let [waiting, tries] = [2, 0];
  const meet = async () => {
    waiting -= 1;
    await eventually("both have begun", () => waiting <= 0);
  };
  await Promise.all([
    database.transaction(async (run) => {
      tries += 1;
      await run("configure", [put("a"), "one"]);
      await meet();
      await run("receipts-trim", [0, 1, 0]);
    }),
    database.transaction(async (run) => {
      tries += 1;
      await run("receipts-trim", [0, 1, 0]);
      await meet();
      await run("configure", [put("b"), "other"]);
    }),
  ]);
  assert.ok(tries > 2, "one of them lost");
  assert.deepEqual((await changes.since(0)).changes.map(({ key }) => key).sort(), ["a", "b"]);
});
