/**
 * Sixteen writers, in random transactions on the outbox and by publishing at three processes, against readers at each of
 * them: no position is skipped and none comes twice, each event is in the log once, and a transaction that stays open
 * delays only its own.
 */
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import postgres from "postgres";
import { eventually } from "../../src/testing/eventually.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";
import { aCluster, Cluster } from "./a-cluster.ts";
import { FeedReader, Load, someEndpoints } from "./cluster-load.ts";
import { allMoved, follow, makeBusiness, seeded, writeToOutbox } from "./outbox-writers.ts";

const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 1e9));
const outboxWriters = 12;
const publishers = 4;

let database: PostgresServer;
before(async () => {
  database = await startPostgres();
});
after(() => database.remove());

it(`each event of ${outboxWriters + publishers} writers is in the log once, and no reader skips (seed ${seed})`, async (context) => {
  const url = await database.createDatabase("outbox");
  const sql = postgres(url, { max: 4, onnotice: () => {} });
  context.after(() => sql.end({ timeout: 1 }));
  const cluster = await aCluster(context, { url, flags: ["--outbox-poll", "50ms"] });
  await cluster.start();
  const endpoints = await someEndpoints(context, cluster, [{}]);
  await makeBusiness(sql);
  const readers = cluster.members.map((member) => new FeedReader(new Cluster([member])));
  for (const reader of readers) reader.start();
  let isOver = false;
  const following = follow(sql, () => isOver);
  following.catch(() => {}); // It is awaited below.
  const open = await sql.reserve();
  await open`begin`;
  await open`insert into business values ('of-open')`;
  await open`insert into trotline.outbox (id, type, data) values ('of-open', 'written', '1')`;
  const random = seeded(seed);
  const load = new Load(cluster, { publishers, batch: 3, pauseMs: 40 });
  load.start();
  let isWritten = false;
  const writers = Array.from({ length: outboxWriters }, (_, index) =>
    writeToOutbox(url, {
      name: `w${index}`,
      random: seeded(random() * 1e9),
      isOver: () => isWritten,
      delayMsMax: 2000,
    }),
  );
  await pause(1500);
  await cluster.member(0).kill();
  await pause(500);
  await cluster.member(0).start();
  await pause(1500);
  isWritten = true;
  await Promise.all(writers);
  await load.stop();
  await allMoved(sql);
  const rows = await sql`select count(*)::int as held from trotline.events where id = 'of-open'`;
  assert.equal(rows[0]?.held, 0);
  await open`commit`;
  open.release();
  await eventually("the event of the open transaction comes", async () => {
    const found = await sql`select from trotline.events where id = 'of-open'`;
    return found.length === 1;
  });
  const written = (await sql`select id from business`).map(({ id }) => id as string);
  const all = new Set([...written, ...load.acknowledged]);
  isOver = true;
  const { ids } = await following;
  assert.equal(ids.length, all.size);
  for (const reader of readers) {
    await reader.stop(all);
    reader.assertRead(all);
    assert.deepEqual(
      reader.seen.map(({ id }) => id),
      ids,
    );
  }
  await endpoints.allDelivered(all);
  assert.ok(written.length > 100 && load.acknowledged.size > 100, `${written.length} and ${load.acknowledged.size}`);
  await cluster.stop();
});
