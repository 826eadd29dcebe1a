/** `trotline cluster`, `/v1/cluster` and what `/metrics` and `/readyz` say of processes that share a store. */
import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import type { AppOptions } from "../../src/app.ts";
import { limits } from "../../src/core/limits.ts";
import type { Clock } from "../../src/core/ports.ts";
import { MemoryData } from "../../src/log/memory/data.ts";
import { openMemoryStore } from "../../src/log/memory/store.ts";
import type { Store } from "../../src/log/store.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { Trotline } from "../../src/sdk/client.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { anEvent, aServer, type TestServer } from "./a-server.ts";
import { noTerminal, onTerminal, trotline, trotlineEnded } from "./cli-run.ts";

const adminKey = "a-key-of-the-operator-of-all";

/** Starts servers on one store of four shards, whose clock goes on when it is told to. */
function aCluster(context: TestContext) {
  const system = systemClock();
  let aheadMs = 0;
  const clock: Clock = { ...system, steadyMs: () => system.steadyMs() + aheadMs, wallMs: () => system.wallMs() };
  const shared = new MemoryData({ clock, shards: 4 });
  const start = (options: Partial<AppOptions> = {}, change: (store: Store) => void = () => {}): Promise<TestServer> => {
    const store = openMemoryStore({ clock, shared });
    change(store);
    return aServer(context, { app: { adminKey, ...options, machine: { clock, store } } });
  };
  const advance = (timeMs: number): void => {
    aheadMs += timeMs;
  };
  return { start, advance, shared };
}

it("the processes of a store, their shards and how far they are", async (context) => {
  const { start, shared } = aCluster(context);
  const front = await start({ roles: ["api", "receive"], processName: "front" });
  const worker = await start({ roles: ["deliver"], processName: "worker" });
  await eventually("the worker runs all", () => worker.app.shards.values().length === 4);
  await front.ask("POST /v1/events", { body: anEvent() });
  const { status, body } = await front.ask("GET /v1/cluster");
  assert.equal(status, 200);
  assert.equal(body.answered_by, front.app.process.id);
  assert.equal(body.lease_ms, limits.shardLeaseMs);
  assert.equal(body.head_position, 1);
  const byName = Object.fromEntries(body.processes.map((process: { name: string }) => [process.name, process]));
  assert.deepEqual(Object.keys(byName).sort(), ["front", "worker"]);
  assert.equal(byName.worker.id, worker.app.process.id);
  assert.deepEqual([byName.worker.roles, byName.worker.shards], [["deliver"], 4]);
  const { shards, dispatched_position: position, lag_events: lag } = byName.front;
  assert.deepEqual([shards, position, lag], [0, null, 0]);
  assert.deepEqual(body.free, { shards: 0, dispatched_position: null, lag_events: 0 });
  await eventually("the worker has noted how far it is", async () => {
    const { processes, oldest_undispatched: oldest } = (await front.ask("GET /v1/cluster")).body;
    return oldest === null && processes.every((process: { lag_events: number }) => process.lag_events === 0);
  });
  // Nobody's, and behind.
  for (const kept of shared.shards) Object.assign(kept, { holder: null, dispatchedTo: 0 });
  const free = (await front.ask("GET /v1/cluster")).body;
  assert.deepEqual(free.free, { shards: 4, dispatched_position: 0, lag_events: 1 });
  assert.equal(free.oldest_undispatched.position, 1);
  assert.ok(free.oldest_undispatched.age_ms >= 0);
});

it("where one process owns the store it is the only one, without a lease", async (context) => {
  const { url, key } = await aServer(context, { app: { processName: "alone" } });
  const cluster = await new Trotline({ url, key }).cluster();
  assert.equal(cluster.lease_ms, null);
  assert.deepEqual(
    cluster.processes.map(({ name, roles, shards }) => [name, roles.length, shards]),
    [["alone", 3, 1]],
  );
});

it("each process has metrics of its own shards, and names itself", async (context) => {
  const { start, advance } = aCluster(context);
  const worker = await start({ processName: "worker" });
  await eventually("it runs all", () => worker.app.shards.values().every(({ state }) => state === "running"));
  const { text } = await worker.ask("GET /metrics");
  const { id } = worker.app.process;
  assert.ok(text.includes(`trotline_process_info{process="${id}",name="worker",roles="api,deliver,receive"} 1`));
  assert.match(text, /^trotline_shards_held 4$/m);
  assert.match(text, /^trotline_shards_lost_total 0$/m);
  assert.match(text, /^trotline_dispatch_lag_events 0$/m);
  assert.match(text, /^trotline_shard_rounds_total\{outcome="renewed"\} [1-9]/m);
  assert.match(text, /^trotline_shard_rounds_total\{outcome="failed"\} 0$/m);
  advance(limits.shardLeaseMs + 1);
  worker.app.shards.haveExpired();
  assert.match((await worker.ask("GET /metrics")).text, /^trotline_shards_lost_total 4$/m);
});

it("a process that delivers is not ready when it could not renew its leases for as long as they last", async (context) => {
  const { start, advance } = aCluster(context);
  let isAway = false;
  const breakable = (store: Store): void => {
    const round = store.shards.round.bind(store.shards);
    store.shards.round = async (ask) => {
      if (isAway) throw new Error("away");
      return round(ask);
    };
  };
  const worker = await start({ roles: ["deliver"] }, breakable);
  const front = await start({ roles: ["api"] }, breakable);
  assert.equal((await worker.ask("GET /readyz", { key: null })).status, 200);
  isAway = true;
  advance(limits.shardLeaseMs - 5000);
  assert.equal((await worker.ask("GET /readyz", { key: null })).status, 200);
  advance(6000);
  const refused = await worker.ask("GET /readyz", { key: null });
  assert.deepEqual([refused.status, refused.body.code], [503, "store-unavailable"]);
  assert.match(refused.body.detail, /delivers nothing: its leases could not be renewed for \d+ s/);
  assert.equal((await front.ask("GET /readyz", { key: null })).status, 200);
  isAway = false;
  await eventually(
    "it is ready again",
    async () => (await worker.ask("GET /readyz", { key: null })).status === 200,
    15_000,
  );
});

it("`trotline cluster` prints what the server says, once, or every second until it is stopped", async (context) => {
  const { start } = aCluster(context);
  const server = await start({ processName: "worker" });
  const { code, errors, lines } = await trotlineEnded(context, ["cluster"], { server });
  assert.deepEqual([code, errors], [0, ""]);
  assert.equal(lines()[0].processes[0].name, "worker");
  const watching = trotline(context, ["cluster", "--watch"], { server });
  await eventually("it asked twice", () => watching.lines().length >= 2, 10_000);
  watching.process.kill("SIGINT");
  assert.equal(await watching.ended, 130);
  const bound = await server.ask("POST /v1/keys", { body: { name: "x", scopes: ["admin"], tenant: "acme" } });
  const refused = await trotlineEnded(context, ["cluster"], { server: { url: server.url, key: bound.body.key } });
  assert.equal(refused.code, 1);
});

it("a terminal shows a table, and a sentence", { skip: noTerminal }, async (context) => {
  const { start } = aCluster(context);
  const server = await start({ processName: "worker" });
  const shown = onTerminal(context, ["cluster"], { server });
  assert.equal(await shown.ended, 0, shown.output());
  assert.match(shown.output(), /PROCESS .*SHARDS .*LAG.*worker +all .*offered to every endpoint/s);
});
