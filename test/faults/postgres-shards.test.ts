/** Leases of shards on a real PostgreSQL: its clock, its restart, who waits for whom, and many processes at once. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import postgres from "postgres";
import { limits } from "../../src/core/limits.ts";
import { type ClusterProcess, type ShardLease, shardOf } from "../../src/core/shard.ts";
import { Database } from "../../src/log/postgres/database.ts";
import type { PostgresShardStore } from "../../src/log/postgres/shard-store.ts";
import type { Round } from "../../src/log/shard-store.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aBatch, withCode } from "../conformance/builders.ts";
import { silent } from "../conformance/store-kinds.ts";
import { openJournal } from "../postgres/a-journal.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";
import { aShardStore } from "../postgres/hold-all-shards.ts";

let server: PostgresServer;
let databases = 0;

before(async () => {
  server = await startPostgres();
  const url = await server.createDatabase("migrated");
  const { close } = await openJournal(url);
  await close();
  const sql = postgres(url, { max: 1 });
  await sql`UPDATE trotline.shards SET holder = NULL, fence = 0`;
  await sql`DELETE FROM trotline.processes`;
  await sql.end();
});
after(() => server.remove());

const aProcess = (id: string): ClusterProcess => ({ id, name: id, startedAtMs: 0, roles: ["deliver"] });

interface Subject {
  readonly url: string;
  readonly sql: postgres.Sql;
  readonly shards: PostgresShardStore;
  round(id: string, holds?: readonly ShardLease[]): Promise<Round>;
}

const longMs = 600_000;

async function withShards(leaseMs: number, work: (subject: Subject) => Promise<void>): Promise<void> {
  databases += 1;
  const url = await server.createDatabase(`shards_${databases}`, "migrated");
  const database = new Database({ url, logger: silent });
  const sql = postgres(url, { max: 3, onnotice: () => {} });
  const shards = aShardStore(database.run, leaseMs);
  const round: Subject["round"] = (id, holds = []) => shards.round({ process: aProcess(id), holds, releases: [] });
  try {
    await work({ url, sql, shards, round });
  } finally {
    await database.close();
    await sql.end();
  }
}

test("the database knows the shard of each endpoint", () =>
  withShards(longMs, async ({ sql }) => {
    const numbers = [1, 2, 63, 64, 65, 1000, 2 ** 31, 2 ** 40 + 17];
    const rows = await sql`SELECT trotline.shard_of(number) AS shard FROM unnest(${numbers}::bigint[]) AS number`;
    assert.deepEqual(
      rows.map(({ shard }) => shard),
      numbers.map((number) => shardOf(number, limits.shards)),
    );
    assert.equal((await sql`SELECT FROM trotline.shards`).count, limits.shards);
  }));

test("a process that is silent for its lease has lost its shards, by the clock of the database", () =>
  withShards(400, async ({ round }) => {
    const { leases } = await round("prc_a");
    assert.equal(leases.length, 64);
    const taken = await eventually("another has all of them", async () => {
      const { leases: now } = await round("prc_b");
      return now.length === 64 && now;
    });
    assert.deepEqual((await round("prc_a", leases)).leases, []);
    for (const [shard, { fence }] of taken.entries()) assert.ok(fence > (leases[shard]?.fence ?? 0));
  }));

test("who held a shard when the server was stopped has the time of a lease to come back after it was started", () =>
  withShards(longMs, async ({ sql, round }) => {
    const { leases } = await round("prc_a");
    await sql`UPDATE trotline.processes SET expires_at = clock_timestamp() - interval '1 second'`;
    assert.deepEqual((await round("prc_b")).leases, [], "the server was started less than a lease ago");
    const back = await round("prc_a", leases);
    assert.deepEqual([back.leases, back.excess], [leases, 32]);
    await sql`
      UPDATE trotline.processes SET expires_at = clock_timestamp() - interval '1 second', lease = '1 millisecond'
      WHERE id = 'prc_a'`;
    assert.equal((await round("prc_b")).leases.length, 64, "of a lease of that length nothing is left");
  }));

test("a clock that is put back keeps nobody alive for longer than a lease", () =>
  withShards(400, async ({ sql, shards, round }) => {
    await round("prc_a");
    await sql`
      UPDATE trotline.processes
      SET heard_at = clock_timestamp() + interval '1 hour', expires_at = clock_timestamp() + interval '1 hour'`;
    assert.deepEqual((await round("prc_b")).leases, [], "it may be there");
    assert.deepEqual(
      (await shards.cluster()).members.map(({ process }) => process.id),
      ["prc_a", "prc_b"],
    );
    await eventually("another has all of them", async () => (await round("prc_b")).leases.length === 64);
  }));

test("while a store is being moved into the database nobody takes a shard", () =>
  withShards(longMs, async ({ sql, shards, round }) => {
    await sql`INSERT INTO trotline.move (life, began_at_ms) VALUES ('a life', 0)`;
    await assert.rejects(round("prc_a"), withCode("store-moving"));
    await sql`DELETE FROM trotline.move`;
    assert.deepEqual((await shards.cluster()).members, []);
    assert.equal((await round("prc_a")).leases.length, 64);
  }));

test("where somebody stopped in the middle of writing, leases are renewed all the same, and nothing changes hands", () =>
  withShards(longMs, async ({ sql, shards, round }) => {
    const { leases } = await round("prc_a");
    const [kept, released] = [leases.slice(0, 32), leases.slice(32)];
    const writer = await sql.reserve();
    await writer`BEGIN`;
    await writer`SELECT trotline.keep_fences()`;
    await round("prc_b");
    const first = await shards.round({ process: aProcess("prc_a"), holds: leases, releases: released });
    assert.deepEqual(first.leases, kept, "what was to be given back is not held any more");
    assert.deepEqual((await round("prc_b")).leases, []);
    await writer`COMMIT`;
    writer.release();
    assert.deepEqual((await round("prc_a", kept)).leases, kept);
    const { leases: taken } = await round("prc_b");
    assert.deepEqual(
      taken.map(({ shard }) => shard),
      released.map(({ shard }) => shard),
    );
    for (const { shard, fence } of taken) assert.ok(fence > (leases[shard]?.fence ?? 0));
  }));

test("where somebody stopped in the middle of writing, who leaves keeps nobody from renewing, and is gone", () =>
  withShards(longMs, async ({ sql, shards, round }) => {
    const { leases } = await round("prc_a");
    await round("prc_b");
    const writer = await sql.reserve();
    await writer`BEGIN`;
    await writer`SELECT trotline.keep_fences()`;
    const beganMs = performance.now();
    await Promise.all([shards.leave("prc_a"), round("prc_b")]);
    assert.ok(performance.now() - beganMs < 3000, "a round waited for as long as locks may be waited for");
    assert.equal((await shards.cluster()).free.length, limits.shards);
    await writer`COMMIT`;
    writer.release();
    const { leases: taken } = await round("prc_b");
    assert.equal(taken.length, limits.shards);
    for (const { shard, fence } of taken) assert.ok(fence > (leases[shard]?.fence ?? 0));
  }));

test("where somebody stopped in the middle of writing, many who want what is free do not keep each other from renewing", () =>
  withShards(3000, async ({ url, sql, round }) => {
    await round("prc_gone");
    await sql`UPDATE trotline.processes SET expires_at = '-infinity'`;
    const writer = await sql.reserve();
    await writer`BEGIN`;
    await writer`SELECT trotline.keep_fences()`;
    const databases = Array.from({ length: 8 }, () => new Database({ url, logger: silent, deadlineMs: 1000 }));
    const rounds = databases.map(({ run }, index) => {
      const id = `prc_${index}`;
      return aShardStore(run, 3000).round({ process: aProcess(id), holds: [], releases: [] });
    });
    const outcomes = await Promise.allSettled(rounds);
    await writer`COMMIT`;
    writer.release();
    await Promise.all(databases.map((database) => database.close()));
    assert.deepEqual([...new Set(outcomes.map(({ status }) => status))], ["fulfilled"]);
    await eventually("one of them has its part", async () => (await round("prc_0")).leases.length === 8);
  }));

test("a shard does not change hands under a batch that is being written; the next one is refused", () =>
  withShards(longMs, async ({ url, sql, shards, round }) => {
    const { leases } = await round("prc_a");
    let goOn: () => void = () => {};
    let isHeld = false;
    const subject = await openJournal(url, {
      holdsShards: false,
      around: (write) => (work) =>
        write(async (run) => {
          const result = await work(run);
          isHeld = true;
          await new Promise<void>((resolve) => {
            goOn = resolve;
          });
          return result;
        }),
    });
    const dispatched = leases.map((lease) => ({ ...lease, position: 5 }));
    const committed = subject.journal.commit(aBatch({ dispatched }));
    await eventually("the batch is written", () => isHeld);
    await sql`UPDATE trotline.processes SET expires_at = '-infinity'`;
    assert.deepEqual((await round("prc_b")).leases, []);
    goOn();
    await committed;
    assert.equal((await round("prc_b")).leases.length, 64);
    await assert.rejects(subject.journal.commit(aBatch({ dispatched })), withCode("shards-lost"));
    const { free, members } = await shards.cluster();
    assert.deepEqual(free, []);
    assert.deepEqual(
      members.map(({ process, shards: held }) => [process.id, held.every(({ dispatchedTo }) => dispatchedTo === 5)]),
      [["prc_b", true]],
    );
    await subject.close();
  }));

test("processes that wrote nothing for long leave no rows behind, unless a shard follows them", () =>
  withShards(longMs, async ({ url, sql, round }) => {
    const { leases } = await round("prc_a");
    const subjects = await Promise.all([1, 2].map(() => openJournal(url, { holdsShards: false })));
    const dispatched = leases.slice(0, 1).map((lease) => ({ ...lease, position: 5, isRunning: true }));
    await subjects[0]?.journal.commit(aBatch({ dispatched, running: { generation: 0, position: 5 } }));
    await subjects[1]?.journal.commit(aBatch());
    const rows = async (): Promise<number> => (await sql`SELECT FROM trotline.writers`).count;
    assert.equal(await rows(), 2);
    await sql`UPDATE trotline.writers SET noted_at = noted_at - interval '2 hours'`;
    await round("prc_a", leases.slice(0, 63));
    assert.equal(await rows(), 1);
    await round("prc_a", leases.slice(1, 63));
    assert.equal(await rows(), 0);
    await Promise.all(subjects.map(({ close }) => close()));
  }));

test("where shards become free the others are told, so that they need not wait for their next round", () =>
  withShards(longMs, async ({ sql, shards, round }) => {
    const isTold = async (work: () => Promise<unknown>): Promise<boolean> => {
      const read = () => sql`SELECT last_value + is_called::integer AS told FROM trotline.pulse_shards`;
      const [before] = await read();
      await work();
      const [after] = await read();
      return before?.told !== after?.told;
    };
    const { leases } = await round("prc_a");
    await round("prc_b");
    await round("prc_c");
    assert.equal(await isTold(() => round("prc_a", leases)), false, "nothing is free");
    const giveBack = () =>
      shards.round({ process: aProcess("prc_a"), holds: leases.slice(0, 22), releases: leases.slice(22) });
    assert.equal(await isTold(giveBack), true, "some were given back");
    const { leases: ofB } = await round("prc_b");
    assert.equal(await isTold(() => round("prc_c")), false, "nothing is left for anybody else");
    await sql`UPDATE trotline.processes SET expires_at = '-infinity' WHERE id = 'prc_a'`;
    assert.equal(await isTold(() => round("prc_b", ofB)), true, "the rest of those of one who died");
    assert.equal(await isTold(() => shards.leave("prc_b")), true, "one has gone");
  }));
