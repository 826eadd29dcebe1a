/** Processes that are stopped in order and started again, and more and fewer of them: nothing is lost, and nothing sent twice. */
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";
import { aCluster } from "./a-cluster.ts";
import { FeedReader, Load, someEndpoints } from "./cluster-load.ts";

let database: PostgresServer;
before(async () => {
  database = await startPostgres();
});
after(() => database.remove());

it("a rolling restart, and from one process to three and back: each event comes once to every endpoint and reader", async (context) => {
  // As long as a busy machine may keep a process from renewing it: what is lost by that is sent again.
  const cluster = await aCluster(context, { url: await database.createDatabase("rolling"), lease: "30s" });
  const [first, second, third] = [cluster.member(0), cluster.member(1), cluster.member(2)];
  await first.start();
  const settings = Array.from({ length: 12 }, (_, index) => (index % 4 === 0 ? { ordering: "key" } : {}));
  const endpoints = await someEndpoints(context, cluster, settings);
  endpoints.refuses = ({ id, total }) => id.endsWith("7") && total === 1;
  const load = new Load(cluster);
  const reader = new FeedReader(cluster);
  load.start();
  reader.start();
  await pause(300);
  await second.start();
  await pause(300);
  await third.start();
  await pause(700);
  for (const member of cluster.members) {
    assert.equal(await member.stop(), 0);
    await pause(200);
    await member.start();
    await pause(500);
  }
  assert.equal(await second.stop(), 0);
  await pause(300);
  assert.equal(await first.stop(), 0);
  await pause(500);
  await load.stop();
  await endpoints.allDelivered(load.acknowledged);
  await reader.stop(load.acknowledged);
  reader.assertRead(load.acknowledged);
  context.diagnostic(`${load.acknowledged.size} events, refused ${JSON.stringify([...load.refusals])}`);
  assert.deepEqual(
    endpoints.twice().map(({ endpoint, id, ok }) => `${id} at ${endpoint}: ${ok}`),
    [],
  );
  await cluster.stop();
});
