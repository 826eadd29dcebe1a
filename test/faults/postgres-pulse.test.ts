/** Processes on one database tell each other that there is something to look at, heard or not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PostgresClusterPulse } from "../../src/log/postgres/cluster-pulse.ts";
import { Database } from "../../src/log/postgres/database.ts";
import { Listener } from "../../src/log/postgres/listener.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aDatabase } from "../conformance/postgres-kind.ts";
import { silent } from "../conformance/store-kinds.ts";
import { rawSql } from "../postgres/a-configuring-process.ts";

const kinds = ["configuration", "shards", "requests", "consumers"] as const;

/** A process that counts what it is told of each kind, and has been told what there was at its start. */
async function aListener(url: string, { hears }: { hears: boolean }) {
  const database = new Database({ url, logger: silent });
  const listener = hears ? new Listener({ url }) : null;
  const pulse = new PostgresClusterPulse({ database, listener });
  const told = { configuration: 0, shards: 0, requests: 0, consumers: 0 };
  for (const kind of kinds) {
    pulse.listen(kind, () => {
      told[kind] += 1;
    });
  }
  const close = async (): Promise<void> => {
    await pulse.close();
    await listener?.close();
    await database.close();
  };
  await eventually("it has looked", () => told.shards === 2);
  return { pulse, told, database, close };
}

test("whoever listens to a kind is told of it by looking alone, and of no other", async () => {
  const url = await aDatabase();
  const sql = rawSql(url);
  const one = await aListener(url, { hears: false });
  const other = await aListener(url, { hears: false });
  await sql`SELECT trotline.note_pulse('requests')`;
  for (const { told } of [one, other]) {
    await eventually("it is told, and once more", () => told.requests === 4);
    assert.deepEqual(told, { configuration: 1, shards: 2, requests: 4, consumers: 2 });
  }
  await sql`SELECT trotline.configure('[{"kind":"replay","key":"r","document":"{}"}]'::json)`;
  for (const { told } of [one, other]) await eventually("it is told", () => told.configuration === 2);
  await one.close();
  await sql`SELECT trotline.note_pulse('shards')`;
  await eventually("the other is told", () => other.told.shards === 4);
  assert.equal(one.told.shards, 2, "who has ended is not");
  await other.close();
});

test("what is seen before its transaction has ended is told of again", async () => {
  const url = await aDatabase();
  const sql = rawSql(url);
  const { told, close } = await aListener(url, { hears: false });
  await sql.begin(async (transaction) => {
    await transaction`SELECT trotline.note_pulse('consumers')`;
    await eventually("it was seen", () => told.consumers === 3);
  });
  await eventually("it is told after the end", () => told.consumers === 4);
  await close();
});

test("who rings is heard by all, and who rings often is heard a few times", async () => {
  const url = await aDatabase();
  const one = await aListener(url, { hears: true });
  let heard = 0;
  const listener = new Listener({ url });
  listener.hear("other", () => assert.fail("another channel"));
  listener.hear("trotline_pulse", () => {
    heard += 1;
  });
  await eventually("it is heard", () => {
    one.pulse.ring();
    return heard > 0;
  });
  const before = heard;
  for (let ring = 0; ring < 500; ring++) one.pulse.ring();
  await eventually("all are heard", () => heard > before);
  await one.close();
  assert.ok(heard - before < 10, `${heard - before}`);
  await listener.close();
});

test("a database that was away is looked at again", async () => {
  const url = await aDatabase();
  const sql = rawSql(url);
  const { told, close } = await aListener(url, { hears: true });
  await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()`;
  await sql`SELECT trotline.note_pulse('requests')`;
  await eventually("it is told", () => told.requests > 2);
  await close();
});
