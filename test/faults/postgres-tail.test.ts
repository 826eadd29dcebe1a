/** What one process stores in PostgreSQL, another shows: in order, without a gap, and soon. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import postgres from "postgres";
import { TrotlineError } from "../../src/core/errors.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { anEvent } from "../conformance/builders.ts";
import { aDatabase, thePostgres } from "../conformance/postgres-kind.ts";
import { openLog, positionsIn, range, type TestLog, type TestLogOptions } from "../postgres/a-log.ts";
import { aProxy } from "../postgres/a-proxy.ts";

async function withLogs(
  options: readonly TestLogOptions[],
  work: (logs: TestLog[], url: string) => Promise<void>,
): Promise<void> {
  const url = await aDatabase();
  const logs: TestLog[] = [];
  try {
    for (const each of options) logs.push(await openLog(url, each));
    await work(logs, url);
  } finally {
    await Promise.all(logs.map((log) => log.close()));
  }
}

const never = 3_600_000;

describe("events of another process", () => {
  test("are shown when its doorbell rings, also where nobody looks", () =>
    withLogs([{ lookMsMax: never }, { lookMsMax: never }], async ([one, two]) => {
      assert.ok(one !== undefined && two !== undefined);
      // The bell may not be heard yet: it rings with each append.
      await eventually("the bell is heard", async () => {
        await one.append(anEvent());
        return two.shown.length > 0;
      });
      await eventually("all is shown", () => two.shown.length === one.shown.length);
      assert.deepEqual(positionsIn(two.shown), range(1, one.shown.length));
      assert.equal(two.log.bounds().head, one.log.bounds().head);
    }));

  test("are found by looking where the doorbell is dead", () =>
    withLogs([{}, { hasDoorbell: false, lookMsMax: 50 }], async ([one, two]) => {
      assert.ok(one !== undefined && two !== undefined);
      await one.appendMany(2500);
      await one.append(anEvent());
      await eventually("all is shown", () => two.shown.length === 2501);
      assert.deepEqual(positionsIn(two.shown), range(1, 2501));
      assert.equal(two.log.logBytes, one.log.logBytes);
    }));

  test("that cannot be read do not make a refusal of an append that is stored: all is shown later", () =>
    withLogs([{}, { hasDoorbell: false, lookMsMax: 50 }], async ([one, two]) => {
      assert.ok(one !== undefined && two !== undefined);
      const { run } = two.database;
      two.database.run = async (name, parameters) => {
        if (name === "events-tail")
          throw new TrotlineError("store-unavailable", "The database has no connection left.");
        return run(name, parameters);
      };
      await one.appendMany(3);
      assert.deepEqual(await two.append(anEvent({ id: "own" })), [4]);
      assert.deepEqual(await two.append(anEvent({ id: "next" })), [5]);
      assert.deepEqual(positionsIn(two.shown), []);
      two.database.run = run;
      await eventually("all is shown", () => two.shown.length === 5);
      assert.deepEqual(positionsIn(two.shown), range(1, 5));
    }));

  test("are shown before an own event that stands behind them, before its append is answered", () =>
    withLogs([{}, { hasDoorbell: false, lookMsMax: never }], async ([one, two]) => {
      assert.ok(one !== undefined && two !== undefined);
      await one.appendMany(3);
      assert.equal(two.log.bounds().head, 0);
      const [position] = await two.append(anEvent({ id: "own" }));
      assert.equal(position, 4);
      assert.deepEqual(positionsIn(two.shown), [1, 2, 3, 4]);
      assert.equal(two.shown.at(-1)?.id, "own");
    }));

  test("are shown by whoever looks one up by its id", () =>
    withLogs([{}, { hasDoorbell: false, lookMsMax: never }], async ([one, two]) => {
      assert.ok(one !== undefined && two !== undefined);
      const event = anEvent();
      await one.append(anEvent(), event);
      assert.deepEqual((await two.log.read({ after: 0, limit: 9, bytesMax: 1e6 })).events, []);
      assert.equal((await two.log.find("default", event.id))?.position, 2);
      assert.deepEqual([two.log.bounds().head, positionsIn(two.shown)], [2, [1, 2]]);
    }));

  test("with an id that this one publishes too are the first, and this one's a duplicate", () =>
    withLogs([{}, { hasDoorbell: false, lookMsMax: never }], async ([one, two]) => {
      assert.ok(one !== undefined && two !== undefined);
      const event = anEvent();
      await one.append(event);
      assert.deepEqual(await two.append(anEvent(), event), [2, 1]);
      assert.deepEqual(positionsIn(two.shown), [1, 2]);
    }));
});

test("events that a transaction announces are shown after its commit, and never when it is rolled back", () =>
  withLogs([{ hasDoorbell: false, lookMsMax: never }], async ([one]) => {
    assert.ok(one !== undefined);
    const event = anEvent();
    await assert.rejects(
      one.database.transaction(async (run) => {
        await one.log.announce(run, [event]);
        throw new Error("something else failed");
      }),
    );
    await one.log.announced();
    assert.deepEqual([one.shown.length, await one.log.find("default", event.id)], [0, null]);
    await one.append(anEvent());
    const twice = anEvent();
    await one.database.transaction((run) => one.log.announce(run, [event, twice, twice]));
    await one.log.announced();
    await one.database.transaction((run) => one.log.announce(run, [event]));
    await one.log.announced();
    assert.deepEqual(positionsIn(one.shown), [1, 2, 3]);
    assert.equal(one.shown[1]?.id, event.id);
  }));

test("a connection that hears the doorbell and dies is made again", async () => {
  const url = await aDatabase();
  const proxy = await aProxy(await thePostgres());
  const [one, two] = [await openLog(url), await openLog(proxy.through(url), { lookMsMax: never })];
  const sql = postgres(url, { max: 1 });
  const isListening = async () => {
    const rows = await sql`SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()`;
    return rows.length === 2;
  };
  await eventually("both listen", isListening);
  proxy.cut();
  await eventually("the other end has noticed", async () => !(await isListening()));
  await eventually("both listen again", isListening);
  await one.append(anEvent());
  await eventually("the bell was heard", () => two.shown.length === 1);
  await sql.end();
  await Promise.all([one.close(), two.close()]);
  await proxy.close();
});
