/** Looking attempts up, and what retention and long failure do to endpoints of a running server. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { anEvent, aServer } from "./a-server.ts";
import { anApp, publish } from "./an-app.ts";

it("attempts are found by endpoint, event, status, class of error and time", async (context) => {
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  const { ask, app } = await aServer(context);
  const endpoints = [];
  for (const types of [["a"], ["b"]]) {
    const body = { url: receiver.url, types, retry_delays_ms: [] };
    endpoints.push((await ask("POST /v1/endpoints", { body })).body);
  }
  await ask("POST /v1/events", { body: anEvent({ id: "e1", type: "a" }) });
  await eventually("the first", () => receiver.requests.length === 1);
  receiver.answer(503);
  await ask("POST /v1/events", { body: anEvent({ id: "e2", type: "b" }) });
  await eventually("the second", () => receiver.requests.length === 2);
  await eventually("ended", () => app.dispatcher.ready.inFlight === 0);
  await app.dispatcher.journal.flushed();
  const found = async (query: string): Promise<string> => {
    const { body } = await ask(`GET /v1/attempts?${query}`);
    return body.data.map((attempt: { event_id: string }) => attempt.event_id).join();
  };
  const [first, second] = endpoints;
  const expected: Record<string, string> = {
    "": "e2,e1",
    "limit=1": "e2",
    [`endpoint_id=${first.id}`]: "e1",
    [`endpoint_id=${second.id}`]: "e2",
    "event_id=e1": "e1",
    "status=delivered": "e1",
    "status=failed": "e2",
    "status=5xx": "e2",
    "status=503": "e2",
    "status=4xx": "",
    "error_class=http_status": "e2",
    "error_class=timeout": "",
    "since=2020-01-01T00:00:00Z": "e2,e1",
    "until=2020-01-01T00:00:00Z": "",
    [`endpoint_id=${first.id}&status=5xx`]: "",
  };
  for (const [query, ids] of Object.entries(expected)) assert.equal(await found(query), ids, query);
});

it("retention by size passes an endpoint that is behind, says how many it lost, and cancels what was parked", async (context) => {
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  receiver.answer(500);
  const warnings: Record<string, unknown>[] = [];
  const logger = {
    debug: () => {},
    info: () => {},
    error: () => {},
    warn: (facts: object) => warnings.push({ ...facts }),
  };
  const app = await anApp({ logger, retentionBytesMax: 2 });
  context.after(() => app.close());
  const endpoint = await app.registry.createEndpoint({ tenant: "default", url: receiver.url }, 0);
  await publish(app, { type: "a", data: 1 });
  await eventually("parked", () => app.deliveries.laneView(endpoint).parked === 1);
  await app.registry.setStatus(endpoint.id, "paused", null);
  await publish(
    app,
    [1, 2, 3, 4, 5].map((data) => ({ type: "a", data })),
  );
  await app.dispatcher.journal.flushed();
  await app.retention.run();
  assert.equal(app.store.events.bounds().earliest, 5);
  const told = warnings.find((facts) => facts.endpoint === endpoint.id);
  assert.equal(told?.lostEvents, 3);
  assert.equal(told?.cancelledDeliveries, 1);
  assert.match(await app.metrics.text(), /deliveries_total\{outcome="cancelled"\} 1/);
  receiver.answer(200);
  await app.dispatcher.resume(app.registry.requireEndpoint(endpoint.id), "cursor");
  await eventually("the rest", () => receiver.requests.length === 3);
  assert.deepEqual(
    receiver.requests
      .slice(1)
      .map(({ body }) => JSON.parse(body.toString()).data)
      .sort(),
    [4, 5],
  );
});

it("an endpoint that failed for as long as it may is disabled as failing", async (context) => {
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  receiver.answer(500);
  const app = await anApp();
  context.after(() => app.close());
  const input = { tenant: "default", url: receiver.url, disableAfterMs: 50, retry: { delaysMs: [60, 60, 60] } };
  const endpoint = await app.registry.createEndpoint(input, 0);
  await publish(app, { type: "a", data: 1 });
  await eventually("disabled", () => app.registry.endpoint(endpoint.id)?.status === "disabled");
  assert.equal(app.registry.endpoint(endpoint.id)?.disabledReason, "failing");
});
