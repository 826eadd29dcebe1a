/** Opening a store on PostgreSQL: what is refused, with which words, and many processes that do it at once. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Database } from "../../src/log/postgres/database.ts";
import { type OpenDatabase, type OpenOptions, openDatabase } from "../../src/log/postgres/open-database.ts";
import { openPostgresStore } from "../../src/log/postgres/store.ts";
import type { Store } from "../../src/log/store.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aBatch, anAttempt, anEvent, append } from "../conformance/builders.ts";
import { silent } from "../conformance/store-kinds.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";

let server: PostgresServer;
let databases = 0;

before(async () => {
  server = await startPostgres();
});
after(() => server.remove());

const aDatabase = (): Promise<string> => server.createDatabase(`open_${++databases}`);

const open = (url: string, options: Partial<OpenOptions> = {}): Promise<OpenDatabase> =>
  openDatabase({ url, logger: silent, durability: "trusted", ...options });

const openStore = (url: string): Promise<Store> =>
  openPostgresStore({ url, clock: systemClock(), logger: silent, durability: "trusted" });

/** As whoever looks after the database. */
async function asAdmin(url: string, text: string): Promise<void> {
  const database = new Database({ url, logger: silent, connections: 1 });
  await database.script(text).finally(() => database.close());
}

async function refused(opening: Promise<OpenDatabase>, code: string, sentence: RegExp): Promise<void> {
  await assert.rejects(opening, (error: Error & { code?: string }) => {
    assert.equal(error.code, code, error.message);
    assert.match(error.message, sentence);
    assert.ok(!error.message.includes("hunter2"));
    return true;
  });
}

it("what is wrong with the address, the user or the database is said so that it can be put right", async () => {
  const { port } = server;
  await refused(
    open(`postgres://postgres:hunter2@127.0.0.1:1/x`),
    "store-unreachable",
    /127\.0\.0\.1:1\/x .*ECONNREFUSED/,
  );
  await refused(
    open(`postgres://me:hunter2@no.such.host.invalid/x`),
    "store-unreachable",
    /no\.such\.host\.invalid\/x/,
  );
  await refused(
    open(`postgres://stranger:hunter2@127.0.0.1:${port}/x`),
    "store-refused",
    /role "stranger" does not exist/,
  );
  await refused(open(server.url("nowhere")), "store-refused", /database "nowhere" does not exist/);
  await refused(open("postgres://postgres:hunter2@:x"), "config-invalid-value", /host and a port/);
});

it("a user who may not make the schema is told so, and one to whom it was given may use it", async () => {
  const url = await aDatabase();
  await asAdmin(url, "CREATE ROLE fisher LOGIN; GRANT CONNECT ON DATABASE open_1 TO fisher");
  const fishers = url.replace("postgres@", "fisher@");
  await refused(open(fishers), "store-refused", /permission denied/);
  await asAdmin(url, "CREATE SCHEMA trotline AUTHORIZATION fisher");
  await (await open(fishers)).close();
});

it("a server that may lose what it has committed is refused, unless it is trusted", async () => {
  const url = await aDatabase();
  await refused(open(url, { durability: "checked" }), "store-not-durable", /fsync = off/);
  const name = `open_${databases}`;
  await asAdmin(url, `ALTER DATABASE ${name} SET synchronous_commit = off`);
  const durable = await startPostgres({ isDurable: true });
  try {
    const other = await durable.createDatabase("other");
    await (await open(other, { durability: "checked" })).close();
    await asAdmin(other, "ALTER DATABASE other SET synchronous_commit = off");
    await refused(open(other, { durability: "checked" }), "store-not-durable", /synchronous_commit = off/);
  } finally {
    await durable.remove();
  }
});

it("a database that cannot keep all text is refused", async () => {
  await asAdmin(await aDatabase(), `UPDATE pg_database SET encoding = 8 WHERE datname = 'open_${databases}'`);
  await refused(open(server.url(`open_${databases}`)), "store-unfit", /encoding of the database is LATIN1/);
});

it("a parameter that the server does not know is named", async () => {
  const url = await aDatabase();
  await refused(open(`${url}?pgbouncer=true`), "config-invalid-value", /parameter "pgbouncer"/);
});

it("a database that takes no writes is refused", async () => {
  const url = await aDatabase();
  await asAdmin(url, `ALTER DATABASE open_${databases} SET default_transaction_read_only = on`);
  await refused(open(url), "store-unfit", /read-only/);
});

it("an engine whose advisory locks hold nobody off is refused", async () => {
  const url = await aDatabase();
  await asAdmin(
    url,
    `CREATE SCHEMA engine;
     CREATE FUNCTION engine.pg_advisory_xact_lock(bigint) RETURNS void LANGUAGE sql AS '';
     CREATE FUNCTION engine.pg_try_advisory_xact_lock(bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true';
     ALTER DATABASE open_${databases} SET search_path = engine, pg_catalog`,
  );
  await refused(open(url), "store-unfit", /advisory locks do not lock/);
});

it("a server that is too old is refused", async () => {
  const url = await aDatabase();
  await asAdmin(
    url,
    `CREATE SCHEMA old;
     CREATE FUNCTION old.current_setting(text) RETURNS text LANGUAGE sql
       AS $$ SELECT CASE $1 WHEN 'server_version_num' THEN '130014' WHEN 'server_version' THEN '13.14'
         ELSE pg_catalog.current_setting($1) END $$;
     ALTER DATABASE open_${databases} SET search_path = old, pg_catalog`,
  );
  await refused(open(url), "store-unfit", /PostgreSQL 13\.14/);
});

describe("a schema that a newer version has changed", () => {
  const newer = (excludesOlder: boolean): string =>
    `INSERT INTO trotline.migrations VALUES (9999, '9999-later.sql', ${excludesOlder})`;

  it("is left as it is, and worked on where it says that older versions may", async () => {
    const url = await aDatabase();
    await (await open(url)).close();
    await asAdmin(url, newer(false));
    const store = await openStore(url);
    await append(store, anEvent());
    await store.close();
    await asAdmin(url, "DO $$ BEGIN ASSERT (SELECT max(number) = 9999 FROM trotline.migrations); END $$");
  });

  it("is refused where it says that they may not", async () => {
    const url = await aDatabase();
    await (await open(url)).close();
    await asAdmin(url, newer(true));
    await refused(open(url), "store-newer", /needs 9999; this version knows/);
  });

  it("is noticed by those that work: nothing new is taken, and what is under way ends", async () => {
    const url = await aDatabase();
    const [stays, store] = [await openStore(url), await openStore(url)];
    let lost: Error | null = null;
    store.onLost?.((error) => {
      lost = error;
    });
    await append(store, anEvent());
    await asAdmin(url, newer(false));
    await append(stays, anEvent());
    await asAdmin(url, "UPDATE trotline.migrations SET excludes_older = true WHERE number = 9999");
    await eventually("it is told", () => lost !== null);
    assert.equal((lost as { code?: string } | null)?.code, "store-newer");
    assert.equal(store.trouble(), lost);
    await assert.rejects(append(store, anEvent()), { code: "shutting-down" });
    // What lanes did is still kept.
    await store.journal.commit(aBatch({ dispatched: [], attempts: [anAttempt()] }));
    assert.equal((await store.journal.attempts({ limit: 10 })).length, 1);
    await Promise.all([store.close(), stays.close()]);
  });
});

it("many processes that start at once on an empty database change its schema once, and all work on it", async () => {
  const url = await aDatabase();
  const stores = await Promise.all(Array.from({ length: 8 }, () => openStore(url)));
  await Promise.all(stores.map((store) => append(store, anEvent())));
  await eventually("each has heard of all", () => stores.every(({ events }) => events.bounds().head === stores.length));
  await asAdmin(
    url,
    "DO $$ BEGIN ASSERT (SELECT count(*) = max(number) AND count(*) > 10 FROM trotline.migrations); END $$",
  );
  await Promise.all(stores.map((store) => store.close()));
});
