/**
 * The database of three running processes loses its last events: a standby that had not heard of them is promoted, or a
 * backup is put back. Cursors of what is gone are refused, what comes in its place is delivered whole, and no process
 * has to be started again.
 */
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { it, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import postgres from "postgres";
import { eventually } from "../../src/testing/eventually.ts";
import { copyFolder, type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";
import { aProxy } from "../postgres/a-proxy.ts";
import { aCluster, type Cluster, leaseMs } from "./a-cluster.ts";
import { FeedReader, Load, someEndpoints, wholeLog } from "./cluster-load.ts";

const endpointSettings = Array.from({ length: 6 }, (_, index) => (index % 3 === 0 ? { ordering: "key" } : {}));

/** Everything that the log holds now is what these hold; whoever reads on from what is gone is told so. */
interface Losing {
  readonly cluster: Cluster;
  /** What is published up to here is kept. */
  keep(): Promise<void>;
  /** What was published since is gone, and the database is there again. */
  lose(): Promise<void>;
}

async function losesOnlyTheLast(context: TestContext, { cluster, keep, lose }: Losing): Promise<void> {
  await cluster.start();
  const pids = cluster.members.map(({ server }) => server.pid);
  const endpoints = await someEndpoints(context, cluster, endpointSettings);
  const kept = new Load(cluster, { eventOf: (number) => ({ id: `kept-${number}`, type: "fork.test", data: number }) });
  await kept.run(60);
  await endpoints.allDelivered(kept.acknowledged);
  const common = await wholeLog(cluster);
  await keep();
  const lost = new Load(cluster, { eventOf: (number) => ({ id: `lost-${number}`, type: "fork.test", data: number }) });
  await lost.run(60);
  await endpoints.allDelivered(lost.acknowledged);
  const gone = (await wholeLog(cluster)).slice(common.length);
  assert.equal(gone.length, lost.acknowledged.size);
  await lose();
  // One event more than are gone: nobody can tell by the position of the head that some were.
  const since = new Load(cluster, {
    eventOf: (number) => ({ id: `since-${number}`, type: "fork.test", data: number }),
  });
  await since.run(gone.length + 20);
  const log = await wholeLog(cluster);
  const expected = new Set([...kept.acknowledged, ...since.acknowledged]);
  assert.deepEqual(new Set(log.map(({ id }) => id)), expected);
  await endpoints.allDelivered(expected);
  for (const { cursor } of [gone[0], gone.at(-1)] as typeof gone) {
    for (const member of cluster.members) {
      const { status, json } = await member.ask("GET", `/v1/events?after=${cursor}`);
      assert.deepEqual([status, json.code], [409, "cursor-forked"]);
      assert.equal(json.resume, common.at(-1)?.cursor);
    }
  }
  const reader = new FeedReader(cluster);
  reader.start();
  await reader.stop(expected);
  reader.assertRead(expected);
  assert.deepEqual(
    cluster.members.map(({ server }) => server.pid),
    pids,
  );
  await cluster.stop();
}

async function untilReplayed(standby: PostgresServer, primary: PostgresServer): Promise<void> {
  const [from, to] = [primary, standby].map((server) => postgres(server.url(), { max: 1, onnotice: () => {} }));
  if (from === undefined || to === undefined) return;
  try {
    const [row] = await from`SELECT pg_current_wal_flush_lsn()::text AS flushed`;
    await eventually("the standby is as far as the primary", async () => {
      const [standing] = await to`SELECT pg_last_wal_replay_lsn() >= ${row?.flushed}::pg_lsn AS is_there`;
      await pause(50);
      return standing?.is_there === true;
    });
  } finally {
    await Promise.all([from.end(), to.end()]);
  }
}

it("a standby is promoted that had not heard of the last events", async (context) => {
  const primary = await startPostgres();
  context.after(() => primary.remove());
  const url = await primary.createDatabase("promoted");
  const wire = await aProxy(primary);
  await primary.stop();
  const standby = await startPostgres({ copyOf: primary.dataFolder, primary: wire });
  context.after(() => standby.remove());
  await primary.start();
  let serving = primary;
  const proxyTo = {
    get port() {
      return serving.port;
    },
  };
  const cluster = await aCluster(context, { url, proxyTo });
  await losesOnlyTheLast(context, {
    cluster,
    keep: async () => {
      await untilReplayed(standby, primary);
      wire.refuse();
    },
    lose: async () => {
      await primary.stop("immediate");
      const sql = postgres(standby.url(), { max: 1, onnotice: () => {} });
      await sql`SELECT pg_promote()`;
      await sql.end();
      serving = standby;
    },
  });
  await wire.close();
});

it("a backup is put back in the place of the database", async (context) => {
  const database = await startPostgres();
  context.after(() => database.remove());
  const backup = `${database.dataFolder}-backup`;
  const cluster = await aCluster(context, { url: await database.createDatabase("restored") });
  await losesOnlyTheLast(context, {
    cluster,
    keep: async () => {
      await database.stop();
      copyFolder(database.dataFolder, backup);
      await database.start();
    },
    lose: async () => {
      await database.stop("immediate");
      await rm(database.dataFolder, { recursive: true });
      copyFolder(backup, database.dataFolder);
      await pause(leaseMs / 2);
      await database.start();
    },
  });
});
