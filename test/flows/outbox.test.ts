/** Rows of the outbox become events: which, in which order, and exactly once. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { TrotlineError } from "../../src/core/errors.ts";
import { Database } from "../../src/log/postgres/database.ts";
import { moveOutboxPage } from "../../src/log/postgres/outbox-page.ts";
import { silent } from "../conformance/store-kinds.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";
import { anOutbox, outboxRules } from "../postgres/an-outbox.ts";

describe("the outbox", () => {
  let server: PostgresServer;
  before(async () => {
    server = await startPostgres({ settings: ["max_prepared_transactions=4"] });
  });
  after(() => server.remove());

  it("makes events of what was committed, in the order of insertion", async (context) => {
    const { sql, drain, events } = await anOutbox(context, server);
    const beganMs = Date.now();
    await sql.begin(async (tx) => {
      await tx`insert into trotline.outbox (type, data) values ('order.paid', '{"total":1}')`;
      await tx`insert into trotline.outbox (id, tenant, type, subject, version, occurred_at, data)
        values ('evt_own', 'acme', 'order.sent', 'order/1', '2', '2026-01-31T12:00:00.123Z', 'null')`;
    });
    assert.equal(await drain(), 2);
    const [first, second] = await events();
    assert.match(first?.id ?? "", /^evt_[0-9a-f]{32}$/);
    assert.ok((first?.occurred_at_ms ?? 0) >= beganMs - 60_000 && (first?.occurred_at_ms ?? 0) <= Date.now() + 60_000);
    assert.deepEqual(
      [first?.position, first?.tenant, first?.type, first?.subject, first?.version, first?.data],
      [1, "default", "order.paid", null, null, '{"total":1}'],
    );
    assert.deepEqual(second, {
      position: 2,
      id: "evt_own",
      tenant: "acme",
      type: "order.sent",
      subject: "order/1",
      version: "2",
      occurred_at_ms: Date.parse("2026-01-31T12:00:00.123Z"),
      data: "null",
    });
    assert.equal(await drain(), 0);
  });

  it("takes for the time of an event, where none is given, that at which its transaction began", async (context) => {
    const { sql, drain, events } = await anOutbox(context, server);
    const beganAtMs = await sql.begin(async (tx) => {
      const [row] = await tx`select floor(extract(epoch from now()) * 1000)::float8 as ms`;
      await tx`select pg_sleep(0.02)`;
      await tx`insert into trotline.outbox (type, data) values ('a', '1')`;
      return row?.ms as number;
    });
    await drain();
    assert.equal((await events())[0]?.occurred_at_ms, beganAtMs);
  });

  it("keeps the bytes of data", async (context) => {
    const { sql, drain, events } = await anOutbox(context, server);
    const data = '{"b": 12345678901234567890, "a":1.0,  "a":"\\u00e9é\\/\\ud800", "c":[1e400]}';
    await sql`insert into trotline.outbox (type, data) values ('a', ${`\n ${data}\t\r\n`})`;
    await drain();
    assert.equal((await events())[0]?.data, data);
  });

  it("makes nothing of what was rolled back, as a whole or to a savepoint", async (context) => {
    const { sql, drain, events } = await anOutbox(context, server);
    const refusal = new Error("rolled back");
    await assert.rejects(
      sql.begin(async (tx) => {
        await tx`insert into trotline.outbox (id, type, data) values ('whole', 'a', '1')`;
        throw refusal;
      }),
      refusal,
    );
    await sql.begin(async (tx) => {
      await tx.savepoint((part) => part`insert into trotline.outbox (id, type, data) values ('kept_part', 'a', '1')`);
      const part = tx.savepoint(async (inner) => {
        await inner`insert into trotline.outbox (id, type, data) values ('lost_part', 'a', '1')`;
        throw refusal;
      });
      await assert.rejects(part, refusal);
      await tx`insert into trotline.outbox (id, type, data) values ('after_parts', 'a', '1')`;
    });
    await drain();
    assert.deepEqual(
      (await events()).map(({ id }) => id),
      ["kept_part", "after_parts"],
    );
  });

  it("is not held up by open transactions, whose events come once they commit", async (context) => {
    const { sql, drain, events } = await anOutbox(context, server);
    const open = await sql.reserve();
    await open`begin`;
    await open`insert into trotline.outbox (id, type, data) values ('of_open', 'a', '1')`;
    await sql.begin(async (tx) => {
      await tx`insert into trotline.outbox (id, type, data) values ('of_prepared', 'a', '1')`;
      await tx.prepare("two_phases");
    });
    for (const id of ["x1", "x2"]) {
      await sql`insert into trotline.outbox (id, type, data) values (${id}, 'a', '1')`;
      assert.equal(await drain(), 1);
    }
    await open`insert into trotline.outbox (id, type, data) values ('of_open_later', 'a', '1')`;
    await open`commit`;
    open.release();
    assert.equal(await drain(), 2);
    await sql`commit prepared 'two_phases'`;
    assert.equal(await drain(), 1);
    assert.equal(await drain(), 0);
    assert.deepEqual(
      (await events()).map(({ id }) => id),
      ["x1", "x2", "of_open", "of_open_later", "of_prepared"],
    );
  });

  it("puts a row that was inserted after another's commit behind it, also when its transaction is the older", async (context) => {
    const { sql, move, events } = await anOutbox(context, server);
    const older = await sql.reserve();
    await older`begin`;
    await older`select pg_current_xact_id()`;
    // More than a page has: the order holds across pages, too.
    await sql`insert into trotline.outbox (type, data) select 'of.younger', '1' from generate_series(1, 1100)`;
    await older`insert into trotline.outbox (type, data) values ('of.older', '1'), ('of.older', '2')`;
    await older`commit`;
    older.release();
    const pages = [await move(), await move(), await move()];
    assert.deepEqual(
      pages.map(({ stored, more }) => [stored, more]),
      [
        [1000, true],
        [102, false],
        [0, false],
      ],
    );
    assert.deepEqual(
      (await events()).slice(-3).map(({ type }) => type),
      ["of.younger", "of.older", "of.older"],
    );
  });

  it("ends a page before a mebibyte of data, and takes what comes meanwhile afterwards", async (context) => {
    const { sql, database, drain, events } = await anOutbox(context, server);
    await sql`insert into trotline.outbox (id, type, data)
      select 'early_' || n, 'a', '"' || repeat('x', 9000) || '"' from generate_series(1, 300) n`;
    const pages = await moveOutboxPage(database.run, outboxRules, () => ({ head: 0, nowMs: Date.now() }));
    assert.deepEqual([pages.stored, pages.more], [Math.floor((1024 * 1024) / 9002), true]);
    await sql`insert into trotline.outbox (id, type, data) values ('late', 'a', '1')`;
    await drain();
    await drain();
    const expected = [...Array.from({ length: 300 }, (_, index) => `early_${index + 1}`), "late"];
    assert.deepEqual(
      (await events()).map(({ id }) => id),
      expected,
    );
  });

  it("takes what is committed between two pages, though its number is before theirs", async (context) => {
    const { sql, move, drain, events } = await anOutbox(context, server);
    const open = await sql.reserve();
    await open`begin`;
    await open`insert into trotline.outbox (id, type, data) values ('between', 'a', '1')`;
    await sql`insert into trotline.outbox (type, data) select 'a', '1' from generate_series(1, 1500)`;
    assert.equal((await move()).more, true);
    await open`commit`;
    open.release();
    assert.equal(await drain(), 500);
    assert.equal(await drain(), 1);
    assert.equal((await events()).at(-1)?.id, "between");
  });

  it("is moved by one process at a time, however many try", async (context) => {
    const { sql, url, events, refused } = await anOutbox(context, server);
    await sql`insert into trotline.outbox (type, data) select 'no type', '1' from generate_series(1, 20)`;
    await sql`insert into trotline.outbox (type, data) select 'a', n::text from generate_series(1, 3500) n`;
    const databases = Array.from({ length: 6 }, () => new Database({ url, logger: silent }));
    context.after(() => Promise.all(databases.map((database) => database.close())));
    const stored = await Promise.all(
      databases.map(async ({ run }) => {
        let count = 0;
        for (let pages = 0; pages < 20; pages++) {
          const page = await moveOutboxPage(run, outboxRules, () => ({ head: 0, nowMs: 0 }));
          assert.equal(page.duplicates, 0);
          count += page.stored;
        }
        return count;
      }),
    );
    assert.equal(
      stored.reduce((sum, count) => sum + count),
      3500,
    );
    assert.equal((await refused()).length, 20);
    const logged = await events();
    assert.deepEqual(
      logged.map(({ position, data }) => [position, data]),
      Array.from({ length: 3500 }, (_, index) => [index + 1, String(index + 1)]),
    );
  });
});

describe("a row of the outbox that cannot become an event", () => {
  let server: PostgresServer;
  before(async () => {
    server = await startPostgres();
  });
  after(() => server.remove());

  it("is kept with the reason, whole, and holds nobody up", async (context) => {
    const check = ({ type }: { type: string }) => {
      if (type === "strict") throw new TrotlineError("data-invalid", "`data` is not what its type says.");
    };
    const { sql, drain, events, refused } = await anOutbox(context, server, { eventBytesMax: 150, check });
    const long = "x".repeat(3000);
    const rows = [
      { id: "not an id" },
      { id: "x".repeat(129) },
      { tenant: "_operations" },
      { type: "" },
      { type: long },
      { subject: "a\nb" },
      { version: "" },
      { occurred_at: "infinity" },
      { occurred_at: "10000-01-01T00:00:00Z" },
      { data: "" },
      { data: "{'a': 1}" },
      { data: "1 2" },
      { data: "[".repeat(65) + "]".repeat(65) },
      { data: `"${"x".repeat(149)}"` },
      { type: "strict" },
    ];
    for (const [index, row] of rows.entries()) {
      const whole = { id: `r${index}`, tenant: "default", type: "a", data: "1", ...row };
      const values = Object.values(whole).map((value) => `'${value.replaceAll("'", "''")}'`);
      await sql.unsafe(`insert into trotline.outbox (${Object.keys(whole)}) values (${values})`);
    }
    await sql`insert into trotline.outbox (id, type, data) values ('good', 'a', '1')`;
    assert.equal(await drain(), 1);
    assert.deepEqual(
      (await events()).map(({ id }) => id),
      ["good"],
    );
    const kept = await refused();
    assert.deepEqual(
      kept.map(({ code }) => code),
      [
        ...Array.from({ length: 9 }, () => "invalid-body"),
        "invalid-json",
        "invalid-json",
        "invalid-json",
        "data-too-deep",
        "event-too-large",
        "data-invalid",
      ],
    );
    assert.equal(kept[4]?.type, long);
    assert.equal(kept[13]?.data, `"${"x".repeat(149)}"`);
    assert.match(kept[2]?.detail ?? "", /^`tenant` is 1 to 64 letters/);
    assert.match(kept[11]?.detail ?? "", /^`data` stops being JSON at byte 2\.$/);
    assert.equal(await drain(), 0);
    assert.equal((await refused()).length, rows.length);
  });

  it("may be one whose id belongs to another event; the same event again is one event", async (context) => {
    const { sql, drain, move, events, refused } = await anOutbox(context, server);
    const insert = (id: string, data: string, more: object = {}) =>
      sql`insert into trotline.outbox ${sql({ id, type: "a", data, ...more })}`;
    await insert("in_page", "1");
    await insert("in_page", " 1");
    await insert("in_page", "2");
    await insert("in_log", "1", { subject: "s", version: "1", occurred_at: "2026-01-01T00:00:00Z" });
    await insert("elsewhere", "1", { tenant: "other" });
    assert.equal(await drain(), 3);
    await insert("new", "1");
    await insert("in_log", "1", { subject: "s", version: "1" });
    await insert("in_log", "1", { subject: "s", version: "1", occurred_at: "2026-01-02T00:00:00Z" });
    await insert("in_log", "1", { subject: "s" });
    await insert("in_log", "2", { subject: "s", version: "1" });
    await insert("elsewhere", "2");
    const page = await move();
    assert.deepEqual([page.stored, page.duplicates, page.refused], [2, 1, 3]);
    assert.deepEqual(
      (await events()).map(({ id, tenant, data }) => [id, tenant, data]),
      [
        ["in_page", "default", "1"],
        ["in_log", "default", "1"],
        ["elsewhere", "other", "1"],
        ["new", "default", "1"],
        ["elsewhere", "default", "2"],
      ],
    );
    const kept = await refused();
    assert.deepEqual(new Set(kept.map(({ code }) => code)), new Set(["event-id-conflict"]));
    assert.equal(kept.length, 4);
  });

  it("can be corrected and inserted again", async (context) => {
    const { sql, drain, events, refused } = await anOutbox(context, server);
    await sql`insert into trotline.outbox (id, type, data) values ('evt_1', 'wrong type', '1')`;
    await drain();
    await sql`with again as (delete from trotline.outbox_refused where type = 'wrong type' returning *)
      insert into trotline.outbox (id, tenant, type, subject, version, occurred_at, data)
      select id, tenant, 'right.type', subject, version, coalesce(occurred_at, inserted_at), data from again`;
    await drain();
    assert.deepEqual(
      (await events()).map(({ id, type }) => [id, type]),
      [["evt_1", "right.type"]],
    );
    assert.deepEqual(await refused(), []);
  });
});
