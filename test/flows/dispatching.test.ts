/** What dispatching must not lose, repeat or wait for while the store is slow or refuses. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { AttemptResult } from "../../src/core/attempt.ts";
import type { Sender } from "../../src/core/ports.ts";
import { openMemoryStore } from "../../src/log/memory/store.ts";
import type { Store } from "../../src/log/store.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { loadAll } from "../conformance/builders.ts";
import { anApp, publish } from "./an-app.ts";

const answered = (status: number): AttemptResult => ({
  status,
  errorClass: status < 300 ? null : "http_status",
  errorDetail: null,
  durationMs: 1,
  retryAfterMs: null,
  responseBody: new Uint8Array(),
  responseTruncated: false,
});

const aSender = (send: (url: string, body: string) => Promise<AttemptResult> | AttemptResult): Sender => ({
  send: async ({ url, body }) => send(url, Buffer.from(body).toString()),
  abortAll: () => {},
  close: async () => {},
});

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Its methods can be replaced, and closing an app leaves it open for the next. */
function aStore(): Store {
  return { ...openMemoryStore({ clock: systemClock() }), close: async () => {} };
}

it("an event appended while dispatching catches up at the start hides none of those before it", async () => {
  const store = aStore();
  const before = await anApp({ machine: { store, sender: aSender(() => answered(200)) } });
  const url = (name: string) => `http://127.0.0.1:9/${name}`;
  await before.registry.createEndpoint({ tenant: "default", url: url("well"), types: ["b"] }, 0);
  await eventually("it is up to date", async () => (await loadAll(store)).lanes.length === 0);
  await before.close();
  const events = Array.from({ length: 1501 }, (_, index) => ({
    ...{
      id: `e${index}`,
      tenant: "default",
      type: index < 1000 ? "c" : "b",
      subject: null,
      version: null,
      request: null,
    },
    ...{ occurredAtMs: 0, occurredAtWasGiven: true, data: Buffer.from("1") },
  }));
  const append = (of: typeof events) => store.events.append({ events: of, atomic: true, idempotency: null });
  await append(events.slice(0, 1500));

  const read = store.events.read.bind(store.events);
  store.events.read = async (query) => {
    const page = await read(query);
    if (query.after >= 1000) await append(events.slice(1500));
    return page;
  };
  const delivered: string[] = [];
  const sender = aSender((_to, body) => {
    delivered.push(JSON.parse(body).id);
    return answered(200);
  });
  const app = await anApp({ machine: { store, sender } });
  await eventually("all are delivered", () => delivered.length === 501, 3000).finally(() => app.close());
  assert.equal(new Set(delivered).size, 501);
});

it("a question about an event is refused, not left waiting, while the journal cannot be written", async () => {
  const store = aStore();
  const app = await anApp({ shutdownGraceMs: 10, machine: { store, sender: aSender(() => answered(200)) } });
  await app.registry.createEndpoint({ tenant: "default", url: "http://127.0.0.1:9/" }, 0);
  const commit = store.journal.commit.bind(store.journal);
  store.journal.commit = async () => Promise.reject(new Error("full"));
  const { items } = await publish(app, { type: "a", data: 1 });
  const event = await store.events.find("default", items[0]?.id ?? "");
  assert.ok(event);
  const asked = app.deliveries.ofEvent(event).catch((error: Error) => error);
  assert.ok((await Promise.race([asked, pause(2000)])) instanceof Error);
  store.journal.commit = commit;
  await eventually("it recovers", async () => {
    const views = await app.deliveries.ofEvent(event).catch(() => []);
    return views[0]?.state === "delivered";
  });
  await app.close();
});

it("an endpoint that answers 410 while a person resumes it is disabled, not left enabled and silent", async () => {
  const store = aStore();
  const answers: ((result: AttemptResult) => void)[] = [];
  const sender = aSender(() => new Promise((resolve) => answers.push(resolve)));
  const app = await anApp({ shutdownGraceMs: 10, machine: { store, sender } });
  const endpoint = await app.registry.createEndpoint({ tenant: "default", url: "http://127.0.0.1:9/" }, 0);
  await publish(app, { type: "a", data: 1 });
  await eventually("sent", () => answers.length === 1);
  const paused = await app.registry.setStatus(endpoint.id, "paused", null);
  const resumed = app.dispatcher.resume(paused, "cursor");
  answers[0]?.(answered(410));
  await resumed;
  await eventually("sent again", () => answers.length === 2, 3000).finally(() => answers[1]?.(answered(410)));
  await eventually("disabled", () => app.registry.endpoint(endpoint.id)?.status === "disabled");
  await app.close();
});

it("an attempt by hand settles a delivery once in the metrics, however often it is made", async () => {
  const store = aStore();
  let status = 500;
  const app = await anApp({ machine: { store, sender: aSender(() => answered(status)) } });
  const retry = { delaysMs: [] };
  const endpoint = await app.registry.createEndpoint({ tenant: "default", url: "http://127.0.0.1:9/", retry }, 0);
  const { items } = await publish(app, { type: "a", data: 1 });
  const event = await store.events.find("default", items[0]?.id ?? "");
  assert.ok(event);
  const settled = async (outcome: string) =>
    Number(new RegExp(`deliveries_total\\{outcome="${outcome}"\\} (\\d+)`).exec(await app.metrics.text())?.[1]);
  await eventually("exhausted", async () => (await settled("exhausted")) === 1);
  await app.deliveries.retry(endpoint, event);
  assert.equal(await settled("exhausted"), 1);
  status = 200;
  await app.deliveries.retry(endpoint, event);
  await app.deliveries.retry(endpoint, event);
  assert.equal(await settled("delivered"), 1);
  await app.close();
});
