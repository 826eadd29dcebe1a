/**
 * Ordered endpoints whose processes are killed, stopped for longer than their leases, and leave: of one key, and of all
 * where it is strict, nothing is sent before what is before it in the log was taken, whoever sends it.
 */
import { after, before, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";
import { aCluster, leaseMs } from "./a-cluster.ts";
import { Load, someEndpoints, wholeLog } from "./cluster-load.ts";

const keys = ["a", "b", "c", "d"];
let database: PostgresServer;
before(async () => {
  database = await startPostgres();
});
after(() => database.remove());

it("keep their order when shards change hands: kill, stop and leave", async (context) => {
  const cluster = await aCluster(context, { url: await database.createDatabase("ordered") });
  await cluster.start();
  const settings = Array.from({ length: 8 }, (_, index) => ({ ordering: index % 2 === 0 ? "key" : "strict" }));
  const endpoints = await someEndpoints(context, cluster, settings);
  // One of four keys fails at first, and its line with it.
  endpoints.refuses = ({ id, total }) => Number(id.slice(2)) % keys.length === 1 && total <= 1;
  const eventOf = (number: number) => {
    const subject = keys[number % keys.length] as string;
    return { id: `o-${number}`, type: "order.test", subject, data: number };
  };
  const load = new Load(cluster, { eventOf, batch: 4, publishers: 1, pauseMs: 120 });
  load.start();
  for (const [index, member] of cluster.members.entries()) {
    await pause(400 + index * 70);
    await member.kill();
    await pause(index === 0 ? leaseMs + 500 : 0);
    await member.start();
  }
  for (const member of cluster.members.slice(0, 2)) {
    await pause(500);
    member.pause();
    await pause(leaseMs + 700);
    member.goOn();
  }
  for (const member of cluster.members) {
    await pause(500);
    await member.stop();
    await member.start();
  }
  await load.stop();
  await endpoints.allDelivered(load.acknowledged);
  const log = await wholeLog(cluster);
  for (const [index, name] of endpoints.names.entries()) {
    endpoints.assertOrdered(name, log, ({ subject }) => (index % 2 === 0 ? String(subject) : "all"));
  }
  context.diagnostic(`${log.length} events in order, ${endpoints.duplicates} sent twice`);
  await cluster.stop();
});
