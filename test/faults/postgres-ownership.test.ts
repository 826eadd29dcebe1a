/** One process at a time moves a store into a database, and only while none works on it, whatever happens to either. */
import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { Databases } from "../../src/log/postgres/databases.ts";
import { openDatabase } from "../../src/log/postgres/open-database.ts";
import { Ownership, type OwnershipOptions } from "../../src/log/postgres/ownership.ts";
import { openPostgresStore } from "../../src/log/postgres/store.ts";
import { openPostgresImport } from "../../src/log/postgres/store-import.ts";
import type { Store } from "../../src/log/store.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aKey, anEvent, append, withCode } from "../conformance/builders.ts";
import { silent } from "../conformance/store-kinds.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";
import { aProxy } from "../postgres/a-proxy.ts";

let server: PostgresServer;
let databases = 0;
const leaseMs = 1000;
const clock = systemClock();

before(async () => {
  server = await startPostgres();
  const url = await server.createDatabase("migrated");
  await (await openDatabase({ url, logger: silent, durability: "trusted" })).close();
});
after(() => server.remove());

const aDatabase = (): Promise<string> => server.createDatabase(`owned_${++databases}`, "migrated");

interface Owner {
  readonly ownership: Ownership;
  readonly databases: Databases;
  close(): Promise<void>;
}

async function own(context: TestContext, url: string, options: Partial<OwnershipOptions> = {}): Promise<Owner> {
  const pools = new Databases({ url, logger: silent, renewalMs: 500, deadlineMs: 500 });
  const holder = `me/${process.pid}`;
  const parts = { database: pools.leasing, holder, leaseMs, logger: silent, onHeld: () => {} };
  const ownership = await Ownership.take({ ...parts, ...options }).catch(async (error) => {
    await pools.close();
    throw error;
  });
  let closed: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closed ??= ownership.close().then(() => pools.close());
    return closed;
  };
  context.after(close);
  return { ownership, databases: pools, close };
}

/** A change that anybody can look at. */
const write = ({ ownership, databases: { writing } }: Owner, fence: number): Promise<unknown> =>
  ownership.write(writing, (run) => run("ownership-renew", [fence, 60_000]));

describe("who moves a store", () => {
  it("is the only one: another is told by whom it is held, waits, and has it as soon as it is given up", async (context) => {
    const url = await aDatabase();
    const first = await own(context, url, { leaseMs: 60_000 });
    const told: string[] = [];
    const second = own(context, url, { leaseMs: 60_000, onHeld: (holder) => told.push(holder) });
    await eventually("it waits", () => told.length > 0);
    await first.close();
    assert.ok((await second).ownership.fence > first.ownership.fence);
    assert.deepEqual(told, [`me/${process.pid}`]);
  });

  it("has lost it when it was cut off for longer than its lease, and can change nothing", async (context) => {
    const url = await aDatabase();
    const proxy = await aProxy(server);
    context.after(() => proxy.close());
    const first = await own(context, proxy.through(url));
    proxy.blackhole();
    await assert.rejects(write(first, first.ownership.fence), { code: "store-unavailable" });
    const second = await own(context, url, { onHeld: () => {} });
    proxy.heal();
    await eventually("it hears of it", () =>
      write(first, second.ownership.fence).then(
        () => assert.fail("It wrote."),
        (error) => error.code === "store-lost",
      ),
    );
    // What it gives up is not what the other has.
    await first.close();
    await write(second, second.ownership.fence);
  });

  it("keeps others off until a transaction that may still commit has ended", async (context) => {
    const url = await aDatabase();
    const first = await own(context, url, { leaseMs: 600_000 });
    let isTaken = false;
    let taking: Promise<Owner> | null = null;
    await first.ownership.write(first.databases.writing, async (run) => {
      await run("ownership-holder");
      await first.databases.leasing.run("ownership-release", [first.ownership.fence]);
      taking = own(context, url, { onHeld: () => {}, leaseMs: 60_000 });
      void taking.then(() => {
        isTaken = true;
      });
      await new Promise((resolve) => setTimeout(resolve, 200));
      assert.equal(isTaken, false);
    });
    assert.ok((await (taking as unknown as Promise<Owner>)).ownership.fence > first.ownership.fence);
  });

  it("has the time of a lease to come back after a restart of the database", async (context) => {
    const started = await startPostgres();
    context.after(() => started.remove());
    const url = await started.createDatabase("started");
    await (await openDatabase({ url, logger: silent, durability: "trusted" })).close();
    const first = await own(context, url, { leaseMs: 200 });
    await first.databases.close(); // Without a word, as where its machine is gone.
    await started.stop();
    await started.start();
    const second = await own(context, url, { onHeld: () => {}, leaseMs: 2000 });
    const sinceStart = "SELECT clock_timestamp() - pg_postmaster_start_time() >= interval '2 seconds'";
    await second.databases.reading.script(`DO $$ BEGIN ASSERT (${sinceStart}); END $$`);
  });
});

describe("a store is moved only where nobody works", () => {
  const openStore = async (context: TestContext, url: string): Promise<Store> => {
    const store = await openPostgresStore({ url, clock, logger: silent, durability: "trusted" });
    context.after(() => store.close());
    return store;
  };
  const openImport = async (context: TestContext, url: string) => {
    const opened = await openPostgresImport({
      ...{ url, clock, restart: false, logger: silent, durability: "trusted", leaseMs },
      signal: new AbortController().signal,
    });
    context.after(() => opened.close());
    return opened;
  };
  const round = (store: Store, id: string) =>
    store.shards.round({
      process: { id, name: `host/${id}`, startedAtMs: 1, roles: ["deliver"] },
      holds: [],
      releases: [],
    });

  it("while processes are alive it is refused, saying which, and goes on when they have left", async (context) => {
    const url = await aDatabase();
    const store = await openStore(context, url);
    await round(store, "prc_1");
    const to = await openImport(context, url);
    await assert.rejects(to.begin("life"), { code: "store-locked", message: /host\/prc_1/ });
    await store.shards.leave("prc_1");
    await to.begin("life");
  });

  it("a process that opened the store before the move began can write nothing, and is told", async (context) => {
    const url = await aDatabase();
    const store = await openStore(context, url);
    const lost: unknown[] = [];
    store.onLost?.((error) => lost.push((error as Error & { code: string }).code));
    await (await openImport(context, url)).begin("life");
    await assert.rejects(round(store, "prc_1"), withCode("store-moving"));
    await assert.rejects(append(store, anEvent()), withCode("store-moving"));
    await assert.rejects(store.registry.putKey(aKey()), withCode("store-moving"));
    await assert.rejects(openStore(context, url), withCode("store-moving"));
    assert.deepEqual(lost, ["store-moving"]);
  });

  it("of a move and processes that come at the same moment one is refused, and nothing is between", async (context) => {
    const outcomes = new Set<string>();
    for (let attempt = 0; attempt < 12; attempt++) {
      const url = await aDatabase();
      const store = await openStore(context, url);
      const to = await openImport(context, url);
      const pause = (delayMs: number) => new Promise((resolve) => setTimeout(resolve, Math.random() * delayMs));
      const [began, came, wrote] = await Promise.allSettled([
        pause(10).then(() => to.begin("life")),
        pause(10).then(() => round(store, "prc_1")),
        pause(10).then(() => store.registry.putKey(aKey())),
      ]);
      const state = await to.begin("life").then(
        () => "moving",
        () => "not moving",
      );
      if (began.status === "fulfilled") {
        assert.equal(came.status, "rejected", "a process works while a store is moved");
        assert.equal(wrote.status, "rejected", "something was written while a store is moved");
      } else {
        assert.ok(came.status === "fulfilled" || wrote.status === "fulfilled");
        assert.equal(state, "not moving");
      }
      outcomes.add(began.status);
      await Promise.all([store.close(), to.close()]);
    }
    context.diagnostic([...outcomes].join(", "));
  });
});
