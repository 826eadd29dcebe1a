/**
 * `kill -9` under load, again and again: in the end `/v1/stats` tells what the journal's attempts say, exactly, in total,
 * by type and in buckets. More cycles: `TEST_KILL_CYCLES=50`.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import postgres from "postgres";
import { errorClassCodes } from "../../src/log/attempt-codes.ts";
import type { Statistics } from "../../src/sdk/wire-stats.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { startPostgres } from "../postgres/a-postgres-server.ts";
import { aCluster } from "./a-cluster.ts";
import { type ServerProcess, startServerProcess } from "./a-server-process.ts";
import { Load, someEndpoints } from "./cluster-load.ts";

const cycles = Number(process.env.TEST_KILL_CYCLES ?? 4);
const types = ["kill.a", "kill.b", "kill.c"];

/** By type, of attempts that no replay made; the columns are in the order of `rowOf`. */
const countsSql = (schema: string): string => `
  SELECT e.type, count(*), count(DISTINCT a.endpoint * 1000000000 + a.position),
    count(DISTINCT CASE WHEN a.error_class IS NULL THEN a.endpoint * 1000000000 + a.position END),
    sum(CASE WHEN a.error_class = ${errorClassCodes.code("http_status")} THEN 1 ELSE 0 END),
    sum(CASE WHEN a.error_class IS NOT NULL THEN 1 ELSE 0 END)
  FROM ${schema}attempts a JOIN ${schema}events e ON e.position = a.position
  GROUP BY e.type ORDER BY e.type`;

type Measured = Pick<Statistics["total"], "attempts" | "sent" | "delivered" | "errors">;

const rowOf = (type: string | null, { attempts, sent, delivered, errors }: Measured): (string | number | null)[] => {
  const failed = Object.values(errors).reduce<number>((sum, count) => sum + (count ?? 0), 0);
  return [type, attempts, sent, delivered, errors.http_status ?? 0, failed];
};

type Ask = (path: string) => Promise<unknown>;

/** Ends when as many attempts are counted as are journalled; fails where that does not come. */
async function assertCounted(ask: Ask, journalled: () => Promise<(string | number | null)[][]>): Promise<number> {
  const byType = async (bucket: string): Promise<Statistics> =>
    (await ask(`/v1/stats?group_by=type&bucket=${bucket}`)) as Statistics;
  let last: unknown = null;
  await eventually("what is counted is what is journalled", async () => {
    const [expected, { groups }] = [await journalled(), await byType("1h")];
    const counted = groups
      .map(({ key, total }) => rowOf(key, total))
      .sort(([left], [right]) => (`${left}` < `${right}` ? -1 : 1));
    last = { expected, counted };
    return JSON.stringify(expected) === JSON.stringify(counted);
  }).catch(() => assert.fail(`counted otherwise: ${JSON.stringify(last)}`));
  const [expected, minutes] = [await journalled(), await byType("5m")];
  for (const { key, buckets, total } of minutes.groups) {
    const row = expected.find(([type]) => type === key);
    assert.deepEqual(rowOf(key, total), row, "in steps of a minute");
    assert.equal(
      buckets.reduce((sum, { attempts }) => sum + attempts, 0),
      row?.[1],
    );
  }
  return minutes.total.attempts;
}

it(`${cycles} kills of a server: every attempt is counted once`, async (test) => {
  const folder = await mkdtemp(join(tmpdir(), "trotline-statistics-kill-"));
  const receiver = await startTestReceiver();
  const refused = new Set<string>();
  receiver.answer(({ headers }) => {
    const id = String(headers["webhook-id"]);
    if (!id.endsWith("3") || refused.has(id)) return 200;
    refused.add(id);
    return 500;
  });
  test.after(() => Promise.all([receiver.close(), rm(folder, { recursive: true, force: true })]));
  let batch = 0;
  const publishUntilDead = async (server: ServerProcess): Promise<void> => {
    for (;;) {
      const name = batch++;
      const events = Array.from({ length: 10 }, (_, nth) => ({
        id: `b${name}-${nth}`,
        type: types[nth % 3],
        data: {},
      }));
      const taken = await server.call("POST", "/v1/events", events).catch(() => null);
      if (taken === null) return;
      await pause(2);
    }
  };
  let server = await startServerProcess(folder);
  for (let nth = 0; nth < 2; nth++) {
    const made = await server.call("POST", "/v1/endpoints", { url: receiver.url, retry_delays_ms: [20, 50, 100] });
    assert.equal(made.status, 201);
  }
  for (let cycle = 0; cycle < cycles; cycle++) {
    const publishers = [publishUntilDead(server), publishUntilDead(server)];
    // Around the first looks of a process, which come each half a second.
    await pause(450 + ((cycle * 137) % 700));
    await server.kill();
    await Promise.all(publishers);
    server = await startServerProcess(folder);
  }
  const database = new DatabaseSync(join(folder, "trotline.db"), { readOnly: true });
  const counts = database.prepare(countsSql(""));
  const journalled = async () => counts.all().map((row) => Object.values(row) as (string | number | null)[]);
  const ask: Ask = async (path) => (await server.call("GET", path)).json;
  const counted = await assertCounted(ask, journalled).finally(() => database.close());
  assert.ok(counted > cycles * 50, `only ${counted} attempts were made`);
  test.diagnostic(`${counted} attempts, ${cycles} kills`);
  assert.equal(await server.stop(), 0);
});

it(`${cycles} kills of one of two processes on one PostgreSQL: every attempt is counted once`, async (test) => {
  const server = await startPostgres();
  test.after(() => server.remove());
  const url = await server.createDatabase("counted");
  const cluster = await aCluster(test, { url, size: 2, lease: "1000ms" });
  await cluster.start();
  const endpoints = await someEndpoints(test, cluster, [{}, {}, {}, {}]);
  endpoints.refuses = ({ id, total }) => id.endsWith("3") && total === 1;
  const eventOf = (number: number) => ({ id: `e-${number}`, type: types[number % 3] as string, data: number });
  const load = new Load(cluster, { batch: 10, eventOf });
  load.start();
  for (let cycle = 0; cycle < cycles; cycle++) {
    await pause(300 + ((cycle * 137) % 500));
    const member = cluster.member(cycle % 2);
    await member.kill();
    await member.start();
  }
  await load.stop();
  await endpoints.allDelivered(load.acknowledged);
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  const journalled = async () => {
    const rows = await sql.unsafe(countsSql("trotline.")).values();
    return rows.map(([type, ...counts]) => [String(type), ...counts.map(Number)]);
  };
  const ask: Ask = async (path) => (await cluster.ask("GET", path)).json;
  const counted = await assertCounted(ask, journalled).finally(() => sql.end());
  test.diagnostic(`${counted} attempts, ${cycles} kills`);
});
