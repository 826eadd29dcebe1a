/** The tables of the outbox: how they are emptied, who may write to them, and what is seen of them. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import postgres from "postgres";
import { OutboxDrainer } from "../../src/log/postgres/outbox-drainer.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { silent } from "../conformance/store-kinds.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";
import { anOutbox, outboxRules, type TestOutbox } from "../postgres/an-outbox.ts";

const slotNumbers = 8192;

/** What is inserted next goes to the table of the ring after the one that is written now. */
async function turnRing({ sql }: TestOutbox): Promise<void> {
  await sql`select setval('trotline.outbox_numbers', (last_value / ${slotNumbers} + 1) * ${slotNumbers} - 1)
    from trotline.outbox_numbers`;
}

const insert = ({ sql }: TestOutbox, id: string) =>
  sql`insert into trotline.outbox (id, type, data) values (${id}, 'a', '1')`;

const storedBytes = async ({ sql }: TestOutbox): Promise<number> => {
  const [row] = await sql`select sum(pg_relation_size(format('trotline.outbox_%s', slot)::regclass))::float8 as bytes
    from generate_series(0, 7) slot`;
  return row?.bytes as number;
};

describe("the tables of the outbox", () => {
  let server: PostgresServer;
  before(async () => {
    server = await startPostgres();
  });
  after(() => server.remove());

  it("are emptied once everything in them has been moved, and not before", async (context) => {
    const outbox = await anOutbox(context, server);
    for (const id of ["a", "b", "c"]) {
      await insert(outbox, id);
      await turnRing(outbox);
    }
    assert.deepEqual(await outbox.rotate(), { emptied: 0, kept: 3 });
    assert.equal(await outbox.drain(), 3);
    await insert(outbox, "in_the_last");
    assert.deepEqual(await outbox.rotate(), { emptied: 3, kept: 1 });
    assert.equal(await outbox.drain(), 1);
    assert.deepEqual(await outbox.rotate(), { emptied: 0, kept: 1 });
    await outbox.database.run("outbox-rotate", [0, 1e9]);
    assert.equal(await storedBytes(outbox), 0);
    assert.equal((await outbox.events()).length, 4);
  });

  it("are left alone while only a part of what is to be moved has been", async (context) => {
    const outbox = await anOutbox(context, server);
    await outbox.sql`insert into trotline.outbox (type, data) select 'a', n::text from generate_series(1, 1001) n`;
    await turnRing(outbox);
    assert.equal((await outbox.move()).more, true);
    assert.deepEqual(await outbox.rotate(), { emptied: 0, kept: 1 });
    await outbox.drain();
    assert.deepEqual(await outbox.rotate(), { emptied: 1, kept: 0 });
    assert.equal((await outbox.events()).length, 1001);
  });

  it("keep what was committed and has not been looked at yet, when others of the table were moved", async (context) => {
    const outbox = await anOutbox(context, server);
    const open = await outbox.sql.reserve();
    await open`begin`;
    await open`insert into trotline.outbox (id, type, data) values ('late', 'a', '1')`;
    await insert(outbox, "early");
    await turnRing(outbox);
    assert.equal(await outbox.drain(), 1);
    await open`commit`;
    open.release();
    assert.deepEqual(await outbox.rotate(), { emptied: 0, kept: 1 });
    assert.equal(await outbox.drain(), 1);
    assert.deepEqual(await outbox.rotate(), { emptied: 1, kept: 0 });
  });

  it("wait for no open transaction, and keep no writer waiting: only the tables it wrote to stay", async (context) => {
    const outbox = await anOutbox(context, server);
    const open = await outbox.sql.reserve();
    await open`begin`;
    await open`insert into trotline.outbox (id, type, data) values ('of_open', 'a', '1')`;
    // Three times round the ring, with the table of the open transaction met again and again.
    for (let turns = 0; turns < 24; turns++) {
      await turnRing(outbox);
      await insert(outbox, `turn_${turns}`);
      assert.equal(await outbox.drain(), 1);
      await outbox.rotate();
    }
    await turnRing(outbox);
    assert.deepEqual(await outbox.rotate(), { emptied: 0, kept: 1 });
    await open`commit`;
    open.release();
    assert.equal(await outbox.drain(), 1);
    await outbox.rotate();
    assert.equal(await storedBytes(outbox), 0);
    assert.equal((await outbox.events()).length, 25);
  });

  it("are looked through once more after the database came to another server, and nothing is moved twice", async (context) => {
    const outbox = await anOutbox(context, server);
    await insert(outbox, "moved");
    await outbox.drain();
    await insert(outbox, "waiting");
    // As a restored dump has it: numbers of transactions that this server will give only later.
    await outbox.sql`update trotline.outbox set xid = (xid::text::bigint + 1000000000)::text::xid8`;
    await outbox.sql`update trotline.outbox_place set drained = '1000000000:2000000000:', server = 7`;
    await insert(outbox, "since");
    assert.equal(await outbox.drain(), 2);
    await insert(outbox, "later");
    assert.equal(await outbox.drain(), 1);
    const ids = (await outbox.events()).map(({ id }) => id);
    assert.deepEqual(ids, ["moved", "waiting", "since", "later"]);
    assert.deepEqual(await outbox.refused(), []);
    // By another server again, whose numbers are already beyond those of the one before.
    await insert(outbox, "overtaken");
    await outbox.sql`update trotline.outbox_place set drained = pg_current_snapshot(), server = 8`;
    assert.equal(await outbox.drain(), 1);
    assert.equal((await outbox.events()).at(-1)?.id, "overtaken");
  });

  it("take rows from a role that may do nothing but that", async (context) => {
    const outbox = await anOutbox(context, server);
    const { sql, url } = outbox;
    await sql`create role an_application login`;
    await sql`grant usage on schema trotline to an_application`;
    await sql`grant insert (id, tenant, type, subject, version, occurred_at, data) on trotline.outbox to an_application`;
    const own = postgres(url.replace("postgres@", "an_application@"), { max: 1, onnotice: () => {} });
    context.after(() => own.end());
    await own`insert into trotline.outbox (type, data) values ('a', '1')`;
    await own`insert into trotline.outbox (id, tenant, type, subject, version, occurred_at, data)
      values ('evt_1', 't', 'a', 's', '1', now(), '1')`;
    assert.equal(await outbox.drain(), 2);
    const denied = { code: "42501" };
    await assert.rejects(own`insert into trotline.outbox (xid, type, data) values ('1', 'a', '1')`, denied);
    await assert.rejects(own`insert into trotline.outbox_0 (type, data) values ('a', '1')`, denied);
    await assert.rejects(own`select * from trotline.outbox`, denied);
    await assert.rejects(own`select * from trotline.outbox_refused`, denied);
    await assert.rejects(own`delete from trotline.outbox`, denied);
    await assert.rejects(own`select * from trotline.outbox_page(1, 1, 1)`, denied);
    await assert.rejects(own`select trotline.outbox_restart(0)`, denied);
    await assert.rejects(own`select * from trotline.events`, denied);
  });
});

describe("the drainer of the outbox", () => {
  let server: PostgresServer;
  before(async () => {
    server = await startPostgres();
  });
  after(() => server.remove());

  const aDrainer = ({ database }: TestOutbox, told: () => void = () => {}): OutboxDrainer => {
    const parts = { database, clock: systemClock(), logger: silent } as ConstructorParameters<typeof OutboxDrainer>[0];
    const bounds = () => ({ head: 0, earliest: 1, epochs: [] as never });
    return new OutboxDrainer(parts, {
      bounds,
      announced: async () => told(),
    });
  };

  it("moves what comes, tells the log, counts, and empties the tables behind it", async (context) => {
    const outbox = await anOutbox(context, server);
    let tellings = 0;
    const drainer = aDrainer(outbox, () => {
      tellings += 1;
    });
    context.after(() => drainer.stop());
    const total = { stored: 0, duplicates: 0, refused: 0 };
    await outbox.sql`insert into trotline.outbox (type, data) select 'a', n::text from generate_series(1, 2500) n`;
    await insert(outbox, "twice");
    await insert(outbox, "twice");
    await outbox.sql`insert into trotline.outbox (type, data) values ('a', 'no json')`;
    await turnRing(outbox);
    drainer.start({
      ...outboxRules,
      onPublished: ({ stored, duplicates, refused }) => {
        total.stored += stored;
        total.duplicates += duplicates;
        total.refused += refused;
      },
    });
    await eventually("everything was moved", () => total.stored === 2501);
    await eventually("what was refused is counted", () => drainer.readings().refused === 1);
    assert.deepEqual(total, { stored: 2501, duplicates: 1, refused: 1 });
    assert.ok(tellings >= 3);
    await eventually("the tables are empty", async () => (await storedBytes(outbox)) === 0);
    await insert(outbox, "another");
    await eventually("another was moved", () => total.stored === 2502);
    await drainer.stop();
    await insert(outbox, "after_the_end");
    assert.equal((await outbox.events()).at(-1)?.id, "another");
  });

  it("shows how much waits, and since when, while it cannot keep up", async (context) => {
    const outbox = await anOutbox(context, server);
    await outbox.sql`insert into trotline.outbox (type, data) select 'a', n::text from generate_series(1, 5000) n`;
    let seen = { waiting: 0, oldestAgeMs: 0, refused: 0 };
    const drainer = aDrainer(outbox);
    context.after(() => drainer.stop());
    let stored = 0;
    drainer.start({
      ...outboxRules,
      onPublished: (counts) => {
        stored += counts.stored;
        const now = drainer.readings();
        if (now.waiting > 0) seen = now;
      },
    });
    await eventually("everything was moved", () => stored === 5000);
    assert.ok(seen.waiting >= 1000 && seen.waiting <= 4000, `${seen.waiting}`);
    assert.ok(seen.oldestAgeMs > 0);
    await eventually("nothing waits", () => drainer.readings().waiting === 0);
  });

  it("goes on by itself after a failure of the database", async (context) => {
    const outbox = await anOutbox(context, server);
    let stored = 0;
    const drainer = aDrainer(outbox);
    context.after(() => drainer.stop());
    drainer.start({
      ...outboxRules,
      onPublished: (counts) => {
        stored += counts.stored;
      },
    });
    await insert(outbox, "before");
    await eventually("the first was moved", () => stored === 1);
    await outbox.sql`alter table trotline.outbox_place rename to away`;
    await insert(outbox, "meanwhile");
    await new Promise((resolve) => setTimeout(resolve, 100));
    await outbox.sql`alter table trotline.away rename to outbox_place`;
    await eventually("the second was moved", () => stored === 2);
    await drainer.stop();
  });
});
