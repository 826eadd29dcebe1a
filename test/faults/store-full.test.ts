import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { GroupPacker } from "../../src/log/sqlite/group.ts";
import { GroupWriter } from "../../src/log/sqlite/group-writer.ts";
import { limitSize, openForWriting } from "../../src/log/sqlite/open-database.ts";
import { WriterFault } from "../../src/log/sqlite/writer-fault.ts";
import type { Store } from "../../src/log/store.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aBatch, anAttempt, anEvent, append, appendMany, aTrim, loadAll, withCode } from "../conformance/builders.ts";
import { HandClock, inFolder, withSqlite } from "../conformance/store-kinds.ts";

const mebibyte = 1024 * 1024;

/** Appends until the store refuses; answers how many events it took. */
async function fill(store: Store): Promise<number> {
  for (let taken = store.events.bounds().head; ; taken += 10) {
    try {
      await appendMany(store, 10, { data: "x".repeat(2000) });
    } catch (error) {
      assert.ok(withCode("store-full")(error) || withCode("store-unavailable")(error), String(error));
      return taken;
    }
  }
}

async function assertWhole(store: Store, head: number): Promise<void> {
  assert.equal(store.events.bounds().head, head);
  const { earliest } = store.events.bounds();
  const page = await store.events.read({ after: 0, limit: head + 1, bytesMax: 1e9 });
  const expected = Array.from({ length: head - earliest + 1 }, (_, index) => earliest + index);
  assert.deepEqual(
    page.events.map((event) => event.position),
    expected,
  );
}

test("a store that reached its size refuses with store-full, keeps what it has, and recovers by a trim", () =>
  inFolder((folder) => {
    const clock = new HandClock();
    return withSqlite(folder, { clock, bytesMax: mebibyte }, async (store) => {
      const head = await fill(store);
      assert.ok(head > 100);
      await assert.rejects(append(store, anEvent({ data: "x".repeat(20_000) })), withCode("store-full"));
      assert.ok(withCode("store-full")(store.trouble()));
      await assertWhole(store, head);
      const { removed } = await store.events.trim(aTrim({ olderThanMs: clock.nowMs + 1, rowsMax: 50 }));
      assert.equal(removed, 50);
      assert.equal(store.trouble(), null);
      assert.deepEqual(await append(store, anEvent({ data: "x".repeat(20_000) })), [head + 1]);
      await assertWhole(store, head + 1);
    });
  }));

test("a store that was full goes on when it is opened with a higher limit", () =>
  inFolder(async (folder) => {
    let head = 0;
    await withSqlite(folder, { bytesMax: mebibyte }, async (store) => {
      head = await fill(store);
    });
    await withSqlite(folder, { bytesMax: 2 * mebibyte }, async (store) => {
      assert.equal((await appendMany(store, 10, { data: "x".repeat(2000) }))[0], head + 1);
    });
  }));

test("a full store refuses a whole journal batch, and what was refused can be committed again", () =>
  inFolder((folder) =>
    withSqlite(folder, { bytesMax: mebibyte }, async (store) => {
      await fill(store);
      const attempts = Array.from({ length: 200 }, () => anAttempt({ responseBody: new Uint8Array(1000) }));
      await assert.rejects(store.journal.commit(aBatch({ dispatchedTo: 9, attempts })), withCode("store-full"));
      assert.equal((await loadAll(store)).dispatchedTo, 0);
      assert.deepEqual(await store.journal.attempts({ limit: 1 }), []);
      await store.events.trim(aTrim({ bytesMax: 0, rowsMax: 300 }));
      await store.journal.commit(aBatch({ dispatchedTo: 9, attempts }));
      assert.equal((await store.journal.attempts({ limit: 1000 })).length, 200);
    }),
  ));

test("a probe does not take a store for writable that has no room to grow", () =>
  inFolder(async (folder) => {
    await withSqlite(folder, { bytesMax: mebibyte }, async (store) => void (await fill(store)));
    const probeWith = (bytesMax: number): void => {
      const database = openForWriting(join(folder, "trotline.db"));
      limitSize(database, bytesMax);
      try {
        const packer = new GroupPacker();
        packer.addProbe();
        const facts = { acceptedAtMs: 1, nowMs: 1, keysThroughMs: 0, journalBatch: 0 };
        new GroupWriter(database, new WriterFault(null)).write(packer.finish(facts).message);
      } finally {
        database.close();
      }
    };
    assert.throws(() => probeWith(mebibyte), withCode("store-full"));
    probeWith(2 * mebibyte);
  }));

/** Null where a small disk could be made at the path, else why not. */
function makeSmallDisk(path: string): string | null {
  if (process.platform !== "linux") return "a small disk is made with Linux's tmpfs";
  try {
    mkdirSync(path, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", path], { stdio: "ignore" });
    return null;
  } catch {
    return "mounting needs root";
  }
}

test(
  "a full disk refuses publishers, and when it has room again the store takes events by itself",
  { timeout: 60_000 },
  (t) =>
    inFolder(async (folder) => {
      const disk = join(folder, "disk");
      const refusal = makeSmallDisk(disk);
      if (refusal !== null) return t.skip(refusal);
      try {
        const ballast = join(disk, "ballast");
        writeFileSync(ballast, Buffer.alloc(600 * 1024));
        await withSqlite(disk, {}, async (store) => {
          const head = await fill(store);
          assert.ok(head > 0);
          await assertWhole(store, head);
          assert.notEqual(store.trouble(), null);
          rmSync(ballast);
          await eventually("the store takes writes again", () => store.trouble() === null);
          assert.deepEqual(await append(store, anEvent({ data: "x".repeat(2000) })), [head + 1]);
          await assertWhole(store, head + 1);
        });
      } finally {
        execFileSync("umount", [disk], { stdio: "ignore" });
      }
    }),
);
