/** What cursors are worth after a store was restarted, killed, copied and put back. */
import assert from "node:assert/strict";
import { cp, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import { cursorAt, type Epochs, epochsKeptMax } from "../../src/core/epochs.ts";
import { TrotlineError } from "../../src/core/errors.ts";
import { positionOf } from "../../src/http/log-place.ts";
import { applicationId } from "../../src/log/sqlite/open-database.ts";
import type { Store } from "../../src/log/store.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { anEvent, append, appendMany, loadAll, withCode } from "../conformance/builders.ts";
import { HandClock, inFolder, withSqlite } from "../conformance/store-kinds.ts";
import { anApp, publish } from "../flows/an-app.ts";
import { startChild } from "./store-child.ts";

const clock = new HandClock();

/** Opens the store of a folder at a later second than any before. */
function withStore(folder: string, work: (store: Store) => Promise<void>): Promise<void> {
  clock.nowMs += 10_000;
  return withSqlite(folder, { clock }, work);
}

async function copyStore(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await mkdir(to, { recursive: true });
  const isWanted = (path: string): boolean => path === from || /trotline\.db(-wal)?$/.test(path);
  await cp(from, to, { recursive: true, filter: isWanted });
}

/** The cursors that a store would give now, by position from 0. */
const cursorsOf = (store: Store): string[] => {
  const { epochs, head } = store.events.bounds();
  return Array.from({ length: head + 1 }, (_, position) => cursorAt(epochs, position));
};

/** `original` is what the log gave before it was put back to a copy that ends at `copied`. */
async function assertForkedBeyond(store: Store, copied: number, original: readonly string[]): Promise<void> {
  const log = { events: store.events, tenant: "default" };
  for (const [position, cursor] of original.entries()) {
    if (position <= copied) {
      assert.equal(await positionOf(cursor, log), position);
      continue;
    }
    await assert.rejects(positionOf(cursor, log), (error) => {
      assert.ok(error instanceof TrotlineError);
      assert.equal(error.code, "cursor-forked", `position ${position}`);
      assert.equal(error.extras.resume, original[copied]);
      return true;
    });
  }
}

describe("a copy that is put back", () => {
  test("of a stopped store: every cursor beyond it is forked, and every other is what it was", () =>
    inFolder(async (folder) => {
      const [original, copy] = [join(folder, "original"), join(folder, "copy")];
      await withStore(original, async (store) => void (await appendMany(store, 6)));
      await copyStore(original, copy);
      let given: string[] = [];
      await withStore(original, async (store) => {
        await appendMany(store, 5);
        given = cursorsOf(store);
      });
      await copyStore(copy, original);
      await withStore(original, async (store) => {
        await assertForkedBeyond(store, 6, given);
        await appendMany(store, 5);
        await assertForkedBeyond(store, 6, given);
        assert.deepEqual(cursorsOf(store).slice(0, 7), given.slice(0, 7));
        assert.equal(new Set([...cursorsOf(store), ...given]).size, 12 + 5);
      });
    }));

  test("of a running store, which went on in the same epoch and then in others", () =>
    inFolder(async (folder) => {
      const [original, copy] = [join(folder, "original"), join(folder, "copy")];
      const given: string[][] = [];
      await withStore(original, async (store) => void (await appendMany(store, 3)));
      await withStore(original, async (store) => {
        await appendMany(store, 4);
        await copyStore(original, copy);
        await appendMany(store, 2);
        given.push(cursorsOf(store));
      });
      for (let i = 0; i < 2; i++) {
        await withStore(original, async (store) => {
          await appendMany(store, 2);
          given.push(cursorsOf(store));
        });
      }
      await copyStore(copy, original);
      await withStore(original, async (store) => {
        assert.equal(store.events.bounds().head, 7);
        await appendMany(store, 6);
        for (const cursors of given) await assertForkedBeyond(store, 7, cursors);
      });
    }));

  test("of a running store that was never started again: what its one epoch gave beyond the copy is forked", () =>
    inFolder(async (folder) => {
      const [original, copy] = [join(folder, "original"), join(folder, "copy")];
      let given: string[] = [];
      await withStore(original, async (store) => {
        await appendMany(store, 4);
        await copyStore(original, copy);
        await appendMany(store, 5);
        given = cursorsOf(store);
      });
      await withStore(copy, async (store) => {
        await appendMany(store, 5);
        await assertForkedBeyond(store, 4, given);
      });
    }));

  test("twice, the second time after others were written to it", () =>
    inFolder(async (folder) => {
      const [original, copy] = [join(folder, "original"), join(folder, "copy")];
      const given: string[][] = [];
      await withStore(original, async (store) => void (await appendMany(store, 4)));
      await copyStore(original, copy);
      for (let round = 0; round < 3; round++) {
        await withStore(original, async (store) => {
          await appendMany(store, 3);
          for (const cursors of given) await assertForkedBeyond(store, 4, cursors);
          given.push(cursorsOf(store));
        });
        await copyStore(copy, original);
      }
    }));
});

test("a file that lost its last events takes no reader to be beyond them: what is stored in their place passes nobody", () =>
  inFolder(async (folder) => {
    const receiver = await startTestReceiver();
    const start = () => anApp({ store: { folder, bytesMax: null } });
    const numbered = (prefix: string, count: number) =>
      Array.from({ length: count }, (_, index) => ({ id: `${prefix}${index + 1}`, type: "a", data: 1 }));
    const early = { tenant: "default", name: "early" };
    const late = { tenant: "default", name: "late" };
    const before = await start();
    const input = { tenant: "default", url: receiver.url };
    const paused = await before.registry.createEndpoint(input, 0);
    await before.registry.createEndpoint({ ...input, url: `${receiver.url}/idle` }, 0);
    await publish(before, numbered("old", 10));
    await eventually("delivered", () => receiver.requests.length === 20);
    await before.registry.setStatus(paused.id, "paused", null);
    await before.dispatcher.seek(paused, 8);
    await before.consumers.put(early, {}, async () => 3);
    await before.consumers.put(late, {}, async () => 8);
    await before.close();
    const database = new DatabaseSync(join(folder, "trotline.db"));
    database.exec("DELETE FROM events WHERE position > 5");
    database.close();
    // What is put right with one start is durable: an event may be the first thing that is written after it.
    const between = await start();
    const { dispatchedTo } = await loadAll(between.store);
    const positions = (await between.store.consumers.load()).map(({ position }) => position);
    assert.deepEqual([dispatchedTo, ...positions], [5, 3, 5]);
    await between.close();
    const after = await start();
    await publish(after, numbered("new", 5));
    await after.dispatcher.resume(after.registry.requireEndpoint(paused.id), "cursor");
    await eventually("all that is new, at both", () => receiver.requests.length === 30);
    const ids = receiver.requests.slice(20).map(({ path, headers }) => `${path} ${headers["webhook-id"]}`);
    const expected = numbered("new", 5).flatMap(({ id }) => [`/ ${id}`, `/idle ${id}`]);
    assert.deepEqual(ids.sort(), expected.sort());
    assert.equal((await after.consumers.view(late)).consumer.position, 5);
    await after.close();
    await receiver.close();
  }));

test("each opening begins an epoch, and cursors stay as they are", () =>
  inFolder(async (folder) => {
    const cursors: string[] = [];
    let before: Epochs = [];
    for (let round = 0; round < 4; round++) {
      await withStore(folder, async (store) => {
        const { epochs } = store.events.bounds();
        assert.deepEqual(epochs.slice(0, -1), before);
        assert.equal(epochs.at(-1)?.after, round * 2);
        await appendMany(store, 2);
        assert.equal(store.events.bounds().epochs, epochs);
        assert.deepEqual(cursorsOf(store).slice(0, cursors.length), cursors);
        cursors.splice(0, cursors.length, ...cursorsOf(store));
        before = epochs;
      });
    }
    assert.equal(before.length, 4);
  }));

test("openings that stored nothing leave one epoch, however many they were", () =>
  inFolder(async (folder) => {
    for (let round = 0; round < 2; round++) {
      for (let opening = 0; opening < 4; opening++) await withStore(folder, async () => {});
      await withStore(folder, async (store) => {
        assert.equal(store.events.bounds().epochs.length, 2 + round);
        await appendMany(store, 1);
      });
    }
  }));

test("an epoch's id sorts after those before it, also when the clock was set back", () =>
  inFolder(async (folder) => {
    const backwards = new HandClock();
    let ids: string[] = [];
    for (let round = 0; round < 3; round++) {
      await withSqlite(folder, { clock: backwards }, async (store) => {
        await appendMany(store, 1);
        ids = store.events.bounds().epochs.map(({ id }) => id);
      });
      backwards.nowMs -= 3_600_000;
    }
    assert.deepEqual(ids, [...new Set(ids)].sort());
    assert.equal(ids.length, 3);
  }));

test("a writer that is started again within the process goes on in the same epoch", () =>
  inFolder((folder) =>
    // Its calls are begin, events and commit: it dies before the second commit.
    withSqlite(folder, { fault: { call: 6, how: "exit" } }, async (store) => {
      await appendMany(store, 2);
      const { epochs } = store.events.bounds();
      const cursors = cursorsOf(store);
      await assert.rejects(append(store, anEvent()), withCode("store-unavailable"));
      await eventually("the store takes writes again", () => store.trouble() === null);
      assert.deepEqual(await appendMany(store, 2), [3, 4]);
      assert.equal(store.events.bounds().epochs, epochs);
      assert.equal(epochs.length, 1);
      assert.deepEqual(cursorsOf(store).slice(0, 3), cursors);
      const database = new DatabaseSync(join(folder, "trotline.db"), { readOnly: true });
      assert.equal(database.prepare("SELECT count(*) AS total FROM epochs").get()?.total, 1);
      database.close();
    }),
  ));

test("the epoch of a process that is killed is known to the next", { timeout: 60_000 }, () =>
  inFolder(async (folder) => {
    for (let round = 1; round <= 3; round++) {
      const writer = startChild(folder, "append");
      await writer.printed(2);
      await writer.kill();
      const database = new DatabaseSync(join(folder, "trotline.db"));
      assert.equal(database.prepare("SELECT count(*) AS total FROM epochs").get()?.total, round);
      database.close();
    }
  }),
);

test("of very many epochs the newest are kept", () =>
  inFolder(async (folder) => {
    await withStore(folder, async (store) => void (await appendMany(store, 1)));
    const database = new DatabaseSync(join(folder, "trotline.db"));
    const insert = database.prepare("INSERT INTO epochs VALUES (?, 1)");
    for (let number = 1; number <= epochsKeptMax + 10; number++) insert.run(`7${String(number).padStart(11, "0")}`);
    database.close();
    for (let round = 0; round < 2; round++) {
      await withStore(folder, async (store) => {
        await appendMany(store, 1);
        const { epochs } = store.events.bounds();
        assert.equal(epochs.length, epochsKeptMax);
        assert.ok((epochs[0]?.id ?? "") > "700000000010");
        assert.equal(epochs.at(-1)?.after, 1 + round);
      });
    }
  }));

/** A database as the first version wrote it, with the epoch `deadbeef`. */
async function makeFirstVersion(folder: string, events: number): Promise<void> {
  const migration = new URL("../../src/log/sqlite/migrations/0001-log-journal-registry.sql", import.meta.url);
  const database = new DatabaseSync(join(folder, "trotline.db"));
  database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = 1; PRAGMA journal_mode = WAL;`);
  database.exec(await readFile(migration, "utf8"));
  database.exec("UPDATE log_state SET epoch = 'deadbeef', attempt_lag_ms = 3;");
  const insert = database.prepare("INSERT INTO events VALUES (?, 'default', ?, 'a', NULL, NULL, 1, 1, ?, x'22')");
  for (let position = 1; position <= events; position++) insert.run(position, `e${position}`, position);
  database.close();
}

describe("a database of the first version", () => {
  test("keeps its epoch as the first", () =>
    inFolder(async (folder) => {
      await makeFirstVersion(folder, 3);
      await withStore(folder, async (store) => {
        assert.deepEqual(await appendMany(store, 2), [4, 5]);
        const { epochs } = store.events.bounds();
        assert.deepEqual(epochs[0], { id: "0000deadbeef", after: 0 });
        assert.deepEqual([epochs.length, epochs[1]?.after], [2, 3]);
        assert.ok((epochs[1]?.id ?? "") > "0000deadbeef");
        assert.equal((await store.events.find("default", "e2"))?.position, 2);
      });
    }));

  test("without an event begins as a new one", () =>
    inFolder(async (folder) => {
      await makeFirstVersion(folder, 0);
      await withStore(folder, async (store) => {
        assert.equal(store.events.bounds().epochs.length, 1);
        assert.deepEqual(await appendMany(store, 1), [1]);
      });
    }));

  test("that is larger than it may be is opened all the same, and takes no more", () =>
    inFolder(async (folder) => {
      await makeFirstVersion(folder, 3);
      for (let round = 0; round < 2; round++) {
        await withSqlite(folder, { bytesMax: 8192 }, async (store) => {
          assert.equal(store.events.bounds().head, 3);
          await assert.rejects(append(store, anEvent({ data: "x".repeat(100_000) })), withCode("store-full"));
        });
      }
    }));
});
