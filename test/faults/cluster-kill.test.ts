/**
 * `kill -9` of one of three processes on one PostgreSQL, under load, again and again, each time another: what was
 * acknowledged is delivered to every endpoint, what is sent twice is no more than what was in flight or not yet
 * journalled at a kill, and a reader of the feed that changes processes sees one log. 50 cycles: `TEST_KILL_CYCLES=50`.
 */
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";
import { aCluster } from "./a-cluster.ts";
import { FeedReader, Load, someEndpoints, wholeLog } from "./cluster-load.ts";
import { seeded } from "./outbox-writers.ts";

const cycles = Number(process.env.TEST_KILL_CYCLES ?? 6);
const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);
const endpointCount = 6;
const maxInFlight = 16;
/** A group of the journal that was being committed, and one that was gathering. */
const unjournalledMax = 2 * 256;
/** More than gathering and committing take, also on a busy machine. */
const journalDelayMsMax = 1500;

let database: PostgresServer;
before(async () => {
  database = await startPostgres();
});
after(() => database.remove());

it(`loses nothing acknowledged in ${cycles} kills of one of three processes, and bounds what is sent twice`, async (test) => {
  test.diagnostic(`TEST_SEED=${seed}`);
  const random = seeded(seed);
  const cluster = await aCluster(test, { url: await database.createDatabase("killed") });
  await cluster.start();
  const settings = Array.from({ length: endpointCount }, () => ({ max_in_flight: maxInFlight }));
  const endpoints = await someEndpoints(test, cluster, settings);
  endpoints.refuses = ({ id, total }) => id.endsWith("3") && total === 1;
  const load = new Load(cluster);
  const reader = new FeedReader(cluster);
  load.start();
  reader.start();
  const killsAtMs: number[] = [];
  for (let cycle = 0; cycle < cycles; cycle++) {
    await pause(50 + random() * 500);
    const member = cluster.member(Math.floor(random() * cluster.members.length));
    killsAtMs.push(Date.now());
    await member.kill();
    // Now and then for so long that the others take over what it had.
    if (random() < 0.3) await pause(2500);
    await member.start();
  }
  await load.stop();
  await endpoints.allDelivered(load.acknowledged);
  await reader.stop(load.acknowledged);
  reader.assertRead(load.acknowledged);
  assert.deepEqual(
    reader.seen.map(({ cursor }) => cursor),
    (await wholeLog(cluster)).map(({ cursor }) => cursor),
  );
  const isExplained = (firstOkAtMs: number): boolean =>
    killsAtMs.some((atMs) => firstOkAtMs <= atMs + 50 && firstOkAtMs > atMs - journalDelayMsMax);
  assert.deepEqual(
    endpoints.twice().filter(({ firstOkAtMs }) => !isExplained(firstOkAtMs)),
    [],
    "sent again although it was journalled long before a kill",
  );
  const { duplicates } = endpoints;
  assert.ok(duplicates <= cycles * (endpointCount * maxInFlight + unjournalledMax), `${duplicates} duplicates`);
  const [published, sent] = [load.acknowledged.size, endpoints.receipts.size];
  assert.ok(published > cycles * 10, `only ${published} events were acknowledged`);
  test.diagnostic(`${published} events, ${sent} deliveries, 0 lost, ${duplicates} duplicates in ${cycles} kills`);
  await cluster.stop();
});
