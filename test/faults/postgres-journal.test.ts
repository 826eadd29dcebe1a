import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import postgres from "postgres";
import { TrotlineError } from "../../src/core/errors.ts";
import { limits } from "../../src/core/limits.ts";
import { shardOf } from "../../src/core/shard.ts";
import type { JournalBatch } from "../../src/log/journal.ts";
import type { Run } from "../../src/log/postgres/database.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aBatch, aFailedAttempt, aLane, anAttempt, anEvent, aRow, withCode } from "../conformance/builders.ts";
import { type JournalSubject, openJournal, type Write } from "../postgres/a-journal.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";
import { aProxy, type NetworkProxy as TestProxy } from "../postgres/a-proxy.ts";

let server: PostgresServer;
let databases = 0;

before(async () => {
  server = await startPostgres();
  const url = await server.createDatabase("migrated");
  await (await openJournal(url)).close();
});
after(() => server.remove());

const aDatabase = (): Promise<string> => {
  databases += 1;
  return server.createDatabase(`journal_${databases}`, "migrated");
};

const lost = (): TrotlineError => new TrotlineError("store-unavailable", "The connection to the database was lost.");

/** All that the journal says. */
async function told({ journal }: JournalSubject): Promise<unknown> {
  const attempts = (await journal.attempts({ limit: 10_000 })).map(({ sequence, position }) => [sequence, position]);
  const deliveries = [];
  for (let position = 1; position <= 5; position++) deliveries.push((await journal.delivery(1, position)).parked);
  return { state: await journal.load([0, shardOf(1, limits.shards)]), attempts, deliveries };
}

/** Its changes take three statements, for twice they concern all rows. */
const aWideBatch = (): JournalBatch =>
  aBatch({
    dispatchedTo: 9,
    attempts: [anAttempt({ position: 1 }), aFailedAttempt({ position: 2 })],
    changes: [
      { endpointNumber: 1, change: { do: "park", row: aRow({ position: 2, state: "exhausted", dueAtMs: 7 }) } },
      { endpointNumber: 1, change: { do: "revive", sinceMs: 0, dueAtMs: 8 } },
      { endpointNumber: 1, change: { do: "park", row: aRow({ position: 4 }) } },
      { endpointNumber: 1, change: { do: "cancelBeyond", position: 3 } },
      { endpointNumber: 1, change: { do: "park", row: aRow({ position: 5 }) } },
    ],
    lanes: [aLane({ readPosition: 9, pending: [8] })],
    announce: [anEvent({ tenant: "_operations" })],
  });

test("where the n-th statement of a batch fails, nothing of it is there; the same again is whole", async (t) => {
  let fails = 0;
  let statements = 0;
  const failing =
    (isDone: boolean) =>
    (write: Write): Write =>
    (work) =>
      write((run) => {
        statements = 0;
        const counted: Run = async (name, parameters) => {
          statements += 1;
          const isFailing = statements === fails;
          if (isFailing && !isDone) throw lost();
          const rows = await run(name, parameters);
          if (isFailing) throw lost();
          return rows;
        };
        return work(counted);
      });
  const announcer = { announce: async (run: Run) => void (await run("replays-all")), announced: async () => {} };
  for (const isDone of [true, false]) {
    const subject = await openJournal(await aDatabase(), { announcer, around: failing(isDone) });
    t.after(() => subject.close());
    const empty = await told(subject);
    for (let nth = 1; nth <= 4; nth++) {
      fails = nth;
      await assert.rejects(subject.journal.commit(aWideBatch()), withCode("store-unavailable"));
      fails = 0;
      assert.deepEqual(await told(subject), empty);
    }
    await subject.journal.commit(aWideBatch());
    assert.equal(statements, 4, "the announcement and three shares");
    assert.deepEqual(await told(subject), {
      state: {
        dispatchedTo: new Map([
          [0, 9],
          [shardOf(1, limits.shards), 0],
        ]),
        lanes: [aLane({ readPosition: 9, pending: [8] })],
        parkedTotals: new Map([[1, 2]]),
        ordered: new Set(),
      },
      attempts: [
        [2, 2],
        [1, 1],
      ],
      deliveries: [null, aRow({ position: 2, step: 0, dueAtMs: 8 }), null, null, aRow({ position: 5 })],
    });
  }
});

/** The next transaction is whole, and whoever waits for it is told that the connection was lost; then it ends. */
function undecided(): { around: (write: Write) => Write; begin(): void; decide(isIn: boolean): Promise<void> } {
  let isNext = false;
  let ended: Promise<unknown> = Promise.resolve();
  let decide: (isIn: boolean) => void = () => {};
  const around =
    (write: Write): Write =>
    (work) => {
      if (!isNext) return write(work);
      isNext = false;
      const decided = new Promise<boolean>((resolve) => {
        decide = resolve;
      });
      return new Promise((_resolve, reject) => {
        const transaction = write(async (run) => {
          await work(run);
          reject(lost());
          if (!(await decided)) throw new Error("it is rolled back");
        });
        ended = transaction.catch(() => {});
      });
    };
  return {
    around,
    begin: () => {
      isNext = true;
    },
    decide: async (isIn) => {
      decide(isIn);
      await ended;
    },
  };
}

test("a batch whose end is not known is not answered before it is, and is in once or not at all", async (t) => {
  const doubt = undecided();
  const url = await aDatabase();
  const watcher = postgres(url, { max: 1, onnotice: () => {} });
  const isAsking = async (): Promise<boolean> =>
    (await watcher`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
      .count > 0;
  const subject = await openJournal(url, { around: doubt.around });
  t.after(async () => {
    await watcher.end();
    await subject.close();
  });
  for (const isIn of [true, false]) {
    const position = isIn ? 1 : 2;
    doubt.begin();
    const answer = subject.journal.commit(aBatch({ dispatchedTo: position, attempts: [anAttempt({ position })] })).then(
      () => "in",
      (error: TrotlineError) => error.code,
    );
    const next = subject.journal.commit(aBatch({ dispatchedTo: 3, attempts: [anAttempt({ position: 3 })] }));
    await eventually("the journal asks what became of the batch", isAsking);
    assert.equal(await Promise.race([answer, Promise.resolve("open")]), "open");
    await doubt.decide(isIn);
    assert.equal(await answer, isIn ? "in" : "store-unavailable");
    await next;
  }
  const attempts = await subject.journal.attempts({ limit: 10 });
  assert.deepEqual(
    attempts.map(({ position }) => position),
    [3, 3, 1],
  );
});

test("a batch that is in is known for that, whatever other processes wrote since", async (t) => {
  const url = await aDatabase();
  const other = await openJournal(url);
  let isLost = false;
  const around =
    (write: Write): Write =>
    async (work) => {
      const isNext = isLost;
      isLost = false;
      const result = await write(work);
      if (!isNext) return result;
      for (let position = 11; position <= 13; position++) {
        await other.journal.commit(aBatch({ attempts: [anAttempt({ position })] }));
      }
      throw lost();
    };
  const subject = await openJournal(url, { around });
  t.after(() => Promise.all([subject.close(), other.close()]));
  await subject.journal.commit(aBatch({ attempts: [anAttempt({ position: 1 })] }));
  isLost = true;
  await subject.journal.commit(aBatch({ attempts: [anAttempt({ position: 2 })] }));
  const attempts = await subject.journal.attempts({ limit: 10 });
  assert.deepEqual(
    attempts.map(({ sequence, position }) => [sequence, position]).reverse(),
    [1, 2, 11, 12, 13].map((position, index) => [index + 1, position]),
  );
});

test("who closes the store does not wait for a batch whose end nobody can tell", async () => {
  const doubt = undecided();
  let isAway = false;
  const around = (write: Write): Write => {
    const inner = doubt.around(write);
    return (work) => (isAway ? Promise.reject(lost()) : inner(work));
  };
  const subject = await openJournal(await aDatabase(), { around: (write) => around(write) });
  doubt.begin();
  const answer = subject.journal.commit(aBatch({ attempts: [anAttempt()] }));
  const refused = assert.rejects(answer, withCode("shutting-down"));
  await eventually("the batch is whole", async () => (await subject.run("shards-all")).length === 64);
  isAway = true;
  await doubt.decide(false);
  await subject.close();
  isAway = false;
  await refused;
});

test("a batch whose connection is cut at any moment, and that is committed again with more, is in once", async () => {
  const proxy = await aProxy(server);
  const found: unknown[] = [];
  const around =
    (write: Write): Write =>
    (work) =>
      write((run) =>
        work(async (name, parameters) => {
          const rows = await run(name, parameters);
          if (name === "batch-settle") found.push(rows[0]?.is_in);
          return rows;
        }),
      );
  const subject = await openJournal(proxy.through(await aDatabase()), { around });
  let refused = 0;
  let waiting: number[] = [];
  const commit = async (): Promise<void> => {
    const changes = waiting.flatMap((position) => [
      { endpointNumber: 1, change: { do: "park", row: aRow({ position }) } as const },
      { endpointNumber: 1, change: { do: "unpark", position: position - 1 } as const },
    ]);
    const attempts = waiting.map((position) => anAttempt({ position }));
    try {
      await subject.journal.commit(aBatch({ dispatchedTo: Math.max(0, ...waiting), attempts, changes }));
      waiting = [];
    } catch (error) {
      assert.ok(withCode("store-unavailable")(error), String(error));
      refused += 1;
    }
  };
  const rounds = 60;
  try {
    for (let round = 1; round <= rounds; round++) {
      waiting.push(round);
      proxy.cutBefore(round % 3 === 0 ? atTheEnd(proxy) : afterBytes(Math.random() * 2000));
      await commit();
      proxy.cutBefore(null);
      if (round % 2 === 0) await eventually("it is in", async () => commit().then(() => waiting.length === 0));
    }
    const attempts = await subject.journal.attempts({ limit: 1000 });
    assert.deepEqual(
      attempts.map(({ position }) => position).reverse(),
      Array.from({ length: rounds }, (_, index) => index + 1),
    );
    assert.deepEqual((await subject.journal.parkedDue(1, 100)).rows, [aRow({ position: rounds })]);
    assert.ok(refused > 0, "some were cut before their end");
    assert.ok(found.includes(true), "some were cut when they were in");
  } finally {
    await subject.close();
    await proxy.close();
  }
});

/** Once, in a transaction: a connection that cannot even be made is another story, and so is one that never can. */
const afterBytes = (bytes: number) => {
  let left: number | null = null;
  let isCut = false;
  return (piece: Buffer): boolean => {
    if (piece.includes("BEGIN")) left ??= bytes;
    if (left !== null) left -= piece.length;
    if (isCut || left === null || left >= 0) return false;
    isCut = true;
    return true;
  };
};

/** It is asked to commit, and nobody hears what came of it. */
const atTheEnd =
  (proxy: TestProxy) =>
  (piece: Buffer): boolean => {
    if (!piece.includes("COMMIT")) return false;
    proxy.cutBefore(null);
    proxy.delay(1000);
    setTimeout(() => {
      proxy.cut();
      proxy.delay(0);
    }, 10);
    return false;
  };

test("a batch that was given up is refused where it comes all the same; those behind it are not", async () => {
  const url = await aDatabase();
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  const comes = (batch: number) => sql`SELECT trotline.note_batch('w', 1, ${batch}, 7, '{}', '{}', '{}', '{}')`;
  const isIn = async (batch: number) =>
    (await sql`SELECT trotline.settle_batch('w', 1, ${batch}) AS answer`)[0]?.answer;
  try {
    await comes(1);
    assert.equal(await isIn(1), true);
    assert.equal(await isIn(2), false);
    await assert.rejects(comes(2), { code: "TL006" });
    assert.equal(await isIn(2), false);
    await comes(3);
    assert.equal(await isIn(3), true);
    await assert.rejects(comes(2), { code: "TL006" });
    const rows = await sql`SELECT batch::int, position::int FROM trotline.writers WHERE writer = 'w'`;
    assert.deepEqual([...rows], [{ batch: 3, position: 7 }]);
  } finally {
    await sql.end();
  }
});
