/** Several processes on one store: who runs what, and what is refused where it is not run. */
import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import type { App, AppOptions } from "../../src/app.ts";
import type { AttemptResult } from "../../src/core/attempt.ts";
import type { Sender } from "../../src/core/ports.ts";
import { MemoryData } from "../../src/log/memory/data.ts";
import { openMemoryStore } from "../../src/log/memory/store.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { withCode } from "../conformance/builders.ts";
import { anApp, publish } from "./an-app.ts";

const taken: AttemptResult = {
  ...{ status: 200, errorClass: null, errorDetail: null, durationMs: 1 },
  ...{ responseBody: new Uint8Array(), responseTruncated: false, retryAfterMs: null },
};
const endpoints = 8;

/** Starts apps on one store of four shards, on which there are endpoints, two in each. */
async function aCluster(context: TestContext) {
  const clock = systemClock();
  const shared = new MemoryData({ clock, shards: 4 });
  const sent: string[] = [];
  let isHeld = false;
  const held: (() => void)[] = [];
  const sender: Sender = {
    send: async ({ url, body }) => {
      sent.push(`${url.slice(-1)} ${JSON.parse(Buffer.from(body).toString()).id}`);
      if (isHeld) await new Promise<void>((resolve) => held.push(resolve));
      return taken;
    },
    abortAll: () => {},
    close: async () => {},
  };
  const start = async (options: Partial<AppOptions> = {}): Promise<App> => {
    const store = openMemoryStore({ clock, shared });
    const app = await anApp({ shutdownGraceMs: 500, ...options, machine: { clock, store, sender } });
    context.after(() => app.close());
    return app;
  };
  const first = await start({ roles: ["api"] });
  for (let number = 1; number <= endpoints; number++) {
    await first.registry.createEndpoint({ tenant: "default", url: `http://127.0.0.1:9/${number}` }, 0);
  }
  const hold = (): void => {
    isHeld = true;
  };
  const release = (): void => {
    isHeld = false;
    for (const resolve of held.splice(0)) resolve();
  };
  return { start, sent, held, hold, release, api: first, shared };
}

const running = (app: App): number[] =>
  app.shards
    .values()
    .filter(({ state }) => state === "running")
    .map(({ shard }) => shard);

it("processes share the endpoints, each event goes once, and who leaves hands over at once", async (context) => {
  const { start, sent, api } = await aCluster(context);
  const one = await start();
  await eventually("one runs all", () => running(one).length === 4);
  const other = await start();
  await eventually("they share", () => running(one).length === 2 && running(other).length === 2, 15_000);
  assert.deepEqual(running(api), []);
  await publish(api, { id: "a", type: "x", data: 1 });
  await eventually("all were sent", () => sent.length === endpoints);
  await one.close();
  await eventually("the other runs all", () => running(other).length === 4, 8000);
  await publish(api, { id: "b", type: "x", data: 1 });
  await eventually("all were sent", () => sent.length === 2 * endpoints);
  assert.equal(new Set(sent).size, sent.length);
});

it("what a person asks of a lane is refused where another process runs it: shard-elsewhere", async (context) => {
  const { start, api } = await aCluster(context);
  const one = await start();
  await eventually("it runs", () => running(one).length === 4);
  const { items } = await publish(api, { type: "x", data: 1 });
  const event = await api.store.events.find("default", items[0]?.id ?? "");
  const endpoint = api.registry.endpointByNumber(1);
  assert.ok(event && endpoint);
  const refused = withCode("shard-elsewhere");
  await assert.rejects(api.dispatcher.seek(endpoint, 0), refused);
  await assert.rejects(api.dispatcher.resume(endpoint, "cursor"), refused);
  await assert.rejects(api.deliveries.retry(endpoint, event), refused);
  await assert.rejects(api.deliveries.skip(endpoint, event), refused);
  const range = { first: 1, last: 1, isDryRun: false };
  await assert.rejects(api.recoveries.ofEndpoint(endpoint, range), refused);
  const recovery = await one.recoveries.ofEndpoint(endpoint, range);
  assert.equal(recovery.endpointId, endpoint.id);
});

it("an attempt by hand whose endpoint is taken over meanwhile is answered with shards-lost", async (context) => {
  const { start, sent, held, hold, release, shared } = await aCluster(context);
  const one = await start();
  await eventually("it runs", () => running(one).length === 4);
  const { items } = await publish(one, { type: "x", data: 1 });
  await eventually("all were sent", () => sent.length === endpoints);
  const event = await one.store.events.find("default", items[0]?.id ?? "");
  const endpoint = one.registry.endpointByNumber(1);
  assert.ok(event && endpoint);
  hold();
  const asked = assert.rejects(one.deliveries.retry(endpoint, event), withCode("shards-lost"));
  await eventually("it is under way", () => held.length === 1);
  const joined = assert.rejects(one.deliveries.retry(endpoint, event), withCode("shards-lost"));
  // It asks the store first, and then waits for the one that is under way.
  for (let turn = 0; turn < 3; turn++) await one.dispatcher.journal.flushed();
  for (const kept of shared.shards) kept.fence += 1;
  await publish(one, { type: "x", data: 2 });
  await eventually("it has noticed", () => running(one).length === 0);
  release();
  await Promise.all([asked, joined]);
  await eventually("it runs again", () => running(one).length === 4, 8000);
  assert.equal((await one.deliveries.retry(endpoint, event)).trigger, "manual");
});
