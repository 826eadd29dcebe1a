/** A test of an endpoint: sent as a delivery is, and of no consequence. */
import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import { Webhook } from "standardwebhooks";
import { limits } from "../../src/core/limits.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { aMovedClock } from "./a-moved-clock.ts";
import { aServer } from "./a-server.ts";

async function aReceiver(context: TestContext): Promise<TestReceiver> {
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  return receiver;
}

it("a test is a signed delivery of an example, and answers what came of it", async (context) => {
  const { ask } = await aServer(context);
  const receiver = await aReceiver(context);
  receiver.answer({ write: (response) => response.writeHead(201).end("welcome") });
  const headers = { "x-own": "1" };
  const made = (await ask("POST /v1/endpoints", { body: { url: receiver.url, headers } })).body;
  const { status, body, text } = await ask(`POST /v1/endpoints/${made.id}/test`, { body: { type: "order.paid" } });
  assert.equal(status, 200, text);
  const { event_id: eventId, duration_ms: durationMs, request: shown, ...rest } = body;
  assert.match(eventId, /^evt_/);
  assert.equal(typeof durationMs, "number");
  assert.deepEqual(rest, {
    event_type: "order.paid",
    delivered: true,
    status: 201,
    error_class: null,
    error_detail: null,
    response_body: "welcome",
    response_truncated: false,
  });
  const [request] = receiver.requests;
  assert.equal(request?.headers["x-own"], "1");
  const webhook = new Webhook(made.secrets[0]);
  const event = webhook.verify(request?.body ?? "", request?.headers as Record<string, string>) as Record<
    string,
    unknown
  >;
  assert.deepEqual([event.id, event.type, event.data], [eventId, "order.paid", { test: true }]);
  assert.deepEqual([shown.method, shown.body], ["POST", request?.body.toString()]);
  assert.deepEqual([shown.headers["x-own"], shown.headers["webhook-signature"]], ["1", "…"]);
  assert.ok(!text.includes(made.secrets[0]));
});

it("a test without a type says that it is one, and no two tests are the same event", async (context) => {
  const { ask } = await aServer(context);
  const receiver = await aReceiver(context);
  const { id } = (await ask("POST /v1/endpoints", { body: { url: receiver.url } })).body;
  for (let i = 0; i < 3; i++) {
    const { body } = await ask(`POST /v1/endpoints/${id}/test`);
    assert.equal(body.event_type, "trotline.test");
    const sent = JSON.parse(receiver.requests[i]?.body.toString() ?? "");
    assert.deepEqual([sent.id, sent.type], [body.event_id, "trotline.test"]);
  }
});

it("a test of a type in the catalogue carries its example, of the version that the endpoint wants", async (context) => {
  const { ask } = await aServer(context);
  const receiver = await aReceiver(context);
  const versions = [
    { version: "1", example: { total: "1.00" } },
    { version: "2", example: { total_cents: 100 } },
    { version: "3" },
  ];
  const put = await ask("PUT /v1/event-types/order.paid", { body: { versions } });
  assert.ok(put.status < 300, put.text);
  const sentTo = async (members: object) => {
    const made = await ask("POST /v1/endpoints", { body: { url: receiver.url, ...members } });
    assert.equal(made.status, 201, made.text);
    const { body } = await ask(`POST /v1/endpoints/${made.body.id}/test`, { body: { type: "order.paid" } });
    assert.equal(body.delivered, true, body.error_detail);
    const { version, data } = JSON.parse(receiver.requests.at(-1)?.body.toString() ?? "");
    return { version, data };
  };
  assert.deepEqual(await sentTo({}), { version: "2", data: { total_cents: 100 } });
  const pinned = { versions: { "order.paid": "1" } };
  assert.deepEqual(await sentTo(pinned), { version: "1", data: { total: "1.00" } });
});

it("a test fails as a delivery does, and changes neither cursor, health, statistics nor log", async (context) => {
  const { ask, app } = await aServer(context);
  const receiver = await aReceiver(context);
  receiver.answer(410);
  const { id } = (await ask("POST /v1/endpoints", { body: { url: receiver.url, disable_after_ms: 60_000 } })).body;
  const before = (await ask(`GET /v1/endpoints/${id}`)).body;
  for (let i = 0; i < limits.testsPerMinute; i++) {
    const { body } = await ask(`POST /v1/endpoints/${id}/test`);
    assert.deepEqual([body.delivered, body.status, body.error_class], [false, 410, "http_status"]);
  }
  assert.deepEqual((await ask(`GET /v1/endpoints/${id}`)).body, before);
  assert.deepEqual((await ask("GET /v1/attempts")).body.data, []);
  assert.deepEqual((await ask("GET /v1/events")).body.data, []);
  assert.equal(app.store.events.bounds().head, 0);
});

it("a paused endpoint is tested, too, and stays paused", async (context) => {
  const { ask } = await aServer(context);
  const receiver = await aReceiver(context);
  const { id } = (await ask("POST /v1/endpoints", { body: { url: receiver.url } })).body;
  await ask(`POST /v1/endpoints/${id}/pause`);
  assert.equal((await ask(`POST /v1/endpoints/${id}/test`)).body.delivered, true);
  assert.equal((await ask(`GET /v1/endpoints/${id}`)).body.status, "paused");
});

it("a test of an endpoint that takes batches waits for no other event", async (context) => {
  const { ask } = await aServer(context);
  const receiver = await aReceiver(context);
  const batch = { max_events: 10, max_wait_ms: limits.batchWaitMsMax };
  const made = await ask("POST /v1/endpoints", { body: { url: receiver.url, batch } });
  assert.equal(made.status, 201, made.text);
  const { body } = await ask(`POST /v1/endpoints/${made.body.id}/test`);
  assert.equal(body.delivered, true);
  assert.ok(body.duration_ms < limits.batchWaitMsMax);
  assert.equal(JSON.parse(receiver.requests[0]?.body.toString() ?? "").length, 1);
});

it("more tests of one endpoint than may be in a minute are too-many-checks, and others are not held up", async (context) => {
  const { clock, forward } = aMovedClock();
  const { ask } = await aServer(context, { app: { machine: { clock } } });
  const receiver = await aReceiver(context);
  const [first, second] = await Promise.all(
    [1, 2].map(async () => (await ask("POST /v1/endpoints", { body: { url: receiver.url } })).body.id),
  );
  for (let i = 0; i < limits.testsPerMinute; i++) await ask(`POST /v1/endpoints/${first}/test`);
  const refused = await ask(`POST /v1/endpoints/${first}/test`);
  assert.deepEqual([refused.status, refused.body.code], [429, "too-many-checks"]);
  assert.ok(Number(refused.headers.get("retry-after")) >= 1);
  assert.equal((await ask(`POST /v1/endpoints/${second}/test`)).status, 200);
  forward(60_000);
  assert.equal((await ask(`POST /v1/endpoints/${first}/test`)).status, 200);
});

it("a tenant whose receivers never answer its tests is too-many-checks, and holds up no other tenant's", async (context) => {
  const { ask } = await aServer(context);
  const [receiver, quick] = [await aReceiver(context), await aReceiver(context)];
  const waiting: (() => void)[] = [];
  receiver.answer({ write: (response) => waiting.push(() => response.end()) });
  const make = async (tenant: string, { url }: TestReceiver): Promise<string> =>
    (await ask("POST /v1/endpoints", { body: { tenant, url } })).body.id;
  const [id, other] = [await make("acme", receiver), await make("globex", quick)];
  const running = Array.from({ length: limits.receiverChecksPerTenant }, () => ask(`POST /v1/endpoints/${id}/test`));
  await eventually("all are under way", () => waiting.length === running.length, 5000);
  const refused = await ask(`POST /v1/endpoints/${id}/test`);
  assert.deepEqual([refused.status, refused.body.code], [429, "too-many-checks"]);
  assert.equal((await ask(`POST /v1/endpoints/${other}/test`)).body.delivered, true);
  receiver.answer(200);
  for (const end of waiting) end();
  await Promise.all(running);
  assert.equal((await ask(`POST /v1/endpoints/${id}/test`)).body.delivered, true);
});

it("what cannot be tested is refused: no such endpoint, no type of events", async (context) => {
  const { ask } = await aServer(context);
  assert.equal((await ask("POST /v1/endpoints/ep_none/test")).body.code, "endpoint-not-found");
  const { id } = (await ask("POST /v1/endpoints", { body: { url: "https://example.com" } })).body;
  const refused = await ask(`POST /v1/endpoints/${id}/test`, { body: { type: "a..b" } });
  assert.deepEqual([refused.body.code, refused.body.field], ["invalid-body", "/type"]);
});
