/** Several processes change what is configured on PostgreSQL, and some roll back: those who listen miss nothing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PostgresConfigurationChanges } from "../../src/log/postgres/configuration-changes.ts";
import {
  aConsumer,
  aKey,
  anEndpoint,
  anEventType,
  aReceipt,
  aReplay,
  aSource,
  aStart,
} from "../conformance/builders.ts";
import { aDatabase } from "../conformance/postgres-kind.ts";
import { aProcess, rawSql } from "../postgres/a-configuring-process.ts";

test("each change of what is configured is told once, with its kind and its key", async () => {
  const { database, registry, consumers, replays, eventTypes, sources } = aProcess(await aDatabase());
  const changes = new PostgresConfigurationChanges(database);
  const { number, ...members } = anEndpoint() as ReturnType<typeof anEndpoint> & { number: number };
  const writes: [() => Promise<unknown>, string | null][] = [
    [() => registry.createEndpoint(members, aStart), "endpoint 1"],
    [() => registry.updateEndpoint({ ...members, number: 1 }), "endpoint 1"],
    [() => registry.updateEndpoint({ ...members, number: 2 }), null],
    [() => registry.deleteEndpoint(1), "endpoint 1"],
    [() => registry.deleteEndpoint(1), null],
    [() => registry.putKey(aKey()), "key key_1"],
    [() => registry.putKey(aKey({ name: "renamed" })), "key key_1"],
    [() => registry.noteKeyUses([{ id: "key_1", atMs: 5 }]), null],
    [() => registry.removeKey("key_1"), "key key_1"],
    [() => registry.removeKey("key_1"), null],
    [() => consumers.put(aConsumer({ tenant: "acme", name: "a" })), "consumer acme a"],
    [() => consumers.remove("acme", "a"), "consumer acme a"],
    [() => consumers.remove("acme", "a"), null],
    [() => replays.put(aReplay({ id: "rpl_1" }), { shard: 0, fence: 0 }), "replay rpl_1"],
    [() => replays.remove("rpl_1"), "replay rpl_1"],
    [() => replays.remove("rpl_1"), null],
    [() => eventTypes.put(anEventType({ name: "a.b" })), "event_type a.b"],
    [() => eventTypes.remove("a.b"), "event_type a.b"],
    [() => eventTypes.remove("a.b"), null],
    [() => sources.create(aSource()), "source 1"],
    [() => sources.update({ ...aSource(), number: 1 }), "source 1"],
    [() => sources.update({ ...aSource(), number: 2 }), null],
    [() => sources.note([aReceipt({ sourceNumber: 1 })]), null],
    [() => sources.trimReceipts({ olderThanMs: 0, rowsMax: 1 }), null],
    [() => sources.remove(1), "source 1"],
    [() => sources.remove(1), null],
  ];
  for (const [index, [write, expected]] of writes.entries()) {
    const before = await changes.head();
    await write();
    const news = await changes.since(before);
    assert.equal(news.isComplete, true);
    const told = news.changes.map(({ kind, key }) => `${kind} ${key}`);
    assert.deepEqual(told, expected === null ? [] : [expected], `write ${index}`);
  }
});

test("a document's version is that of the change that wrote it, also where its name was used before", async () => {
  const url = await aDatabase();
  const { database, eventTypes } = aProcess(url);
  const changes = new PostgresConfigurationChanges(database);
  const versions: number[] = [];
  for (const again of [1, 2, 3]) {
    await eventTypes.put(anEventType({ name: "a", updatedAtMs: again }));
    const [row] = await rawSql(url)`SELECT version::integer FROM trotline.event_types`;
    versions.push(row?.version as number);
    if (again === 2) await eventTypes.remove("a");
  }
  assert.deepEqual(versions, [1, 2, 4]);
  assert.deepEqual(
    (await changes.since(0)).changes.map(({ sequence }) => sequence),
    [1, 2, 3, 4],
  );
});

test("whoever polls sees the changes of all processes in order and without a gap, whoever rolls back", async () => {
  const url = await aDatabase();
  const reader = aProcess(url);
  const changes = new PostgresConfigurationChanges(reader.database);
  const sql = rawSql(url);
  const [processes, each] = [4, 30];
  let isDone = false;
  const writers = Array.from({ length: processes }, async (_, process) => {
    const { consumers, eventTypes } = aProcess(url);
    for (let index = 0; index < each; index++) {
      await Promise.all([
        consumers.put(aConsumer({ name: `c${process}`, position: index })),
        eventTypes.put(anEventType({ name: `t${process}.${index}` })),
      ]);
    }
  });
  /** Transactions that take their time, and half of which come to nothing. */
  const others = Array.from({ length: 3 }, async (_, other) => {
    for (let index = 0; index < each; index++) {
      await sql
        .begin(async (transaction) => {
          const wanted = JSON.stringify([{ kind: "replay", key: `r${other}.${index}`, document: "{}" }]);
          await transaction`SELECT trotline.configure(${wanted}::text::json)`;
          await transaction`SELECT pg_sleep(${Math.random() / 200})`;
          if (index % 2 === 0) throw new Error("rolled back");
        })
        .catch((error: Error) => assert.equal(error.message, "rolled back"));
    }
  });
  const seen: { sequence: number; kind: string; key: string }[] = [];
  const polling = (async () => {
    for (let isLast = false; ; isLast = isDone) {
      const news = await changes.since(seen.at(-1)?.sequence ?? 0);
      assert.equal(news.isComplete, true);
      seen.push(...news.changes);
      if (isLast) return;
    }
  })();
  await Promise.all([...writers, ...others]);
  isDone = true;
  await polling;
  const count = processes * each * 2 + 3 * (each / 2);
  assert.deepEqual(
    seen.map(({ sequence }) => sequence),
    Array.from({ length: count }, (_, index) => index + 1),
  );
  const ofConsumer = seen.filter(({ kind, key }) => kind === "consumer" && key === "default c0");
  assert.equal(ofConsumer.length, each);
});

test("the last 10,000 changes are kept, and who has seen less, or more than there is, is told so", async () => {
  const url = await aDatabase();
  const { database } = aProcess(url);
  const changes = new PostgresConfigurationChanges(database);
  const sql = rawSql(url);
  const put = (count: number) => sql`
    SELECT count(*) FROM trotline.configure((
      SELECT json_agg(json_build_object('kind', 'event_type', 'key', 't' || number, 'document', '{}'))
      FROM generate_series(1, ${count}::integer) AS number
    ))`;
  await put(10);
  assert.equal((await changes.since(0)).changes.length, 10);
  await put(10_000);
  const all = await changes.since(10);
  assert.deepEqual([all.isComplete, all.changes.length, all.changes.at(-1)?.sequence], [true, 10_000, 10_010]);
  assert.equal((await changes.since(9)).isComplete, false);
  assert.deepEqual(await changes.since(10_010), { head: 10_010, changes: [], isComplete: true });
  await sql`DELETE FROM trotline.changes WHERE sequence > 20`;
  assert.equal((await changes.since(10_010)).isComplete, false, "an older copy of the database");
  await put(1);
  assert.deepEqual((await changes.since(20)).changes, [{ sequence: 21, kind: "event_type", key: "t1" }]);
});

test("while somebody's transaction is open, a change looks at no more than before, however many came", async () => {
  const sql = rawSql(await aDatabase());
  const put = async (count: number): Promise<number> => {
    const [row] = await sql`
      EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)
      SELECT count(*) FROM trotline.configure((
        SELECT json_agg(json_build_object('kind', 'event_type', 'key', 't' || number, 'document', '{}'))
        FROM generate_series(1, ${count}::integer) AS number
      ))`;
    await sql`TRUNCATE trotline.event_types`;
    const plan = row?.["QUERY PLAN"][0].Plan;
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"];
  };
  const reader = await sql.reserve();
  await put(10_000);
  await reader`BEGIN ISOLATION LEVEL REPEATABLE READ`;
  await reader`SELECT count(*) FROM trotline.changes`;
  for (let change = 0; change < 10; change++) await put(1);
  const first = await put(1);
  for (let group = 0; group < 20; group++) await put(1000);
  await put(1);
  const last = await put(1);
  await reader`COMMIT`;
  reader.release();
  assert.ok(last < first + 20, `${first} blocks, then ${last}`);
});
