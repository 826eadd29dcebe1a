/**
 * The database of three processes goes down again and again, and is away for long: what was acknowledged is delivered,
 * publishing is refused meanwhile, and lanes and readers go on by themselves, in the processes that they were in.
 * Ten minutes: `TEST_AWAY_SECONDS=600`.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { eventually } from "../../src/testing/eventually.ts";
import { startPostgres } from "../postgres/a-postgres-server.ts";
import { aCluster, leaseMs, type Member } from "./a-cluster.ts";
import { FeedReader, Load, someEndpoints } from "./cluster-load.ts";

const awaySeconds = Number(process.env.TEST_AWAY_SECONDS ?? 10);
/** What a process may gain while it is refused everything. */
const gainMbMax = 100;

/** Null where the system does not tell. */
async function residentMb(member: Member): Promise<number | null> {
  const status = await readFile(`/proc/${member.server.pid}/status`, "utf8").catch(() => "");
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(status);
  return found === null ? null : Number(found[1]) / 1024;
}

it(`a database that goes down again and again, and is away for ${awaySeconds} seconds: all goes on by itself`, async (context) => {
  const database = await startPostgres();
  context.after(() => database.remove());
  const cluster = await aCluster(context, { url: await database.createDatabase("away") });
  await cluster.start();
  const pids = cluster.members.map(({ server }) => server.pid);
  const endpoints = await someEndpoints(
    context,
    cluster,
    Array.from({ length: 6 }, () => ({})),
  );
  endpoints.refuses = ({ id, total }) => id.endsWith("3") && total === 1;
  const load = new Load(cluster, { takenMsMax: 90_000 + awaySeconds * 1000 });
  const reader = new FeedReader(cluster);
  reader.start();
  load.start();
  for (let times = 0; times < 4; times++) {
    const published = load.acknowledged.size;
    await eventually("events are taken", () => load.acknowledged.size >= published + 50, 30_000);
    await database.stop("immediate");
    await pause(times * 300);
    await database.start();
  }
  const published = load.acknowledged.size;
  await eventually("events are taken", () => load.acknowledged.size >= published + 50, 30_000);
  await database.stop("immediate");
  const [member] = cluster.members as [Member];
  const refusal = await eventually("it is refused", async () => {
    const answer = await member.ask("POST", "/v1/events", { type: "cluster.test", data: 1 }).catch(() => null);
    return answer ?? undefined;
  });
  assert.deepEqual([refusal.status, refusal.json.code], [503, "store-unavailable"]);
  assert.equal(refusal.headers.get("retry-after"), "1");
  const before = await Promise.all(cluster.members.map(residentMb));
  await pause(awaySeconds * 1000);
  const since = await Promise.all(cluster.members.map(residentMb));
  await database.start();
  await eventually("it is ready", async () => (await member.ask("GET", "/readyz")).status === 200, leaseMs * 10);
  await eventually("events are taken", () => load.acknowledged.size >= published + 100, 30_000);
  await load.stop();
  await endpoints.allDelivered(load.acknowledged);
  await reader.stop(load.acknowledged);
  reader.assertRead(load.acknowledged);
  for (const [index, mb] of since.entries()) {
    assert.ok(mb === null || mb < (before[index] ?? 0) + gainMbMax, `it grew from ${before[index]} to ${mb} MB`);
  }
  assert.deepEqual(
    cluster.members.map(({ server }) => server.pid),
    pids,
  );
  context.diagnostic(`${load.acknowledged.size} events, ${endpoints.duplicates} sent twice`);
  await cluster.stop();
});
