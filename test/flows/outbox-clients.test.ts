/** The outbox from the clients that applications have: an event in the business transaction, and gone with it. */
import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { sql as drizzleSql } from "drizzle-orm";
import { drizzle as drizzleOnPg } from "drizzle-orm/node-postgres";
import { drizzle as drizzleOnPostgres } from "drizzle-orm/postgres-js";
import { Kysely, sql as kyselySql, PostgresDialect } from "kysely";
import pg from "pg";
import postgres from "postgres";
import { outboxInsert, outboxInsertWith } from "../../src/sdk/outbox.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";
import { anOutbox, type TestOutbox } from "../postgres/an-outbox.ts";

const data = { name: 'Zoë\'s "shop" \\ $1 ?', total: 12.5, nested: [null, true, { a: "\u0000\ud800" }] };
const whole = {
  id: "evt_whole",
  tenant: "acme",
  type: "order.paid",
  subject: "order/17",
  version: "2",
  occurred_at: "2026-01-31T12:00:00.123Z",
  data,
};
const small = [
  { id: "evt_small_1", type: "a", data: null },
  { id: "evt_small_2", type: "a", data: "text" },
];
const lost = { id: "evt_lost", type: "a", data: 1 };

class RolledBack extends Error {}

async function assertTaken({ drain, events, refused }: TestOutbox): Promise<void> {
  await drain();
  assert.deepEqual(await refused(), []);
  const [first, ...others] = await events();
  const { occurred_at: occurredAt, ...rest } = whole;
  const expected = { ...rest, position: 1, occurred_at_ms: Date.parse(occurredAt), data: JSON.stringify(data) };
  assert.deepEqual({ ...first }, expected);
  assert.deepEqual(
    others.map(({ id, tenant, subject, version, data: text }) => [id, tenant, subject, version, text]),
    [
      ["evt_small_1", "default", null, null, "null"],
      ["evt_small_2", "default", null, null, '"text"'],
    ],
  );
}

describe("an event is written to the outbox in the transaction of", () => {
  let server: PostgresServer;
  before(async () => {
    server = await startPostgres();
  });
  after(() => server.remove());

  /** Runs `write` in a transaction, which is rolled back where it throws. */
  const check = async (
    context: TestContext,
    open: (
      url: string,
    ) => Promise<(write: { readonly events: readonly object[]; readonly rollsBack: boolean }) => Promise<void>>,
  ): Promise<void> => {
    const outbox = await anOutbox(context, server);
    const transact = await open(outbox.url);
    await transact({ events: [whole], rollsBack: false });
    await assert.rejects(transact({ events: [lost], rollsBack: true }), RolledBack);
    await transact({ events: small, rollsBack: false });
    await assertTaken(outbox);
  };

  it("pg", (context) =>
    check(context, async (connectionString) => {
      const client = new pg.Client({ connectionString });
      await client.connect();
      context.after(() => client.end());
      return async ({ events, rollsBack }) => {
        await client.query("begin");
        await client.query(outboxInsert(events as never));
        await client.query(rollsBack ? "rollback" : "commit");
        if (rollsBack) throw new RolledBack();
      };
    }));

  it("postgres", (context) =>
    check(context, async (url) => {
      const sql = postgres(url, { max: 1 });
      context.after(() => sql.end());
      return ({ events, rollsBack }) =>
        sql.begin(async (tx) => {
          await outboxInsertWith(tx, events as never);
          if (rollsBack) throw new RolledBack();
        }) as Promise<void>;
    }));

  it("postgres, without a tag", (context) =>
    check(context, async (url) => {
      const sql = postgres(url, { max: 1 });
      context.after(() => sql.end());
      return ({ events, rollsBack }) =>
        sql.begin(async (tx) => {
          const { text, values } = outboxInsert(events as never);
          await tx.unsafe(text, values);
          if (rollsBack) throw new RolledBack();
        }) as Promise<void>;
    }));

  it("Drizzle on pg", (context) =>
    check(context, async (connectionString) => {
      const pool = new pg.Pool({ connectionString, max: 1 });
      context.after(() => pool.end());
      const db = drizzleOnPg(pool);
      return ({ events, rollsBack }) =>
        db.transaction(async (tx) => {
          await tx.execute(outboxInsertWith(drizzleSql, events as never));
          if (rollsBack) throw new RolledBack();
        });
    }));

  it("Drizzle on postgres", (context) =>
    check(context, async (url) => {
      const client = postgres(url, { max: 1 });
      context.after(() => client.end());
      const db = drizzleOnPostgres(client);
      return ({ events, rollsBack }) =>
        db.transaction(async (tx) => {
          await tx.execute(outboxInsertWith(drizzleSql, events as never));
          if (rollsBack) throw new RolledBack();
        });
    }));

  it("Kysely", (context) =>
    check(context, async (connectionString) => {
      const pool = new pg.Pool({ connectionString, max: 1 });
      const db = new Kysely<object>({ dialect: new PostgresDialect({ pool }) });
      context.after(() => db.destroy());
      return ({ events, rollsBack }) =>
        db.transaction().execute(async (trx) => {
          await outboxInsertWith(kyselySql, events as never).execute(trx);
          if (rollsBack) throw new RolledBack();
        });
    }));
});
