/** Ordered endpoints through restarts: what was held is held again, in its order, also where the order was changed. */
import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import type { App } from "../../src/app.ts";
import type { Endpoint } from "../../src/core/endpoint.ts";
import { openMemoryStore } from "../../src/log/memory/store.ts";
import type { Store } from "../../src/log/store.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { anApp, publish } from "./an-app.ts";

/** Closing an app leaves it open for the next. */
const aStore = (): Store => ({ ...openMemoryStore({ clock: systemClock() }), close: async () => {} });

interface Setting {
  readonly store: Store;
  readonly receiver: TestReceiver;
  readonly endpoint: Endpoint;
}

/** An endpoint that takes no `a1`, with `a1` to `a3` and `b1`, and the app is closed. */
async function stoppedWithHeld(context: TestContext, settings: Partial<Endpoint>): Promise<Setting> {
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  const store = aStore();
  const app = await anApp({ machine: { store } });
  receiver.answer(({ headers }) => (headers["webhook-id"] === "a1" ? 500 : 200));
  const retry = { delaysMs: [3_600_000] };
  const input = { tenant: "default", url: receiver.url, retry, ordering: "key" as const, ...settings };
  const endpoint = await app.registry.createEndpoint(input, 0);
  for (const id of ["a1", "a2", "b1", "a3"]) await publish(app, { id, type: "t", subject: id[0], data: 1 });
  await reaches(app, "a3", "held");
  await reaches(app, "b1", "delivered");
  await app.close();
  return { store, receiver, endpoint };
}

async function stateOf(app: App, id: string): Promise<string | undefined> {
  const event = await app.store.events.find("default", id);
  assert.ok(event !== null);
  return (await app.deliveries.ofEvent(event))[0]?.state;
}

const reaches = (app: App, id: string, state: string) =>
  eventually(`${id} is ${state}`, async () => (await stateOf(app, id)) === state);

const idsOf = (receiver: TestReceiver): unknown[] => receiver.requests.map(({ headers }) => headers["webhook-id"]);

it("what was held waits after the restart, and goes in its order when what was before it is taken", async (context) => {
  const { store, receiver, endpoint } = await stoppedWithHeld(context, {});
  const app = await anApp({ machine: { store } });
  context.after(() => app.close());
  const before = receiver.requests.length;
  await publish(app, { id: "a4", type: "t", subject: "a", data: 1 });
  await reaches(app, "a4", "held");
  assert.deepEqual(idsOf(receiver).slice(before), []);
  receiver.answer(200);
  const event = await app.store.events.find("default", "a1");
  assert.ok(event !== null);
  await app.deliveries.retry(app.registry.requireEndpoint(endpoint.id), event);
  await reaches(app, "a4", "delivered");
  assert.deepEqual(idsOf(receiver).slice(before), ["a1", "a2", "a3", "a4"]);
});

it("what was blocked is in the way after the restart, also where nothing of it is held", async (context) => {
  const { store, receiver } = await stoppedWithHeld(context, { onExhausted: "block", retry: { delaysMs: [] } });
  const app = await anApp({ machine: { store } });
  context.after(() => app.close());
  const before = receiver.requests.length;
  await publish(app, { id: "a4", type: "t", subject: "a", data: 1 });
  await reaches(app, "a4", "held");
  assert.equal(await stateOf(app, "a1"), "blocked");
  assert.deepEqual(idsOf(receiver).slice(before), []);
});

it("what was held goes when the order was taken away and the process died before it let go", async (context) => {
  const { store, endpoint } = await stoppedWithHeld(context, {});
  await store.registry.updateEndpoint({ ...endpoint, ordering: "none" });
  const app = await anApp({ machine: { store } });
  context.after(() => app.close());
  await reaches(app, "a3", "delivered");
  await reaches(app, "a2", "delivered");
  assert.equal(await stateOf(app, "a1"), "retrying");
});

it("what was parked is put into one line when the order became strict and the process died before", async (context) => {
  const { store, receiver, endpoint } = await stoppedWithHeld(context, {});
  await store.registry.updateEndpoint({ ...endpoint, ordering: "strict" });
  const app = await anApp({ machine: { store } });
  context.after(() => app.close());
  const before = receiver.requests.length;
  await publish(app, { id: "b2", type: "t", subject: "b", data: 1 });
  await eventually("it is put into line", async () => {
    const keys = await store.journal.standingKeys(endpoint.number, { after: Number.MIN_SAFE_INTEGER, limit: 10 });
    return keys.length === 1 && keys[0]?.rows === 3;
  });
  assert.equal(await stateOf(app, "b2"), "pending");
  assert.deepEqual(idsOf(receiver).slice(before), []);
});
