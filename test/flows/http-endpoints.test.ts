/** Endpoints over HTTP: made, seen, changed, stopped, started, deleted; and the attempts at them. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { cursorAt } from "../../src/core/epochs.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { anEvent, aServer, type TestServer } from "./a-server.ts";

const nowhere = "http://127.0.0.1:9/hook";
const anEndpoint = (members: object = {}) => ({ url: nowhere, ...members });
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

it("an endpoint with nothing but a URL takes every default, and shows its secret once", async (context) => {
  const { ask } = await aServer(context);
  const made = await ask("POST /v1/endpoints", { body: anEndpoint() });
  assert.equal(made.status, 201);
  const { secrets, ...endpoint } = made.body;
  assert.equal(secrets.length, 1);
  assert.match(secrets[0], /^whsec_/);
  assert.match(endpoint.id, /^ep_/);
  assert.match(endpoint.created_at, rfc3339);
  assert.equal(made.headers.get("location"), `/v1/endpoints/${endpoint.id}`);
  assert.deepEqual(
    { tenant: endpoint.tenant, types: endpoint.types, headers: endpoint.headers, status: endpoint.status },
    { tenant: "default", types: [], headers: {}, status: "enabled" },
  );
  assert.deepEqual((await ask(`GET /v1/endpoints/${endpoint.id}`)).body, endpoint);
  assert.deepEqual((await ask(`GET /v1/endpoints/${endpoint.id}/secrets`)).body, { secrets, retiring: [] });
  const listed = (await ask("GET /v1/endpoints")).body;
  assert.deepEqual(listed, { data: [endpoint], next_cursor: null, has_more: false });
});

it("what a person sets is what is shown, and PATCH changes only what it names", async (context) => {
  const { ask } = await aServer(context);
  const settings = {
    url: "http://127.0.0.1:9/a?b=c",
    description: "for tests",
    types: ["order.*", "a.b"],
    headers: { "x-one": "1" },
    timeout_ms: 2000,
    retry_delays_ms: [1000, 2000],
    max_in_flight: 3,
    disable_after_ms: null,
  };
  const { body: made } = await ask("POST /v1/endpoints", { body: { ...settings, tenant: "acme" } });
  for (const [name, value] of Object.entries(settings)) assert.deepEqual(made[name], value, name);
  const change = { headers: { "x-two": "2" }, types: [], disable_after_ms: 3_600_000 };
  const { body: changed } = await ask(`PATCH /v1/endpoints/${made.id}`, { body: change });
  for (const [name, value] of Object.entries({ ...settings, ...change })) assert.deepEqual(changed[name], value, name);
  assert.equal(changed.tenant, "acme");
  for (const fixed of ["tenant", "start_at", "id", "status"]) {
    const refused = await ask(`PATCH /v1/endpoints/${made.id}`, { body: { [fixed]: "x" } });
    assert.deepEqual([refused.status, refused.body.code, refused.body.field], [400, "unknown-field", `/${fixed}`]);
  }
});

it("a deleted endpoint is gone", async (context) => {
  const { ask } = await aServer(context);
  const { id } = (await ask("POST /v1/endpoints", { body: anEndpoint() })).body;
  const deleted = await ask(`DELETE /v1/endpoints/${id}`);
  assert.deepEqual([deleted.status, deleted.text], [204, ""]);
  for (const route of ["GET", "DELETE"]) {
    assert.equal((await ask(`${route} /v1/endpoints/${id}`)).body.code, "endpoint-not-found");
  }
});

it("lists come in pages, by tenant, each item once", async (context) => {
  const { ask } = await aServer(context);
  const ids: string[] = [];
  for (let i = 0; i < 7; i++) {
    ids.push((await ask("POST /v1/endpoints", { body: anEndpoint({ tenant: i < 5 ? "a" : "b" }) })).body.id);
  }
  const seen: string[] = [];
  let after = "";
  for (;;) {
    const { body } = await ask(`GET /v1/endpoints?tenant=a&limit=2${after}`);
    assert.ok(body.data.length <= 2);
    seen.push(...body.data.map((endpoint: { id: string }) => endpoint.id));
    assert.equal(body.has_more, body.next_cursor !== null);
    if (!body.has_more) break;
    after = `&after=${body.next_cursor}`;
  }
  assert.deepEqual(seen.sort(), ids.slice(0, 5).sort());
});

async function publishThree({ ask }: TestServer): Promise<{ id: string; cursor: string }[]> {
  const { body } = await ask("POST /v1/events", { body: ["e1", "e2", "e3"].map((id) => anEvent({ id })) });
  return body.data;
}

it("start_at names where a new endpoint begins, in each of its forms", async (context) => {
  const server = await aServer(context);
  const before = new Date(Date.now() - 3_600_000).toISOString();
  const [, second, third] = await publishThree(server);
  const { epochs } = server.app.store.events.bounds();
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  const cases: [startAt: string | undefined, sent: number][] = [
    [undefined, 0],
    ["latest", 0],
    ["earliest", 3],
    [cursorAt(epochs, 0), 3],
    [second?.cursor ?? "", 1],
    ["e1", 2],
    [third?.id ?? "", 0],
    [`time:${before}`, 3],
    [`time:${new Date(Date.now() + 3_600_000).toISOString()}`, 0],
  ];
  for (const [startAt, sent] of cases) {
    const marker = `${startAt}-${sent}`;
    const body = anEndpoint({ url: receiver.url, start_at: startAt, headers: { "x-case": marker } });
    const made = await server.ask("POST /v1/endpoints", { body });
    assert.equal(made.status, 201, made.text);
    const got = () => receiver.requests.filter((request) => request.headers["x-case"] === marker).length;
    await eventually(`${marker} is up to date`, async () => {
      const { body: now } = await server.ask(`GET /v1/endpoints/${made.body.id}`);
      return now.lag === 0 && now.in_flight === 0;
    });
    assert.equal(got(), sent, String(startAt));
  }
});

it("a paused endpoint is sent nothing, and goes on from where it was or from latest, as asked", async (context) => {
  const server = await aServer(context);
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  const { id } = (await server.ask("POST /v1/endpoints", { body: { url: receiver.url } })).body;
  const publish = (eventId: string) => server.ask("POST /v1/events", { body: anEvent({ id: eventId }) });
  const sentIds = () => receiver.requests.map((request) => request.headers["webhook-id"]);

  assert.equal((await server.ask(`POST /v1/endpoints/${id}/pause`)).body.status, "paused");
  await publish("while-paused");
  const resumed = await server.ask(`POST /v1/endpoints/${id}/resume`);
  assert.deepEqual([resumed.status, resumed.body.status], [200, "enabled"]);
  await eventually("the event of the pause arrives", () => sentIds().includes("while-paused"));

  await server.ask(`POST /v1/endpoints/${id}/pause`, { body: {} });
  await publish("skipped");
  await server.ask(`POST /v1/endpoints/${id}/resume`, { body: { from: "latest" } });
  await publish("after");
  await eventually("the event after the pause arrives", () => sentIds().includes("after"));
  assert.ok(!sentIds().includes("skipped"));
});

it("a delivery is sent again by hand, and its attempts are listed newest first with every filter", async (context) => {
  const server = await aServer(context);
  const receiver = await startTestReceiver();
  receiver.answer(503);
  context.after(() => receiver.close());
  const { id } = (await server.ask("POST /v1/endpoints", { body: { url: receiver.url } })).body;
  await server.ask("POST /v1/events", { body: anEvent({ id: "e1" }) });
  await eventually("the first attempt failed", async () => (await attempts()).length === 1);
  receiver.answer({ write: (response) => response.end("thanks") });
  const retried = await server.ask(`POST /v1/endpoints/${id}/deliveries/e1/retry`);
  assert.equal(retried.status, 200, retried.text);
  const { id: attemptId, started_at: startedAt, duration_ms: durationMs, ...attempt } = retried.body;
  assert.match(startedAt, rfc3339);
  assert.equal(typeof durationMs, "number");
  assert.deepEqual(attempt, {
    endpoint_id: id,
    event_id: "e1",
    event_type: "order.paid",
    number: 2,
    trigger: "manual",
    delivered: true,
    status: 200,
    error_class: null,
    error_detail: null,
    response_body: "thanks",
    response_truncated: false,
  });
  assert.deepEqual((await server.ask(`GET /v1/attempts/${attemptId}`)).body, retried.body);

  async function attempts(query = ""): Promise<{ status: number; response_body: string }[]> {
    return (await server.ask(`GET /v1/attempts?endpoint_id=${id}${query}`)).body.data;
  }
  const statuses = async (query: string) => (await attempts(query)).map((attempt) => attempt.status);
  assert.deepEqual(await statuses(""), [200, 503]);
  const cases: [query: string, expected: number[]][] = [
    ["&status=delivered", [200]],
    ["&status=failed", [503]],
    ["&status=503", [503]],
    ["&status=2xx", [200]],
    ["&status=5xx", [503]],
    ["&status=404", []],
    ["&event_id=e1", [200, 503]],
    ["&error_class=http_status", [503]],
    ["&error_class=timeout", []],
    ["&since=2020-01-01T00:00:00Z", [200, 503]],
    ["&since=2100-01-01T00:00:00Z", []],
    ["&until=2020-01-01T00:00:00Z", []],
    ["&limit=1", [200]],
  ];
  for (const [query, expected] of cases) assert.deepEqual(await statuses(query), expected, query);
  const page = (await server.ask("GET /v1/attempts?limit=1")).body;
  assert.equal(page.has_more, true);
  const next = (await server.ask(`GET /v1/attempts?limit=1&after=${page.next_cursor}`)).body;
  assert.deepEqual([next.data.length, next.data[0].status, next.has_more], [1, 503, false]);

  const seen = (await server.ask("GET /v1/events/e1")).body;
  assert.deepEqual(
    seen.deliveries.map((delivery: Record<string, unknown>) => [
      delivery.endpoint_id,
      delivery.state,
      delivery.attempts,
    ]),
    [[id, "delivered", 2]],
  );
  assert.deepEqual(seen.deliveries[0].last_attempt, retried.body);
});
