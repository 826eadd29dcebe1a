import assert from "node:assert/strict";
import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { TrotlineError } from "../../src/core/errors.ts";
import { requireDurable } from "../../src/log/sqlite/open-database.ts";
import { appendMany, withCode } from "../conformance/builders.ts";
import { HandClock, inFolder, sqliteKind, withSqlite } from "../conformance/store-kinds.ts";
import { startChild } from "./store-child.ts";

const open = (folder: string) => sqliteKind.open(folder, new HandClock());

test("a folder that does not exist is made", () =>
  inFolder(async (folder) => {
    const store = await open(join(folder, "a", "b"));
    assert.deepEqual(await appendMany(store, 1), [1]);
    await store.close();
  }));

test("the files of a new store are for their owner only", { skip: process.platform === "win32" }, () =>
  inFolder((folder) =>
    withSqlite(folder, {}, async (store) => {
      await appendMany(store, 1);
      for (const name of ["trotline.db", "trotline.db-wal", "trotline.db-shm"]) {
        assert.equal((await stat(join(folder, name))).mode & 0o077, 0, name);
      }
    }),
  ),
);

test("a store opens under `node --watch`, where Node posts what its threads import", () =>
  inFolder(async (folder) => {
    process.env.WATCH_REPORT_DEPENDENCIES = "1";
    try {
      const store = await open(folder);
      assert.deepEqual(await appendMany(store, 1), [1]);
      await store.close();
    } finally {
      delete process.env.WATCH_REPORT_DEPENDENCIES;
    }
  }));

test("a store that another process has is refused, naming its file and that process", { timeout: 60_000 }, () =>
  inFolder(async (folder) => {
    const holder = startChild(folder, "idle");
    try {
      await holder.printed(1);
      await assert.rejects(open(folder), (error) => {
        assert.ok(error instanceof TrotlineError && error.code === "store-locked");
        assert.match(error.message, new RegExp(`process ${holder.child.pid}\\b`));
        assert.ok(error.message.includes(join(folder, "trotline.lock")));
        return true;
      });
    } finally {
      await holder.kill();
    }
    const store = await open(folder);
    assert.equal(store.events.bounds().head, 0);
    await store.close();
  }),
);

test(
  "a store that this process has open is refused a second time, and stays locked for others",
  {
    timeout: 60_000,
  },
  () =>
    inFolder((folder) =>
      withSqlite(folder, {}, async () => {
        await assert.rejects(open(folder), withCode("store-locked"));
        const other = startChild(folder, "idle");
        await other.printed(1);
        await other.kill();
        assert.deepEqual(other.lines(), ["store-locked"]);
      }),
    ),
);

async function refused(folder: string, code: string): Promise<void> {
  await assert.rejects(open(folder), withCode(code));
  // What was refused is not held.
  await assert.rejects(open(folder), withCode(code));
}

test("a database of a newer version is refused, and left as it is", () =>
  inFolder(async (folder) => {
    await (await open(folder)).close();
    const database = new DatabaseSync(join(folder, "trotline.db"));
    database.exec("PRAGMA user_version = 9999");
    database.close();
    const before = await readFile(join(folder, "trotline.db"));
    await refused(folder, "store-newer");
    assert.deepEqual(await readFile(join(folder, "trotline.db")), before);
  }));

test("a file that is no database is refused", () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, "trotline.db"), "This is a letter, and not a database. ".repeat(200));
    await refused(folder, "store-corrupt");
  }));

test("a database of another program is refused", () =>
  inFolder(async (folder) => {
    const database = new DatabaseSync(join(folder, "trotline.db"));
    database.exec("CREATE TABLE recipes (name TEXT)");
    database.close();
    await refused(folder, "store-corrupt");
  }));

test("a database whose pages are damaged is refused", () =>
  inFolder(async (folder) => {
    const store = await open(folder);
    await appendMany(store, 100, { data: "x".repeat(500) });
    await store.close();
    const path = join(folder, "trotline.db");
    const bytes = await readFile(path);
    bytes.fill(0xff, 4096);
    await writeFile(path, bytes);
    await refused(folder, "store-corrupt");
  }));

test("a folder that cannot be made is refused", () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, "file"), "");
    await refused(join(folder, "file", "store"), "store-unwritable");
  }));

test("a folder where nobody can make one is refused, and does not hang", { skip: process.platform !== "linux" }, () =>
  refused("/proc/no-such/store", "store-unwritable"),
);

const isRoot = process.getuid?.() === 0;
test("a folder without the right to write is refused", { skip: isRoot ? "root may write everywhere" : false }, () =>
  inFolder(async (folder) => {
    await chmod(folder, 0o555);
    await refused(folder, "store-unwritable");
    await chmod(folder, 0o755);
  }),
);

test("a database that cannot have a write-ahead log is refused as not durable", () => {
  const database = new DatabaseSync(":memory:");
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
  assert.throws(() => requireDurable(database, "here"), withCode("store-not-durable"));
  database.close();
});

test("a database that does not wait for the disk is refused as not durable", () =>
  inFolder(async (folder) => {
    const database = new DatabaseSync(join(folder, "any.db"));
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    assert.throws(() => requireDurable(database, "here"), withCode("store-not-durable"));
    database.exec("PRAGMA synchronous = FULL;");
    requireDurable(database, "here");
    database.close();
  }));
