/** Many writers in random transactions, and everything that may go wrong around them: each event is in the log once. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type postgres from "postgres";
import { openPostgresStore } from "../../src/log/postgres/store.ts";
import type { Store } from "../../src/log/store.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { anEvent, append } from "../conformance/builders.ts";
import { silent } from "../conformance/store-kinds.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";
import { anOutbox } from "../postgres/an-outbox.ts";
import {
  allMoved,
  assertExactlyOnce,
  follow,
  makeBusiness,
  seeded,
  turnRing,
  type WritingOptions,
  writeToOutbox,
} from "./outbox-writers.ts";

const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 1e9));

/** Moves the outbox until the test ends, or it is killed. */
function startDraining(context: TestContext, url: string): ChildProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, "outbox-child.ts"), url], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  context.after(() => child.kill("SIGKILL"));
  child.stdout?.on("data", () => {});
  return child;
}

interface Process {
  readonly store: Store;
  /** What listeners were told. */
  readonly ids: string[];
  /** How many events it has moved. */
  stored(): number;
}

/** One of several at work: moves the outbox, and is told of what is in the log. */
async function startProcess(context: TestContext, url: string): Promise<Process> {
  const options = { url, clock: systemClock(), logger: silent, durability: "trusted" } as const;
  const store = await openPostgresStore({ ...options, outboxPollMs: 200 });
  context.after(() => store.close());
  const ids: string[] = [];
  store.events.onAppended((events) => {
    for (const { position, id } of events) {
      assert.equal(position, ids.length + 1, "a listener was told of another event than the next");
      ids.push(id);
    }
  });
  let moved = 0;
  const onPublished = ({ stored }: { stored: number }): void => {
    moved += stored;
  };
  store.outbox?.start({ eventBytesMax: 10_000, check: () => {}, onPublished });
  return { store, ids, stored: () => moved };
}

/** As others publish: events that are appended beside those of the outbox. */
async function publish({ store, sql }: Publishing, { name, random, isOver }: WritingOptions): Promise<void> {
  for (let count = 0; !isOver(); count++) {
    const events = Array.from({ length: 1 + Math.floor(random() * 20) }, (_, index) => `${name}-${count}-${index}`);
    await sql`insert into business select unnest(${events}::text[])`;
    await append(store, ...events.map((id) => anEvent({ id })));
    await pause(random() * 30);
  }
}

interface Publishing {
  readonly store: Store;
  readonly sql: postgres.Sql;
}

describe(`the outbox under many writers (seed ${seed})`, () => {
  let server: PostgresServer;
  before(async () => {
    server = await startPostgres();
  });
  after(() => server.remove());

  it("has each event in the log once, and no reader skips, with a transaction open all the time", async (context) => {
    const { sql, url } = await anOutbox(context, server);
    await makeBusiness(sql);
    const processes = await Promise.all(Array.from({ length: 3 }, () => startProcess(context, url)));
    const random = seeded(seed);
    let isOver = false;
    let isRead = false;
    const open = await sql.reserve();
    await open`begin`;
    await open`insert into business values ('of-open')`;
    await open`insert into trotline.outbox (id, type, data) values ('of-open', 'written', '1')`;
    const readers = Array.from({ length: 3 }, () => follow(sql, () => isRead));
    const writers = Array.from({ length: 12 }, (_, index) =>
      writeToOutbox(url, { name: `w${index}`, random: seeded(random() * 1e9), isOver: () => isOver, delayMsMax: 2000 }),
    );
    const publishers = Array.from({ length: 4 }, (_, index) =>
      publish(
        { store: (processes[index % processes.length] as Process).store, sql },
        { name: `p${index}`, random: seeded(random() * 1e9), isOver: () => isOver },
      ),
    );
    for (let turns = 0; turns < 20; turns++) {
      await pause(250);
      await turnRing(sql);
    }
    isOver = true;
    await Promise.all([...writers, ...publishers]);
    // All but what is open has come, and its tables were emptied: it held up nothing but itself.
    await allMoved(sql);
    await eventually(
      "only its own table, and the one that is written now, hold rows",
      async () => {
        const [row] = await sql`select count(*)::int as count from generate_series(0, 7) slot
        where pg_relation_size(format('trotline.outbox_%s', slot)::regclass) > 0`;
        await pause(50);
        return (row?.count as number) <= 2;
      },
      30_000,
    );
    await open`commit`;
    open.release();
    await eventually("the event of the open transaction comes", async () => {
      const rows = await sql`select from trotline.events where id = 'of-open'`;
      return rows.length === 1;
    });
    await allMoved(sql);
    isRead = true;
    await eventually("all have been told of the last", () => processes.every(({ ids }) => ids.at(-1) === "of-open"));
    assert.deepEqual(
      processes.map(({ stored }) => stored() > 0),
      [true, true, true],
      "not all of them moved something",
    );
    for (const { ids } of [...(await Promise.all(readers)), ...processes]) {
      await assertExactlyOnce(sql, ids);
      assert.equal(ids.at(-1), "of-open");
    }
  });

  it("has each event in the log once when whoever moves them is killed again and again", async (context) => {
    const { sql, url } = await anOutbox(context, server);
    await makeBusiness(sql);
    const random = seeded(seed + 1);
    let isOver = false;
    const writers = Array.from({ length: 6 }, (_, index) =>
      writeToOutbox(url, { name: `w${index}`, random: seeded(random() * 1e9), isOver: () => isOver }),
    );
    for (let kills = 0; kills < 10; kills++) {
      const child = startDraining(context, url);
      const exited = once(child, "exit");
      if (child.stdout !== null) await once(child.stdout, "data");
      await pause(random() * 150);
      child.kill("SIGKILL");
      await exited;
    }
    isOver = true;
    await Promise.all(writers);
    startDraining(context, url);
    await allMoved(sql);
    await assertExactlyOnce(sql, (await follow(sql, () => true)).ids);
  });
});

describe(`the outbox when its server goes down (seed ${seed})`, () => {
  it("has each event in the log once, after a crash and after a restart", async (context) => {
    const server = await startPostgres();
    context.after(() => server.remove());
    const { sql, url } = await anOutbox(context, server);
    await makeBusiness(sql);
    startDraining(context, url);
    const random = seeded(seed + 2);
    let isOver = false;
    const writers = Array.from({ length: 8 }, (_, index) =>
      writeToOutbox(url, { name: `w${index}`, random: seeded(random() * 1e9), isOver: () => isOver }),
    );
    for (const how of ["immediate", "fast", "immediate"] as const) {
      await pause(700 + random() * 500);
      await server.stop(how);
      await pause(random() * 300);
      await server.start();
    }
    await pause(700);
    isOver = true;
    await Promise.all(writers);
    await allMoved(sql);
    await assertExactlyOnce(sql, (await follow(sql, () => true)).ids);
  });
});
