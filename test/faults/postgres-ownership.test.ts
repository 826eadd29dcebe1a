/** One process at a time works on a store on PostgreSQL, whatever happens to it. */
import assert from "node:assert/strict";
import { after, before, it, type TestContext } from "node:test";
import { type OpenDatabase, type OpenOptions, openDatabase } from "../../src/log/postgres/open-database.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { silent } from "../conformance/store-kinds.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";
import { aProxy } from "../postgres/a-proxy.ts";

let server: PostgresServer;
let databases = 0;
const leaseMs = 1000;

before(async () => {
  server = await startPostgres();
});
after(() => server.remove());

const aDatabase = (): Promise<string> => server.createDatabase(`owned_${++databases}`);

async function open(context: TestContext, url: string, options: Partial<OpenOptions> = {}): Promise<OpenDatabase> {
  const opened = await openDatabase({ url, logger: silent, durability: "trusted", leaseMs, ...options });
  context.after(() => opened.close());
  return opened;
}

/** A change that anybody can look at. */
const write = (opened: OpenDatabase, fence: number): Promise<unknown> =>
  opened.write((run) => run("ownership-renew", [fence, 60_000]));

it("whoever stands by is told who has the store, and has it as soon as it is given up", async (context) => {
  const url = await aDatabase();
  const first = await open(context, url, { leaseMs: 60_000 });
  const told: string[] = [];
  let isOpen = false;
  const second = open(context, url, { leaseMs: 60_000, onStandby: ({ holder }) => told.push(holder) });
  void second.then(() => {
    isOpen = true;
  });
  await eventually("it stands by", () => told.length > 0);
  assert.match(told[0] ?? "", new RegExp(`/${process.pid}$`));
  assert.equal(isOpen, false);
  await first.close();
  assert.ok((await second).ownership.fence > first.ownership.fence);
  assert.equal(told.length, 1);
});

it("the wait can be ended", async (context) => {
  const url = await aDatabase();
  await open(context, url);
  const stop = new AbortController();
  const waiting = openDatabase({
    url,
    logger: silent,
    durability: "trusted",
    leaseMs,
    onStandby: () => stop.abort(),
    signal: stop.signal,
  });
  await assert.rejects(waiting);
});

it("a process that renews keeps the store for longer than a lease", async (context) => {
  const url = await aDatabase();
  const first = await open(context, url, { leaseMs: 1500 });
  await new Promise((resolve) => setTimeout(resolve, 2500));
  await assert.rejects(openDatabase({ url, logger: silent, durability: "trusted" }), { code: "store-locked" });
  await first.write((run) => run("ownership-holder"));
});

it("who was cut off for longer than its lease has lost the store: it is told, and can change nothing", async (context) => {
  const url = await aDatabase();
  const proxy = await aProxy(server);
  context.after(() => proxy.close());
  const first = await open(context, proxy.through(url), { deadlineMs: 500 });
  let lost: string | null = null;
  first.ownership.onLost((error) => {
    lost = error.code;
  });
  proxy.blackhole();
  await assert.rejects(write(first, first.ownership.fence), { code: "store-unavailable" });
  assert.equal(first.databases.trouble.error?.code, "store-unavailable");
  const second = await open(context, url, { onStandby: () => {} });
  proxy.heal();
  await eventually("it is told", () => lost === "store-lost");
  await assert.rejects(write(first, second.ownership.fence), { code: "store-lost" });
  await write(second, second.ownership.fence);
});

it("a write of a process that does not know yet that it lost the store is refused by the database", async (context) => {
  const url = await aDatabase();
  const first = await open(context, url, { leaseMs: 600_000 });
  await first.databases.owning.run("ownership-release", [first.ownership.fence]);
  const second = await open(context, url);
  assert.equal(first.ownership.lost, null);
  await assert.rejects(write(first, second.ownership.fence), { code: "store-lost" });
  assert.ok(first.ownership.lost !== null);
  // What it gives up is not what the other has.
  await first.close();
  await write(second, second.ownership.fence);
});

it("nobody takes the store over in the middle of a transaction that may still commit", async (context) => {
  const url = await aDatabase();
  const first = await open(context, url, { leaseMs: 600_000, deadlineMs: 30_000 });
  let isTaken = false;
  let taking: Promise<OpenDatabase> | null = null;
  await first.write(async (run) => {
    await run("ownership-holder");
    await first.databases.owning.run("ownership-release", [first.ownership.fence]);
    taking = open(context, url, { onStandby: () => {}, deadlineMs: 30_000, leaseMs: 60_000 });
    void taking.then(() => {
      isTaken = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    await run("ownership-holder");
    assert.equal(isTaken, false);
  });
  assert.ok((await (taking as unknown as Promise<OpenDatabase>)).ownership.fence > first.ownership.fence);
});

it("after the database was away the process that had the store goes on, and what it is asked meanwhile fails", async (context) => {
  const own = await startPostgres();
  context.after(() => own.remove());
  const first = await open(context, await own.createDatabase("away"));
  await own.stop("immediate");
  await assert.rejects(write(first, first.ownership.fence), { code: "store-unavailable" });
  await new Promise((resolve) => setTimeout(resolve, 2 * leaseMs));
  await own.start();
  await eventually("writes go well", () =>
    write(first, first.ownership.fence).then(
      () => true,
      () => false,
    ),
  );
  await eventually("it is not in trouble", () => first.databases.trouble.error === null);
  assert.equal(first.ownership.lost, null);
});

it("after the database was started again nobody takes the store from who had it, for the time of a lease", async (context) => {
  const own = await startPostgres();
  context.after(() => own.remove());
  const url = await own.createDatabase("started");
  const first = await open(context, url, { leaseMs: 200 });
  await first.databases.close(); // Without a word, as where its machine is gone.
  await own.stop();
  await own.start();
  const second = await open(context, url, { onStandby: () => {}, leaseMs: 2000 });
  const sinceStart = "SELECT clock_timestamp() - pg_postmaster_start_time() >= interval '2 seconds'";
  await second.databases.reading.script(`DO $$ BEGIN ASSERT (${sinceStart}); END $$`);
});
