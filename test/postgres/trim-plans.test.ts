/** How much of large tables a step of retention looks at, while whoever appends waits for it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import postgres from "postgres";
import { openJournal } from "./a-journal.ts";
import { openLog } from "./a-log.ts";
import { type PostgresServer, startPostgres } from "./a-postgres-server.ts";

let server: PostgresServer;
let sql: postgres.Sql;

const rows = 40_000;

before(async () => {
  server = await startPostgres();
  const url = await server.createDatabase("trims");
  await (await openJournal(url)).close();
  const log = await openLog(url);
  await log.appendMany(20);
  await log.close();
  sql = postgres(url, { max: 1, onnotice: () => {} });
  await sql
    .unsafe(`
    INSERT INTO trotline.idempotency SELECT 's', 'key_' || n, '', '[]', 0, 1e15 + n FROM generate_series(1, ${rows}) n;
    INSERT INTO trotline.redeliveries SELECT 1000000 + n, 1, 1 FROM generate_series(1, ${rows}) n;
    INSERT INTO trotline.parked (endpoint, position, due_at_ms, key, attempts, step, state)
    SELECT 1 + n % 5, 1000000 + n, n, n % 1000, 1, 1, 'retrying' FROM generate_series(1, ${rows}) n;
  `)
    .simple();
  for (const table of ["idempotency", "redeliveries", "parked"]) await sql.unsafe(`VACUUM ANALYZE trotline.${table}`);
});

after(async () => {
  await sql.end();
  await server.remove();
});

/** Rows that were read one after the other, from the beginning of a table, in this transaction. */
const readWhole = async (run: postgres.TransactionSql): Promise<number> => {
  const [row] = await run`
    SELECT sum(seq_tup_read)::integer AS rows FROM pg_stat_xact_user_tables
    WHERE relname IN ('idempotency', 'redeliveries', 'parked')`;
  return row?.rows;
};

test("no step reads a table from its beginning, also not when it has been planned for any values", async () => {
  await sql.begin(async (run) => {
    for (let step = 1; step <= 12; step++) {
      await run`SELECT * FROM trotline.trim_events(1e16, NULL, 1, 5)`;
      await run`SELECT * FROM trotline.trim_parked(${step}, 1000, ARRAY[0, 1], ARRAY[0, 0]::bigint[])`;
      assert.equal(await readWhole(run), 0, `step ${step}`);
    }
  });
});
