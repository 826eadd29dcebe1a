/** Many who append to one log on PostgreSQL at the same time, and those who read it meanwhile. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import postgres from "postgres";
import { eventually } from "../../src/testing/eventually.ts";
import { anEvent } from "../conformance/builders.ts";
import { aDatabase, thePostgres } from "../conformance/postgres-kind.ts";
import { openLog, positionsIn, range, type TestLog } from "../postgres/a-log.ts";
import { aProxy } from "../postgres/a-proxy.ts";

/** Reads the log as anybody would who knows SQL: what is beyond the last position that was seen. */
async function followLog(url: string, isOver: () => boolean): Promise<number[]> {
  const sql = postgres(url, { max: 1, types: { bigint: postgres.BigInt } });
  const seen: number[] = [];
  try {
    for (let isLast = false; ; isLast = isOver()) {
      const rows =
        await sql`SELECT position FROM trotline.events WHERE position > ${seen.at(-1) ?? 0} ORDER BY position`;
      seen.push(...rows.map(({ position }) => Number(position)));
      if (isLast) return seen;
    }
  } finally {
    await sql.end();
  }
}

/** Holds what appends need, for a moment, and then commits or not. */
async function disturb(url: string, isOver: () => boolean): Promise<void> {
  const sql = postgres(url, { max: 1 });
  const disturbances = [
    "SELECT FROM trotline.log_state FOR UPDATE",
    "SELECT pg_advisory_xact_lock(8390891601570393701)",
    "SELECT count(*) FROM trotline.events",
    "INSERT INTO trotline.redeliveries VALUES (1, 1, 1) ON CONFLICT DO NOTHING",
    "LOCK TABLE trotline.events IN SHARE UPDATE EXCLUSIVE MODE",
  ];
  for (let turn = 0; !isOver(); turn++) {
    await sql
      .begin(async (transaction) => {
        await transaction.unsafe(disturbances[turn % disturbances.length] as string);
        await delay(Math.random() * 20);
        if (turn % 2 === 0) throw new Error("rolled back");
      })
      .catch(() => {});
    await delay(5);
  }
  await sql.end();
}

/** Appends of one to hundreds of events, some of which others append too. Answers the ids and where they are. */
async function write(log: TestLog, writer: number, rounds: number): Promise<Map<string, number>> {
  const placed = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    const count = round % 7 === 3 ? 300 : 1 + Math.floor(Math.random() * 10);
    const own = Array.from({ length: count }, (_, index) => anEvent({ id: `w${writer}-${round}-${index}` }));
    const common = Array.from({ length: 3 }, (_, index) => anEvent({ id: `common-${round}-${index}` }));
    const events = round % 2 === 0 ? [...own, ...common] : [...common, ...own];
    const positions = await log.append(...events);
    for (const [index, { id }] of events.entries()) placed.set(id, positions[index] as number);
    if (round % 3 === 0) await delay(Math.random() * 5);
  }
  return placed;
}

/** Writes from several processes' logs while readers follow, and checks what everybody has seen. */
async function writeAndFollow(url: string, { writers, rounds }: { writers: number; rounds: number }): Promise<void> {
  const logs = await Promise.all(
    Array.from({ length: 4 }, (_, index) => openLog(url, { partitionPositions: 700, hasDoorbell: index % 2 === 0 })),
  );
  let isOver = false;
  const readers = [1, 2].map(() => followLog(url, () => isOver));
  const disturbing = disturb(url, () => isOver);
  const placed = await Promise.all(
    Array.from({ length: writers }, (_, writer) => write(logs[writer % logs.length] as TestLog, writer, rounds)),
  ).finally(() => {
    isOver = true;
  });
  const seen = await Promise.all(readers);
  await disturbing;
  const positions = new Map(placed.flatMap((map) => [...map]));
  const head = positions.size;
  for (const map of placed) for (const [id, position] of map) assert.equal(positions.get(id), position, id);
  assert.deepEqual(
    [...positions.values()].sort((a, b) => a - b),
    range(1, head),
  );
  for (const reader of seen) assert.deepEqual(reader, range(1, head));
  for (const { log, shown, close } of logs) {
    await eventually("all is shown", () => log.bounds().head === head);
    assert.deepEqual(positionsIn(shown), range(1, head));
    for (const { id, position } of shown) assert.equal(position, positions.get(id));
    await close();
  }
}

test("16 writers, others' locks, and readers: no position is skipped or given twice, and no id is there twice", async () =>
  writeAndFollow(await aDatabase(), { writers: 16, rounds: 10 }));

for (const [what, lock, nothing] of [
  ["advisory locks do not lock", "PERFORM pg_advisory_xact_lock(", "PERFORM abs("],
  ["the row's lock does not lock", "FROM trotline.log_state FOR UPDATE", "FROM trotline.log_state"],
] as const) {
  test(`where ${what}, the other lock keeps the line`, async () => {
    const url = await aDatabase();
    const sql = postgres(url, { max: 1 });
    const [row] = await sql`SELECT pg_get_functiondef('trotline.lock_log'::regproc) AS text`;
    assert.ok(row?.text.includes(lock));
    await sql.unsafe(row?.text.replace(lock, nothing));
    await sql.end();
    await writeAndFollow(url, { writers: 8, rounds: 5 });
  });
}

test("what waits is bounded, and goes in groups", async () => {
  const log = await openLog(await aDatabase(), { queueEventsMax: 2500, hasDoorbell: false });
  const groups: number[] = [];
  log.log.onAppended((events) => groups.push(events.length));
  const appends = Array.from({ length: 2600 }, () => log.append(anEvent()));
  assert.equal(log.log.queued, 2500);
  const outcomes = await Promise.allSettled(appends);
  const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason.code] : []));
  assert.deepEqual(refused, Array(100).fill("overloaded"));
  assert.deepEqual(positionsIn(log.shown), range(1, 2500));
  assert.deepEqual([groups, log.log.queued], [[1000, 1000, 500], 0]);
  await log.close();
});

test("the connection is cut at random moments: nothing that was answered is lost, and no event is there twice", async () => {
  const url = await aDatabase();
  const proxy = await aProxy(await thePostgres());
  const cut = await openLog(proxy.through(url), { partitionPositions: 200, deadlineMs: 2000 });
  const answered = new Map<string, number>();
  let isOver = false;
  let refused = 0;
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let round = 0; round < 40; round++) {
      const events = Array.from({ length: 1 + (round % 5) }, (_, index) =>
        anEvent({ id: `${writer}-${round}-${index}` }),
      );
      // Whoever was refused publishes the same again, until it is answered.
      for (let isAnswered = false; !isAnswered; ) {
        try {
          const positions = await cut.append(...events);
          for (const [index, { id }] of events.entries()) answered.set(id, positions[index] as number);
          isAnswered = true;
        } catch (error) {
          assert.equal((error as { code?: string }).code, "store-unavailable");
          refused += 1;
          await delay(5);
        }
      }
    }
  });
  const cutting = (async () => {
    for (let cuts = 0; cuts < 30 && !isOver; cuts++) {
      await delay(10 + Math.random() * 50);
      proxy.cut();
    }
  })();
  await Promise.all(writers);
  isOver = true;
  await cutting;
  const head = answered.size;
  assert.ok(refused > 0, "no append met a cut");
  assert.deepEqual(
    [...answered.values()].sort((a, b) => a - b),
    range(1, head),
  );
  await eventually("all is shown", () => cut.shown.length === head);
  assert.deepEqual(positionsIn(cut.shown), range(1, head));
  for (const { id, position } of cut.shown) assert.equal(position, answered.get(id));
  await cut.close();
  const other = await openLog(url);
  const { events } = await other.log.read({ after: 0, limit: 10_000, bytesMax: 1e9 });
  assert.deepEqual(
    events.map(({ id, position }) => [id, position]),
    cut.shown.map(({ id, position }) => [id, position]),
  );
  await other.close();
  await proxy.close();
});

test("a process that is cut off with an append under way does not keep others from appending", async () => {
  const url = await aDatabase();
  const proxy = await aProxy(await thePostgres());
  const [one, two] = [await openLog(proxy.through(url), { deadlineMs: 1000 }), await openLog(url)];
  await one.append(anEvent());
  const lost = one.append(anEvent({ id: "lost" }));
  setImmediate(() => proxy.blackhole());
  await assert.rejects(lost, { code: "store-unavailable" });
  const positions = await two.append(anEvent());
  assert.ok(positions[0] === 2 || positions[0] === 3);
  proxy.heal();
  await eventually("it appends again", () =>
    one.append(anEvent({ id: "lost" })).then(
      () => true,
      () => false,
    ),
  );
  await eventually("both show the same", () => one.shown.length === 3 && two.shown.length === 3);
  assert.deepEqual(
    one.shown.map(({ id }) => id),
    two.shown.map(({ id }) => id),
  );
  await Promise.all([one.close(), two.close()]);
  await proxy.close();
});
