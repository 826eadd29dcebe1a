/** Retention where several processes share a store: each removes, and tells its own lanes of what left, whoever removed it. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { App, AppOptions } from "../../src/app.ts";
import type { Endpoint } from "../../src/core/endpoint.ts";
import type { Store } from "../../src/log/store.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { onMemory, onPostgres } from "./a-configured-cluster.ts";
import { anApp, publish } from "./an-app.ts";

interface Warned {
  readonly endpoint?: string;
  readonly lostEvents?: number;
  readonly cancelledDeliveries?: number;
}

interface Process {
  readonly app: App;
  readonly warnings: Warned[];
}

async function aProcess(context: TestContext, open: () => Promise<Store>, options: Partial<AppOptions> = {}) {
  const warnings: Warned[] = [];
  const quiet = { debug: () => {}, info: () => {}, error: () => {} };
  const logger = { ...quiet, warn: (facts: object) => warnings.push({ ...facts }) };
  // Nothing stays in memory: who is behind reads the store.
  const few = { shutdownGraceMs: 200, tailBytesMax: 1, retentionBytesMax: 2 };
  const machine = { store: await open() };
  const app = await anApp({ ...few, logger, machine, ...options } as Partial<AppOptions>);
  let closed: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closed ??= app.close();
    return closed;
  };
  context.after(close);
  return { app, warnings, close };
}

const runs = ({ app }: Process, { number }: Endpoint): boolean => app.shards.runs(number);
const ofEndpoint = ({ warnings }: Process, { id }: Endpoint): Warned[] =>
  warnings.filter(({ endpoint, lostEvents }) => endpoint === id && lostEvents !== undefined);
const one = { type: "a", data: 1 };

/** Events 1 to 6 of one byte; retention keeps the last two. */
async function publishMore({ app }: Process): Promise<void> {
  await publish(
    app,
    [2, 3, 4, 5, 6].map((data) => ({ type: "a", data })),
  );
}

/** Each has a parked delivery, of the first event, and is paused. */
async function pausedEndpoints(processes: readonly Process[], url: string, count: number): Promise<Endpoint[]> {
  const [first] = processes as [Process];
  const endpoints: Endpoint[] = [];
  for (let made = 0; made < count; made++) {
    endpoints.push(await first.app.registry.createEndpoint({ tenant: "default", url }, 0));
  }
  const holderOf = (endpoint: Endpoint): App | undefined => processes.find((p) => runs(p, endpoint))?.app;
  await eventually("all know of all, and each is somebody's", () =>
    endpoints.every(
      (endpoint) =>
        holderOf(endpoint) !== undefined &&
        processes.every(({ app }) => app.registry.endpointByNumber(endpoint.number) !== undefined),
    ),
  );
  await publish(first.app, one);
  await eventually("each is parked", () =>
    endpoints.every((endpoint) => holderOf(endpoint)?.deliveries.laneView(endpoint).parked === 1),
  );
  for (const { id } of endpoints) await first.app.registry.setStatus(id, "paused", null);
  await eventually("all know that they are paused", () =>
    processes.every(({ app }) => endpoints.every(({ id }) => app.registry.requireEndpoint(id).status === "paused")),
  );
  await Promise.all(processes.map(({ app }) => app.dispatcher.journal.flushed()));
  return endpoints;
}

for (const kind of [onMemory, onPostgres]) {
  describe(`retention by several processes, on ${kind.name}`, () => {
    it("each tells the lanes that it runs, and cancels what is parked for them, and nobody else's", async (context) => {
      const receiver = await startTestReceiver();
      context.after(() => receiver.close());
      receiver.answer(500);
      const open = await kind.share();
      const [first, second] = [await aProcess(context, open), await aProcess(context, open)];
      const processes = [first, second];
      await eventually("both hold shards", () => processes.every(({ app }) => app.shards.runningShards().length >= 4));
      const { count } = first.app.shards;
      await eventually("all shards run", () => {
        const held = processes.map(({ app }) => app.shards.runningShards().length);
        return held[0] === count / 2 && held[1] === count / 2;
      });
      const endpoints = await pausedEndpoints(processes, receiver.url, kind === onMemory ? 8 : 40);
      const [hers, his] = [endpoints.filter((e) => runs(first, e)), endpoints.filter((e) => runs(second, e))];
      assert.ok(hers.length > 0 && his.length > 0);
      await publishMore(first);
      await eventually("the other has heard of all", () => second.app.store.events.bounds().head >= 6);
      await first.app.retention.run();
      assert.equal(first.app.store.events.bounds().earliest, 5);
      for (const endpoint of hers) {
        const expected = { endpoint: endpoint.id, lostEvents: 3, cancelledDeliveries: 1 };
        assert.deepEqual(ofEndpoint(first, endpoint), [expected]);
      }
      for (const { number } of his) {
        const { parked } = await second.app.store.journal.delivery(number, 1);
        assert.ok(parked !== null, "removed by another than who runs it");
      }
      await second.app.retention.run();
      for (const endpoint of his) {
        const told = ofEndpoint(second, endpoint);
        const total = (member: "lostEvents" | "cancelledDeliveries") =>
          told.reduce((sum, facts) => sum + (facts[member] ?? 0), 0);
        assert.deepEqual([total("lostEvents"), total("cancelledDeliveries")], [3, 1], endpoint.id);
        assert.equal((await second.app.store.journal.delivery(endpoint.number, 1)).parked, null);
      }
      assert.ok(hers.every((endpoint) => ofEndpoint(second, endpoint).length === 0));
      await eventually("their lanes know", () => his.every((e) => second.app.deliveries.laneView(e).parked === 0));
    });

    it("a lane that reads on before its own process has looked is told what it lost", async (context) => {
      const receiver = await startTestReceiver();
      context.after(() => receiver.close());
      receiver.answer(500);
      const open = await kind.share();
      const holder = await aProcess(context, open);
      const other = await aProcess(context, open, { roles: ["api"] });
      const [endpoint] = (await pausedEndpoints([holder, other], receiver.url, 1)) as [Endpoint];
      await publishMore(other);
      // What has left before a process heard of it makes it open the store anew.
      await eventually("it has heard of all", () => holder.app.store.events.bounds().head >= 6);
      await other.app.retention.run();
      receiver.answer(200);
      const sentBefore = receiver.requests.length;
      await eventually("it was dispatched", () => holder.app.shards.dispatchedTo >= 6);
      await holder.app.registry.setStatus(endpoint.id, "enabled", null);
      await holder.app.dispatcher.resume(holder.app.registry.requireEndpoint(endpoint.id), "cursor");
      await eventually("the rest came", () => receiver.requests.length - sentBefore >= 2);
      assert.equal(
        ofEndpoint(holder, endpoint).reduce((sum, { lostEvents = 0 }) => sum + lostEvents, 0),
        3,
      );
    });

    it("what nobody ran meanwhile is told and cancelled by who runs it next", async (context) => {
      const receiver = await startTestReceiver();
      context.after(() => receiver.close());
      receiver.answer(500);
      const open = await kind.share();
      const other = await aProcess(context, open, { roles: ["api"] });
      const before = await aProcess(context, open);
      const [endpoint] = (await pausedEndpoints([before, other], receiver.url, 1)) as [Endpoint];
      await before.close();
      await publishMore(other);
      await other.app.retention.run();
      const { parked } = await other.app.store.journal.delivery(endpoint.number, 1);
      assert.ok(parked !== null, "removed by one that runs nothing");
      const next = await aProcess(context, open);
      await eventually("it runs there", () => runs(next, endpoint));
      assert.ok(
        next.warnings.some(({ endpoint: of, lostEvents }) => of === undefined && lostEvents === 3),
        JSON.stringify(next.warnings),
      );
      await next.app.retention.run();
      const told = ofEndpoint(next, endpoint);
      assert.equal(told.at(-1)?.cancelledDeliveries, 1, JSON.stringify(told));
      await eventually("its lane knows", () => next.app.deliveries.laneView(endpoint).parked === 0);
    });
  });
}
