/** What a server does whose store is not the one that it was: another log, a newer schema, a move into it. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import postgres from "postgres";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { Serving } from "../../src/cli/serving.ts";
import { resolveConfig } from "../../src/config/resolve-config.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aDatabase, thePostgres } from "../conformance/postgres-kind.ts";
import { silent } from "../conformance/store-kinds.ts";
import { adminKey, startServerProcess } from "./a-server-process.ts";

const nameOf = (url: string): string => new URL(url).pathname.slice(1);
let copies = 0;

async function withSql(url: string, work: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await work(sql).finally(() => sql.end());
}

async function letNobodyIn(sql: postgres.Sql, url: string): Promise<void> {
  await sql.unsafe(`ALTER DATABASE "${nameOf(url)}" ALLOW_CONNECTIONS false`);
  await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${nameOf(url)}`;
}

interface Scene {
  readonly url: string;
  readonly serving: Serving;
  /** Codes with which the process would have ended. */
  readonly exits: number[];
  call(method: string, path: string, body?: unknown): Promise<{ status: number; json: { next_cursor: string } }>;
  publish(count: number): Promise<void>;
  /** The database as it was when this was asked for, after `change`, comes into its place with what this answers. */
  keep(change?: string): Promise<() => Promise<void>>;
}

async function aScene(context: TestContext, reopenMsMax: number): Promise<Scene> {
  const url = await aDatabase();
  const flags = { port: "0", store: url, "store-durability": "trusted", "shutdown-grace": "1s" };
  const env = { TROTLINE_ADMIN_KEY: adminKey };
  const readFile = () => Promise.reject(Object.assign(new Error("none"), { code: "ENOENT" }));
  const { config } = await resolveConfig({ flags, env, readFile });
  const exits: number[] = [];
  const machine = { reopenMsMax, exit: (code: number) => void exits.push(code) };
  const serving = await Serving.start({ config, logger: silent, onFirstKey: () => {}, machine });
  context.after(() => serving.close());
  const address = serving.url;
  const call: Scene["call"] = async (method, path, body) => {
    const response = await fetch(address + path, {
      method,
      headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
    });
    return { status: response.status, json: (await response.json()) as { next_cursor: string } };
  };
  return {
    ...{ url, serving, exits, call },
    publish: async (count) => {
      const events = Array.from({ length: count }, () => ({ type: "serving.test", data: 1 }));
      await eventually("it is published", () =>
        call("POST", "/v1/events", events).then(
          ({ status }) => status === 201,
          () => false,
        ),
      );
    },
    keep: async (change = "SELECT 1") => {
      const copy = `serving_copy_${++copies}`;
      const server = await thePostgres();
      // Nobody may be connected to what is copied.
      await withSql(server.url(), async (sql) => {
        await letNobodyIn(sql, url);
        await eventually("nobody is connected", async () => {
          const rows = await sql`SELECT 1 FROM pg_stat_activity WHERE datname = ${nameOf(url)}`;
          return rows.length === 0;
        });
        await server.createDatabase(copy, nameOf(url));
        await sql.unsafe(`ALTER DATABASE "${nameOf(url)}" ALLOW_CONNECTIONS true`);
        await sql.unsafe(`ALTER DATABASE "${copy}" ALLOW_CONNECTIONS true`);
      });
      await withSql(server.url(copy), (sql) => sql.unsafe(change));
      return async () => {
        await server.dropDatabase(nameOf(url));
        await server.createDatabase(nameOf(url), copy);
      };
    },
  };
}

const opening = "trotline.open_log(double precision, bigint)";
const unopenable = `ALTER FUNCTION ${opening} RENAME TO kept`;
const openable = "ALTER FUNCTION trotline.kept RENAME TO open_log";

it("an older log that is put back is opened anew at the same address, as soon as it can be", async (context) => {
  const { url, publish, keep, call, exits, serving } = await aScene(context, 60_000);
  await publish(3);
  const putBack = await keep(unopenable);
  await publish(4);
  const { json } = await call("GET", "/v1/events?after=earliest&limit=7");
  await putBack();
  await eventually("the address answers nobody", () =>
    call("GET", "/readyz").then(
      () => false,
      () => true,
    ),
  );
  await withSql(url, (sql) => sql.unsafe(openable));
  await publish(1);
  const forked = await call("GET", `/v1/events?after=${json.next_cursor}`);
  assert.equal(forked.status, 409, JSON.stringify(forked.json));
  assert.deepEqual(exits, []);
  await serving.close();
});

it("that everything is refused is known for as long as it is", async (context) => {
  const { url, serving, publish, call } = await aScene(context, 300);
  await publish(1);
  assert.equal(serving.isRefusing, false);
  const server = await thePostgres();
  await withSql(server.url(), (sql) => letNobodyIn(sql, url));
  assert.equal((await call("POST", "/v1/events", { type: "serving.test", data: 1 })).status, 503);
  assert.equal(serving.isRefusing, true);
  await withSql(server.url(), (sql) => sql.unsafe(`ALTER DATABASE "${nameOf(url)}" ALLOW_CONNECTIONS true`));
  await eventually("the store takes writes again", () => !serving.isRefusing, 30_000);
  await publish(1);
  await serving.close();
});

it("where it cannot be opened for long, the process ends", async (context) => {
  const { publish, keep, exits, serving } = await aScene(context, 300);
  await publish(3);
  const putBack = await keep(unopenable);
  await publish(4);
  await putBack();
  await eventually("it ends", () => exits.length > 0, 20_000);
  assert.deepEqual(exits, [exitCodes.storeLost]);
  await serving.close();
});

it("a signal that comes while it is being opened anew ends it", async (context) => {
  const { publish, keep, call, exits, serving } = await aScene(context, 60_000);
  await publish(3);
  const putBack = await keep(unopenable);
  await publish(4);
  await putBack();
  await eventually("the address answers nobody", () =>
    call("GET", "/readyz").then(
      () => false,
      () => true,
    ),
  );
  await serving.close();
  assert.deepEqual(exits, []);
});

it("a schema that a newer version has changed for good ends a process with its exit code, in order", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "trotline-serving-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const url = await aDatabase();
  const flags = ["--store", url, "--store-durability", "trusted"];
  const server = await startServerProcess(folder, flags);
  context.after(() => server.kill());
  await withSql(url, (sql) => sql`INSERT INTO trotline.migrations VALUES (9999, '9999-later.sql', true)`);
  assert.equal(await server.ended, exitCodes.storeLost);
  assert.match(server.output(), /store-newer/);
  await withSql(url, async (sql) => {
    assert.deepEqual([...(await sql`SELECT id FROM trotline.processes`)], [], "its shards were not given back");
  });
  await assert.rejects(startServerProcess(folder, flags), /ended with 1: .*store-newer/s);
});
