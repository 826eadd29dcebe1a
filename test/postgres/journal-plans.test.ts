/** How much of large tables the journal's statements look at. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import postgres from "postgres";
import { openJournal } from "./a-journal.ts";
import { type PostgresServer, startPostgres } from "./a-postgres-server.ts";

let server: PostgresServer;
let sql: postgres.Sql;

const rows = 40_000;
const none = null;

before(async () => {
  server = await startPostgres();
  const url = await server.createDatabase("plans");
  await (await openJournal(url)).close();
  sql = postgres(url, { max: 1, onnotice: () => {} });
  await sql
    .unsafe(`
    INSERT INTO trotline.parked (endpoint, position, due_at_ms, key, attempts, step, state)
    SELECT 1 + n % 2, n, n * 7919 % 100000, n % 1000, 1, 1,
      (ARRAY['retrying', 'exhausted', 'held', 'blocked', 'cancelled', 'sending'])[1 + n / 2 % 6]
    FROM generate_series(1, ${rows}) n;
    SELECT trotline.add_partition('events', 1, 1000000);
    INSERT INTO trotline.events
    SELECT n, n, n, n, CASE WHEN n % 50 = 0 THEN 'acme' ELSE 'default' END, 'evt_' || n, 'order.paid', NULL, NULL, '{}'
    FROM generate_series(1, ${rows}) n;
    SELECT trotline.add_partition('attempts', n, n + ${rows / 4 - 1}) FROM generate_series(1, ${rows}, ${rows / 4}) n;
    UPDATE trotline.dispatch SET sequence = ${rows}, lag_ms = 5;
    INSERT INTO trotline.attempts
    SELECT n, 1 + n % 10, n, n, 5, n + 5, 1, 200, 1, CASE WHEN n % 100 = 7 THEN 1 END, false, NULL,
      CASE WHEN n % 50 = 0 THEN 'acme' END, NULL, NULL
    FROM generate_series(1, ${rows}) n;
  `)
    .simple();
  for (const table of ["parked", "attempts", "events"]) await sql.unsafe(`VACUUM ANALYZE trotline.${table}`);
});

after(async () => {
  await sql.end();
  await server.remove();
});

interface Plan {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Shared Hit Blocks"?: number;
  readonly "Shared Read Blocks"?: number;
  readonly Plans?: readonly Plan[];
}

const textOf = (name: string): string =>
  readFileSync(new URL(`../../src/log/postgres/sql/${name}.sql`, import.meta.url), "utf8").replace(/;\s*$/, "");

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

function scanned(plan: Plan): string[] {
  const scans = nodesOf(plan).filter((node) => node["Node Type"] === "Seq Scan");
  return scans
    .map((node) => String(node["Relation Name"]))
    .filter((table) => /^(parked|(attempts|events)_\d+)$/.test(table));
}

async function planOf(options: string, name: string, parameters: readonly unknown[]): Promise<Plan> {
  const text = `EXPLAIN (${options}, FORMAT JSON) ${textOf(name)}`;
  const [row] = parameters.length > 0 ? await sql.unsafe(text, parameters as never[]) : await sql.unsafe(text);
  return row?.["QUERY PLAN"][0].Plan;
}

const attempts = (from: number, ...more: unknown[]): unknown[] => [
  from,
  rows + 1,
  none,
  none,
  none,
  none,
  none,
  none,
  none,
  50,
  ...more,
];
const failed = attempts(1);
const ofTenant = attempts(1).with(3, "acme");

const looks: readonly (readonly [name: string, blocksMax: number, parameters: readonly unknown[]])[] = [
  // The total is counted, in an index alone.
  ["parked-due", 250, [1, 100]],
  ["parked-keys", 150, [1, 10, 20]],
  ["parked-of-keys", 60, [1, "{100,200,300,900}", 5]],
  ["parked-exhausted", 8, [1, 5000]],
  ["parked-failed-among", 20, [1, 1000, 39_000, 100]],
  ["delivery-get", 30, [1, 5000]],
  ["attempts-delivered-among", 60, [3, 100, 900]],
  ["attempt-get", 10, [777]],
  ["attempts-newest", 220, attempts(1)],
  ["attempts-failed", 280, failed],
  ["attempts-of-endpoint", 240, attempts(1, 3)],
  ["attempts-failed-of-endpoint", 280, attempts(1, 8)],
  ["attempts-of-event", 25, attempts(1, none, 5000)],
  ["attempts-of-tenant", 260, ofTenant],
  ["attempt-bounds", 300, [10_000, 20_000, none]],
];

for (const [name, blocksMax, parameters] of looks) {
  test(`${name} looks at a part of its table that does not grow with others' rows`, async () => {
    const plan = await planOf("ANALYZE, BUFFERS", name, parameters);
    assert.deepEqual(scanned(plan), []);
    const blocks = (plan["Shared Hit Blocks"] ?? 0) + (plan["Shared Read Blocks"] ?? 0);
    assert.ok(blocks <= blocksMax, `${blocks} blocks`);
    assert.deepEqual(scanned(await planOf("GENERIC_PLAN", name, [])), [], "nor when it is planned once for all");
  });
}

test("an event that went nowhere is looked for by its position, also where the statement was planned once for all", async () => {
  await sql.begin(async (once) => {
    await once.unsafe("SET LOCAL plan_cache_mode = force_generic_plan");
    const none = ["1", `${rows + 1}`, ...Array(7).fill("NULL"), "50", "NULL", `${rows + 9}`];
    await once.unsafe(`PREPARE looked AS ${textOf("attempts-of-event")}`).simple();
    const [row] = await once
      .unsafe(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE looked(${none.join(", ")})`)
      .simple();
    const plan: Plan = row?.["QUERY PLAN"][0].Plan;
    const blocks = (plan["Shared Hit Blocks"] ?? 0) + (plan["Shared Read Blocks"] ?? 0);
    assert.ok(blocks <= 25, `${blocks} blocks`);
  });
});
