/** A move that is killed, cut off, refused and changed midway: what is there in the end is the store, row for row. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import postgres from "postgres";
import { moveStore } from "../../src/log/move/move.ts";
import type { StoreImport } from "../../src/log/move/move-ports.ts";
import { type MovedRow, movedTables } from "../../src/log/move/moved-tables.ts";
import { openPostgresStore } from "../../src/log/postgres/store.ts";
import { openPostgresImport } from "../../src/log/postgres/store-import.ts";
import { openSqliteExport } from "../../src/log/sqlite/store-export.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { anEvent, append, withCode } from "../conformance/builders.ts";
import { silent } from "../conformance/store-kinds.ts";
import { fillStore, openFolder } from "../postgres/a-filled-store.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";
import { aProxy } from "../postgres/a-proxy.ts";

const program = new URL("./move-process.ts", import.meta.url).pathname;
const clock = systemClock();
const { signal } = new AbortController();

describe("a move that does not go well", () => {
  let server: PostgresServer;
  let databases = 0;

  before(async () => {
    server = await startPostgres();
  });
  after(() => server.remove());

  const aDatabase = (): Promise<string> => server.createDatabase(`move_${++databases}`);

  const open = (url: string, restart = false): Promise<StoreImport> =>
    openPostgresImport({ url, restart, clock, signal, logger: silent, leaseMs: 300, durability: "trusted" });

  /** Both stores are free again, however it ends. */
  async function move(folder: string, url: string, how: { restart?: boolean; through?: Through } = {}) {
    const from = openSqliteExport(folder);
    const to = await open(url, how.restart).catch(async (error: unknown) => {
      await from.close();
      throw error;
    });
    try {
      const through = how.through?.(to) ?? to;
      return await moveStore({ from, to: through, signal, onStep: () => {}, rowsMax: 100 });
    } finally {
      await to.close();
      await from.close();
    }
  }

  it("killed at any page and started again, it goes on; every table is the source's in the end", async (context) => {
    const [folder, url] = [await aFolder(context), await aDatabase()];
    await fillStore(folder, 400);
    const database = await readFile(join(folder, "trotline.db"));
    let kills = 0;
    for (let pages = 12; !(await movedBefore(folder, url, pages)); pages += 9) kills += 1;
    assert.ok(kills >= 5, `only ${kills} kills`);
    await assertMoved(folder, url);
    assert.deepEqual(await readFile(join(folder, "trotline.db")), database, "the source is left as it is");
  });

  it("an answer that is lost, before or after its page was stored, costs nothing and brings nothing twice", async (context) => {
    const [folder, url] = [await aFolder(context), await aDatabase()];
    await fillStore(folder, 300);
    let failures = 0;
    for (let isMoved = false; !isMoved; ) {
      const isStored = failures % 2 === 0;
      const lost: Through = (to) => ({
        ...delegated(to),
        write: async (...page) => {
          if (isStored) await to.write(...page);
          failures += 1;
          throw new Error("the answer was lost");
        },
      });
      // Every second run fails at its first page, stored or not; those between get one page further.
      const onePage: Through = (to) => {
        let pages = 0;
        return { ...delegated(to), write: (...page) => (pages++ === 0 ? to.write(...page) : lost(to).write(...page)) };
      };
      try {
        await move(folder, url, { through: failures % 3 === 0 ? lost : onePage });
        isMoved = true;
      } catch (error) {
        // A database that is slow to let one in is asked again, as by a person.
        if ((error as { code?: string }).code === "store-unreachable") continue;
        assert.equal((error as Error).message, "the answer was lost");
      }
    }
    assert.ok(failures > 10, `${failures}`);
    await assertMoved(folder, url);
  });

  it("a connection that is cut costs nothing and brings nothing twice", async (context) => {
    const [folder, url] = [await aFolder(context), await aDatabase()];
    await fillStore(folder, 300);
    const proxy = await aProxy({ port: server.port });
    context.after(() => proxy.close());
    let cuts = 0;
    for (let isMoved = false; !isMoved; ) {
      let pieces = 40 + cuts * 12;
      proxy.cutBefore(() => --pieces === 0);
      const error = await move(folder, proxy.through(url)).then(
        () => null,
        (reason: unknown) => reason as Error & { code?: string },
      );
      isMoved = error === null;
      if (error === null) continue;
      assert.match(String(error.code), /^store-(unavailable|unreachable)$/, error.stack);
      cuts += 1;
    }
    assert.ok(cuts > 4, `${cuts}`);
    await assertMoved(folder, url);
  });

  it("a database without room says so, and the move goes on once there is", async (context) => {
    const [folder, url] = [await aFolder(context), await aDatabase()];
    await fillStore(folder, 100);
    await (await open(url)).close();
    await ask(url, (sql) =>
      sql.unsafe(`
        CREATE FUNCTION trotline.no_room() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION 'could not extend file "base/1/2": No space left on device' USING ERRCODE = '53100';
        END $$;
        CREATE TRIGGER no_room BEFORE INSERT ON trotline.event_ids FOR EACH STATEMENT EXECUTE FUNCTION trotline.no_room();
      `),
    );
    await assert.rejects(move(folder, url), (error: Error) => {
      assert.match(error.message, /No space left/);
      return withCode("store-full")(error);
    });
    await ask(url, (sql) => sql.unsafe("DROP FUNCTION trotline.no_room CASCADE"));
    await move(folder, url);
    await assertMoved(folder, url);
  });

  it("it is finished where only the answer to its last word was lost", async (context) => {
    const [folder, url] = [await aFolder(context), await aDatabase()];
    await fillStore(folder, 20);
    const proxy = await aProxy({ port: server.port });
    context.after(() => proxy.close());
    const lost: Through = (to) => ({
      ...delegated(to),
      finish: async () => {
        let isFinishing = false;
        // Behind the statement comes COMMIT; what comes after it finds no connection.
        proxy.cutBefore((bytes) => {
          isFinishing ||= bytes.includes("finished_at_ms = $1");
          if (isFinishing && bytes.includes("COMMIT")) setTimeout(() => proxy.cut(), 20);
          return false;
        });
        proxy.delay(200);
        await to.finish();
        assert.ok(isFinishing);
      },
    });
    await move(folder, proxy.through(url), { through: lost });
    await assertMoved(folder, url);
  });

  it("no server starts on a store that has not come whole", async (context) => {
    const [folder, url] = [await aFolder(context), await aDatabase()];
    await fillStore(folder, 100);
    const fails: Through = (to) => ({ ...delegated(to), finish: () => Promise.reject(new Error("killed")) });
    await assert.rejects(move(folder, url, { through: fails }), /killed/);
    const options = { url, clock, logger: silent, durability: "trusted" } as const;
    await assert.rejects(openPostgresStore(options), withCode("store-moving"));
    await move(folder, url);
    await (await openPostgresStore(options)).close();
  });

  it("a store that was opened meanwhile is moved from the beginning, and only when that is asked for", async (context) => {
    const [folder, url] = [await aFolder(context), await aDatabase()];
    await fillStore(folder, 100);
    const fails: Through = (to) => ({ ...delegated(to), finish: () => Promise.reject(new Error("killed")) });
    await assert.rejects(move(folder, url, { through: fails }), /killed/);
    const store = await openFolder(folder);
    await append(store, anEvent());
    await store.close();
    await assert.rejects(move(folder, url), withCode("move-changed"));
    await move(folder, url, { restart: true });
    await assertMoved(folder, url);
    await assert.rejects(move(folder, url, { restart: true }), withCode("store-not-empty"));
  });

  for (const change of [
    "UPDATE trotline.events SET data = '\\x7b7d' WHERE position = 50",
    "DELETE FROM trotline.attempts WHERE sequence = (SELECT max(sequence) FROM trotline.attempts)",
    "INSERT INTO trotline.consumers (tenant, name, document, version, position) VALUES ('zzz', 'zzz', '{}', 0, 0)",
    "DELETE FROM trotline.epochs",
    "UPDATE trotline.endpoints SET document = document || ' '",
    "SELECT setval('trotline.endpoint_numbers', 1)",
  ]) {
    it(`a copy that differs is refused: ${change.slice(0, 40)}…`, async (context) => {
      const [folder, url] = [await aFolder(context), await aDatabase()];
      await fillStore(folder, 100);
      let isChanged = false;
      const changed: Through = (to) => ({
        ...delegated(to),
        page: async (...asked) => {
          if (!isChanged) await ask(url, (sql) => sql.unsafe(change));
          isChanged = true;
          return to.page(...asked);
        },
      });
      await assert.rejects(move(folder, url, { through: changed }), withCode("move-differs"));
      await assert.rejects(move(folder, url), withCode("move-differs"));
      await move(folder, url, { restart: true });
      await assertMoved(folder, url);
    });
  }
});

type Through = (to: StoreImport) => StoreImport;

const delegated = (to: StoreImport): StoreImport => ({
  begin: (...given) => to.begin(...given),
  write: (...given) => to.write(...given),
  page: (...given) => to.page(...given),
  finish: () => to.finish(),
  close: () => to.close(),
});

/** False where it was killed after so many lines; true where it was done before. */
async function movedBefore(folder: string, url: string, lines: number): Promise<boolean> {
  const child = spawn(process.execPath, [program, folder, url], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    if (text.split("\n").length > lines && !text.includes("done")) child.kill("SIGKILL");
  });
  const [code, killedBy] = await once(child, "close");
  if (killedBy === "SIGKILL") return false;
  assert.equal(code, 0, text);
  return true;
}

async function ask<Result>(url: string, work: (sql: postgres.Sql) => Promise<Result>): Promise<Result> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

async function aFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "trotline-move-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Read by other means than the move's own: the whole tables, and what stands beside them. */
async function assertMoved(folder: string, url: string): Promise<void> {
  const from = openSqliteExport(folder);
  try {
    for (const table of movedTables) {
      const whole = { after: table.start, rowsMax: 1_000_000, bytesMax: Number.POSITIVE_INFINITY };
      const rows = (await from.page(table, whole)).map(shown);
      if (["state", "keys"].includes(table.name)) continue;
      const columns = table.columns.map((column) => `"${column}"`).join(", ");
      const key = table.columns
        .slice(0, table.start.length)
        .map((column) => `"${column}"`)
        .join(", ");
      const copied = await ask(url, (sql) =>
        sql.unsafe(`SELECT ${columns} FROM trotline.${table.name} ORDER BY ${key}`),
      );
      const cells = copied.map((row) => shown(table.columns.map((column) => row[column])));
      assert.deepEqual(cells, rows, table.name);
      assert.ok(rows.length > 0, `${table.name} has nothing to move`);
    }
    const [known] = await ask(url, (sql) =>
      sql.unsafe(`
        SELECT (SELECT count(*)::integer FROM trotline.events) AS events,
          (SELECT count(*)::integer FROM trotline.events JOIN trotline.event_ids USING (position, tenant, id)) AS ids,
          (SELECT sum(bytes)::integer FROM trotline.receipts) AS bytes, (SELECT total::integer FROM trotline.receipt_bytes) AS total
      `),
    );
    assert.equal(known?.ids, known?.events);
    assert.equal(known?.total, known?.bytes);
  } finally {
    await from.close();
  }
}

/** As text, so that a number that came as a text, or a boolean as a number, is the same. */
const shown = (row: MovedRow | readonly unknown[]): string =>
  row
    .map((cell) => {
      if (cell instanceof Uint8Array) return Buffer.from(cell).toString("hex");
      return typeof cell === "boolean" ? (cell ? "1" : "0") : String(cell);
    })
    .join(" ");
