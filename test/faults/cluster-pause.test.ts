/**
 * A process that is stopped for longer than its lease, and one whose network swallows everything: others take over, it
 * sends and moves nothing any more that is another's, and takes part again by itself.
 */
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import postgres from "postgres";
import { eventually } from "../../src/testing/eventually.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";
import { aCluster, leaseMs, type Member } from "./a-cluster.ts";
import { Load, someEndpoints } from "./cluster-load.ts";

let database: PostgresServer;
before(async () => {
  database = await startPostgres();
});
after(() => database.remove());

const endpointSettings = Array.from({ length: 12 }, () => ({}));
const attemptsOf = (member: Member): Promise<number> => member.metric("trotline_attempts_total");

/** Publishes until each of these has sent something more. */
async function untilAllSend(members: readonly Member[], load: Load): Promise<void> {
  const before = await Promise.all(members.map(attemptsOf));
  await eventually(
    "every process sends",
    async () => {
      await load.run(10);
      const now = await Promise.all(members.map(attemptsOf));
      return now.every((attempts, index) => attempts > (before[index] ?? 0));
    },
    30_000,
  );
}

/** Records of lanes, and rows of deliveries, as they are stored. */
async function stored(url: string): Promise<readonly string[]> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const rows = await sql`SELECT l::text AS row FROM trotline.lanes l UNION ALL SELECT p::text FROM trotline.parked p`;
    return rows.map(({ row }) => String(row)).sort();
  } finally {
    await sql.end();
  }
}

async function restingAt(url: string): Promise<readonly string[]> {
  let before: readonly string[] = [];
  return eventually("the lanes rest", async () => {
    const now = await stored(url);
    const rests = now.join() === before.join();
    before = now;
    await pause(300);
    return rests ? now : undefined;
  });
}

it("one that was stopped for longer than its lease sends and moves nothing when it goes on, and takes part again", async (context) => {
  const url = await database.createDatabase("stopped");
  const cluster = await aCluster(context, { url });
  await cluster.start();
  const endpoints = await someEndpoints(context, cluster, endpointSettings);
  const load = new Load(cluster);
  await untilAllSend(cluster.members, load);
  const stopped = cluster.member(0);
  // It hears of these answers only when it goes on: outcomes that it would have to journal then.
  endpoints.answerDelayMs = 400;
  load.start();
  await pause(300);
  stopped.pause();
  await pause(100);
  endpoints.answerDelayMs = 0;
  await pause(leaseMs);
  await load.stop();
  await endpoints.allDelivered(load.acknowledged);
  const before = await restingAt(url);
  const { attempts } = endpoints;
  stopped.goOn();
  await eventually("it answers", async () => (await stopped.ask("GET", "/readyz").catch(() => null))?.status === 200);
  await pause(leaseMs);
  assert.equal(endpoints.attempts, attempts, "something was sent that had been delivered before");
  // A lane that is where its shard is needs no record: it goes when its shard changes hands.
  const moved = (await stored(url)).filter((row) => !before.includes(row));
  assert.deepEqual(moved, []);
  await untilAllSend(cluster.members, load);
  await endpoints.allDelivered(load.acknowledged);
  await cluster.stop();
});

it("one whose network swallows everything sends nothing after its lease, refuses events, and takes part again", async (context) => {
  const url = await database.createDatabase("parted");
  const cluster = await aCluster(context, { url, proxyTo: database });
  await cluster.start();
  const oneByOne = endpointSettings.map(() => ({ max_in_flight: 1 }));
  const endpoints = await someEndpoints(context, cluster, oneByOne);
  const load = new Load(cluster);
  for (const { proxy } of cluster.members) proxy?.delay(50);
  await untilAllSend(cluster.members, load);
  const parted = cluster.member(0);
  // Enough for many leases, and in memory: only what it knows of its lease keeps it from going on.
  endpoints.answerDelayMs = leaseMs / 10;
  await load.run(200);
  load.start();
  parted.proxy?.blackhole();
  const before = await attemptsOf(parted);
  const refused = parted.askPatiently("POST", "/v1/events", { id: "parted", type: "cluster.test", data: 1 });
  await pause(leaseMs + 100);
  // What was sent before may be answered now.
  await eventually("it has nothing in flight", async () => (await parted.metric("trotline_in_flight")) === 0);
  const attempts = await attemptsOf(parted);
  assert.ok(attempts > before, "it had nothing to send");
  await pause(leaseMs);
  assert.equal(await attemptsOf(parted), attempts, "it sent something after its lease");
  endpoints.answerDelayMs = 0;
  await load.stop();
  await endpoints.allDelivered(load.acknowledged, leaseMs * 5);
  const { status, headers, json } = await refused;
  assert.deepEqual([status, json.code, headers.get("retry-after")], [503, "store-unavailable", "1"]);
  assert.equal(await attemptsOf(parted), attempts, "it sent something after its lease");
  parted.proxy?.heal();
  await eventually("it is ready", async () => (await parted.ask("GET", "/readyz")).status === 200, 30_000);
  await untilAllSend(cluster.members, load);
  await endpoints.allDelivered(load.acknowledged);
  await cluster.stop();
});
