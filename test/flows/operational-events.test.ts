/** What Trotline tells of itself: each kind by what really happens, in the shape that its page documents. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { it, type TestContext } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import type { AppOptions } from "../../src/app.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { HandClock } from "../conformance/store-kinds.ts";
import { anEvent, aServer, type TestServer } from "./a-server.ts";

interface Told {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  // biome-ignore lint/suspicious/noExplicitAny: its shape is checked by the documented schema
  readonly data: any;
}

const page = await readFile(new URL("../../docs/operational-events.md", import.meta.url), "utf8");
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
(formats as unknown as (ajv: Ajv2020) => void)(ajv);
const schemas = new Map(
  [...page.matchAll(/```json ([a-z_. ]+)\n([^`]*)```/g)].flatMap(([, types = "", schema = ""]) => {
    const check = ajv.compile(JSON.parse(schema));
    return types.split(" ").map((type) => [type, check] as const);
  }),
);

/** Every operational event, oldest first; each as it is documented. */
async function told({ ask }: TestServer): Promise<Told[]> {
  const { body } = await ask("GET /v1/events?tenant=_operations&limit=1000");
  for (const { type, data } of body.data) {
    const check = schemas.get(type);
    assert.ok(check !== undefined, `${type} is documented`);
    assert.ok(check(data), `${type}: ${JSON.stringify(data)} ${JSON.stringify(check.errors)}`);
  }
  return body.data;
}

const typesOf = (events: readonly Told[]): string[] => events.map(({ type }) => type);

interface Scene {
  readonly server: TestServer;
  readonly receiver: TestReceiver;
  /** Makes an endpoint at the receiver. */
  readonly endpoint: (members?: object) => Promise<string>;
  readonly publish: (count?: number) => Promise<void>;
}

async function aScene(context: TestContext, app: Partial<AppOptions> = {}): Promise<Scene> {
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  const server = await aServer(context, { app });
  const endpoint = async (members: object = {}): Promise<string> => {
    const answer = await server.ask("POST /v1/endpoints", {
      body: { url: receiver.url, retry_delays_ms: [], ...members },
    });
    assert.equal(answer.status, 201, answer.text);
    return answer.body.id;
  };
  const publish = async (count = 1): Promise<void> => {
    await server.ask("POST /v1/events", { body: Array.from({ length: count }, () => anEvent()) });
  };
  return { server, receiver, endpoint, publish };
}

it("documents every type with a schema", () => {
  const types = [...page.matchAll(/^\| `([a-z._]+)`/gm)].map((match) => match[1]);
  assert.equal(types.length, 6);
  assert.deepEqual([...schemas.keys()].sort(), types.sort());
});

it("a delivery that used up its retries is told, with its event, its attempts and the last error", async (context) => {
  const { server, receiver, endpoint, publish } = await aScene(context);
  receiver.answer(503);
  const id = await endpoint({ retry_delays_ms: [10] });
  await publish();
  const [event] = await eventually("told", async () => {
    const events = await told(server);
    return events.length > 0 && events;
  });
  const { body: published } = await server.ask("GET /v1/events");
  assert.deepEqual([event?.type, event?.subject], ["delivery.exhausted", id]);
  assert.deepEqual(event?.data, {
    endpoint_id: id,
    tenant: "default",
    url: receiver.url,
    event_id: published.data[0].id,
    event_type: "order.paid",
    reason: "retries_used_up",
    attempts: 2,
    last_attempt: { status: 503, error_class: "http_status", error_detail: event?.data.last_attempt.error_detail },
  });
});

it("a delivery whose event was too old when its turn came is told, without an attempt", async (context) => {
  const clock = new HandClock();
  const { server, receiver, publish } = await aScene(context, { machine: { clock } });
  const { registry, dispatcher } = server.app;
  const settings = { tenant: "default", url: receiver.url, retryMaxAgeMs: 60_000 };
  const endpoint = await registry.createEndpoint(settings, 0);
  await registry.setStatus(endpoint.id, "paused", null);
  await publish();
  clock.nowMs += 60_001;
  await dispatcher.resume(registry.requireEndpoint(endpoint.id), "cursor");
  const [event] = await eventually("told", async () => {
    const events = await told(server);
    return events.length > 0 && events;
  });
  const { reason, attempts, last_attempt: last } = event?.data ?? {};
  assert.deepEqual([event?.type, reason, attempts, last], ["delivery.exhausted", "too_old", 0, null]);
  assert.equal(receiver.requests.length, 0);
});

it("a delivery that is given up again, after a replay, is told again", async (context) => {
  const { server, receiver, endpoint, publish } = await aScene(context);
  receiver.answer(500);
  const id = await endpoint();
  await publish();
  await eventually("told", async () => (await told(server)).length === 1);
  await server.ask(`POST /v1/endpoints/${id}/replay`, { body: { from: "earliest" } });
  await eventually("told again", async () => (await told(server)).length === 2);
  const { body } = await server.ask("GET /v1/events");
  await server.ask(`POST /v1/endpoints/${id}/deliveries/${body.data[0].id}/retry`);
  await server.app.dispatcher.journal.flushed();
  assert.equal((await told(server)).length, 2, "a person's attempt that fails gives nothing up");
});

it("an outage is told once when it begins and once when it ends", async (context) => {
  const { server, receiver, endpoint, publish } = await aScene(context);
  receiver.answer(500);
  const id = await endpoint({ retry_delays_ms: [60_000] });
  await publish(30);
  await eventually("failing", async () => typesOf(await told(server)).includes("endpoint.failing"));
  receiver.answer(200);
  const { body } = await server.ask("GET /v1/events?limit=1");
  const retried = await server.ask(`POST /v1/endpoints/${id}/deliveries/${body.data[0].id}/retry`);
  assert.equal(retried.body.delivered, true);
  await eventually("recovered", async () => (await told(server)).length === 2);
  const again = await server.ask(`POST /v1/endpoints/${id}/deliveries/${body.data[0].id}/retry`);
  assert.equal(again.body.delivered, true);
  const events = await told(server);
  assert.deepEqual(typesOf(events), ["endpoint.failing", "endpoint.recovered"]);
  assert.deepEqual(events[0]?.data, events[1]?.data, "both say since when");
  assert.equal(events[0]?.subject, id);
});

it("a person who resumes a failing endpoint ends no outage: it is not told to fail again, and recovers once", async (context) => {
  const { server, receiver, endpoint, publish } = await aScene(context);
  receiver.answer(500);
  const id = await endpoint({ retry_delays_ms: [60_000] });
  await publish(15);
  await eventually("failing", async () => (await told(server)).length === 1);
  await server.ask(`POST /v1/endpoints/${id}/pause`);
  const before = receiver.requests.length;
  await server.ask(`POST /v1/endpoints/${id}/resume`);
  await publish(15);
  await eventually("open again", async () => {
    const { health } = (await server.ask(`GET /v1/endpoints/${id}`)).body;
    return health.state === "open" && receiver.requests.length >= before + 10;
  });
  assert.deepEqual(typesOf(await told(server)), ["endpoint.failing"]);
  receiver.answer(200);
  await server.ask(`POST /v1/endpoints/${id}/resume`);
  await publish();
  await eventually("recovered", async () => (await told(server)).length === 2);
  assert.deepEqual(typesOf(await told(server)), ["endpoint.failing", "endpoint.recovered"]);
});

it("they are delivered to a webhook, signed like any other, and one that fails makes no more of them", async (context) => {
  const { server, receiver, endpoint, publish } = await aScene(context);
  const news = await startTestReceiver();
  context.after(() => news.close());
  await endpoint({ url: news.url, tenant: "_operations" });
  await endpoint({ url: `${receiver.url}/broken`, tenant: "_operations" });
  receiver.answer(500);
  await endpoint({ url: `${receiver.url}/customers` });
  await publish(30);
  await eventually("every delivery to the broken one was given up", async () => {
    const { requests } = receiver;
    return requests.filter(({ path }) => path === "/broken").length >= 10;
  });
  await server.app.dispatcher.journal.flushed();
  const events = await told(server);
  assert.ok(events.length >= 11, `${events.length}`);
  for (const { data } of events) assert.equal(data.tenant, "default", "nothing is told of those that are told");
  await eventually("delivered", () => news.requests.length >= events.length);
  const [first] = news.requests;
  assert.ok(first?.headers["webhook-signature"]);
  assert.equal(JSON.parse(first?.body.toString() ?? "").type, "delivery.exhausted");
});

it("an endpoint that is gone is told to be disabled, once", async (context) => {
  const { server, receiver, endpoint, publish } = await aScene(context);
  receiver.answer(410);
  const id = await endpoint();
  await publish(5);
  await eventually("told", async () => (await told(server)).length > 0);
  const events = await told(server);
  assert.deepEqual(typesOf(events), ["endpoint.disabled"]);
  assert.deepEqual([events[0]?.subject, events[0]?.data.reason], [id, "gone"]);
});

const days = 86_400_000;

it("a consumer is told to be at risk, and to be invalidated, once for each time that it comes there", async (context) => {
  const clock = new HandClock();
  const options = { machine: { clock }, retentionAgeMs: 10 * days, tailBytesMax: 1 };
  const { server, publish } = await aScene(context, options);
  const { app, ask } = server;
  const look = async (): Promise<string[]> => {
    clock.nowMs += 1001; // The log's old end is read once a second.
    await app.consumerWatch.look();
    await app.consumerWatch.look();
    return typesOf(await told(server));
  };
  await ask("PUT /v1/consumers/billing", { body: { from: "earliest" } });
  await publish(2);
  assert.deepEqual(await look(), []);
  clock.nowMs += 8 * days + 1;
  assert.deepEqual(await look(), ["consumer.at_risk"]);
  await ask("POST /v1/consumers/billing/seek", { body: { to: "latest" } });
  assert.deepEqual(await look(), ["consumer.at_risk"]);
  await ask("POST /v1/consumers/billing/seek", { body: { to: "earliest" } });
  assert.deepEqual(await look(), ["consumer.at_risk", "consumer.at_risk"]);
  clock.nowMs += 2 * days;
  await publish();
  await app.retention.run();
  const types = await look();
  assert.equal(types.at(-1), "consumer.invalidated");
  const last = (await told(server)).at(-1);
  assert.deepEqual([last?.subject, last?.data.tenant], ["billing", "default"]);
  assert.deepEqual(await look(), types, "not again");
});
