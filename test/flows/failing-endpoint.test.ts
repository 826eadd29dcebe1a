/** What happens to an endpoint that fails: parking, pausing, breaker, recovery, disabling, and doing it by hand. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import type { App } from "../../src/app.ts";
import type { Endpoint } from "../../src/core/endpoint.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { anApp, publish } from "./an-app.ts";

describe("an endpoint that fails", () => {
  let app: App;
  let receiver: TestReceiver;
  before(async () => {
    app = await anApp();
  });
  after(() => app.close());
  beforeEach(async () => {
    receiver = await startTestReceiver();
  });
  afterEach(() => receiver.close());

  const anEndpoint = (input: object = {}): Promise<Endpoint> =>
    app.registry.createEndpoint({ tenant: "default", url: receiver.url, ...input }, app.store.events.bounds().head);

  const stateOf = async (eventId: string, endpoint: Endpoint) => {
    const event = await app.store.events.find("default", eventId);
    assert.ok(event);
    return (await app.deliveries.ofEvent(event)).find((view) => view.endpoint.id === endpoint.id);
  };

  it("is given up after its schedule, and the delivery is exhausted", async () => {
    receiver.answer(500);
    const endpoint = await anEndpoint({ retry: { delaysMs: [10, 10] } });
    const { items } = await publish(app, { type: "a", data: 1 });
    const view = await eventually("exhausted", async () => {
      const found = await stateOf(items[0]?.id ?? "", endpoint);
      return found?.state === "exhausted" && found;
    });
    assert.equal(view.attempts, 3);
    assert.equal(view.lastAttempt?.errorClass, "http_status");
    await app.registry.deleteEndpoint(endpoint.id);
  });

  it("is found well when it is back, though all is exhausted and no event comes, and is sent what was given up", async () => {
    receiver.answer(500);
    const endpoint = await anEndpoint({ retry: { delaysMs: [] } });
    const events = Array.from({ length: 12 }, (_, number) => ({ id: `given-up-${number}`, type: "a", data: number }));
    await publish(app, events);
    await eventually("open", () => app.deliveries.laneView(endpoint).nextProbeAtMs !== null);
    receiver.answer(200);
    for (const { id } of events) {
      await eventually(id, async () => (await stateOf(id, endpoint))?.state === "delivered", 15_000);
    }
    assert.equal(app.deliveries.laneView(endpoint).parked, 0);
    await app.registry.deleteEndpoint(endpoint.id);
  });

  it("is sent one delivery again by hand, whatever its state, and the attempt is the answer", async () => {
    receiver.answer(500);
    const endpoint = await anEndpoint({ retry: { delaysMs: [] } });
    const { items } = await publish(app, { type: "a", data: 1 });
    await eventually("exhausted", async () => (await stateOf(items[0]?.id ?? "", endpoint))?.state === "exhausted");
    receiver.answer(200);
    await app.registry.setStatus(endpoint.id, "paused", null);
    const event = await app.store.events.find("default", items[0]?.id ?? "");
    assert.ok(event);
    const attempt = await app.deliveries.retry(endpoint, event);
    assert.equal(attempt.errorClass, null);
    assert.equal(attempt.trigger, "manual");
    assert.equal(attempt.number, 2);
    assert.equal((await stateOf(event.id, endpoint))?.state, "delivered");
    await app.registry.deleteEndpoint(endpoint.id);
  });

  it("is left alone for as long as Retry-After says", async () => {
    let first = true;
    receiver.answer(() => {
      if (!first) return 200;
      first = false;
      return { write: (response) => response.writeHead(503, { "retry-after": "1" }).end() };
    });
    const endpoint = await anEndpoint({ retry: { delaysMs: [10] }, maxInFlight: 1 });
    await publish(app, { type: "a", data: 1 });
    await eventually("first", () => receiver.requests.length === 1);
    await publish(app, { type: "a", data: 2 });
    await eventually("both", () => receiver.requests.length === 3);
    const [refused, next] = receiver.requests;
    assert.ok((next?.atMs ?? 0) - (refused?.atMs ?? 0) >= 950, "nothing was sent within the pause");
    await app.registry.deleteEndpoint(endpoint.id);
  });

  it("is disabled by 410, says so in the log, and goes on from its cursor when a person resumes it", async () => {
    receiver.answer(410);
    const endpoint = await anEndpoint();
    await publish(app, { type: "a", data: 1 });
    await eventually("disabled", () => app.registry.endpoint(endpoint.id)?.status === "disabled");
    assert.equal(app.registry.endpoint(endpoint.id)?.disabledReason, "gone");
    const { head } = app.store.events.bounds();
    const page = await app.store.events.read({ after: head - 1, limit: 1, bytesMax: 1e6, tenant: "_operations" });
    const told = page.events[0];
    assert.equal(told?.type, "endpoint.disabled");
    assert.equal(JSON.parse(Buffer.from(told?.data ?? []).toString()).endpoint_id, endpoint.id);
    await publish(app, { type: "a", data: 2 });
    receiver.answer(200);
    await app.dispatcher.resume(app.registry.requireEndpoint(endpoint.id), "cursor");
    await eventually("both delivered", () => receiver.requests.length === 3);
    await app.registry.deleteEndpoint(endpoint.id);
  });

  it("resumes from the head when asked, and what it missed is cancelled", async () => {
    const endpoint = await anEndpoint();
    await app.registry.setStatus(endpoint.id, "paused", null);
    const { items } = await publish(app, { type: "a", data: 1 });
    await app.dispatcher.resume(app.registry.requireEndpoint(endpoint.id), "latest");
    await publish(app, { type: "a", data: 2 });
    await eventually("only the second", () => receiver.requests.length === 1);
    assert.match(receiver.requests[0]?.body.toString() ?? "", /"data":2\}$/);
    assert.equal((await stateOf(items[0]?.id ?? "", endpoint))?.state, "skipped");
    await app.registry.deleteEndpoint(endpoint.id);
  });

  it("opens its breaker, costs one probe at a time however long the backlog, and gets everything when it recovers", async () => {
    receiver.answer(500);
    const endpoint = await anEndpoint({ retry: { delaysMs: [10, 10] } });
    const backlog = Array.from({ length: 500 }, (_, data) => ({ type: "a", data }));
    await publish(app, backlog);
    await eventually("open", () => app.deliveries.laneView(endpoint).nextProbeAtMs !== null);
    await eventually("quiet", () => app.deliveries.laneView(endpoint).inFlight === 0);
    const sentWhileOpen = receiver.requests.length;
    assert.ok(sentWhileOpen < 40, `${sentWhileOpen} requests before the breaker was open`);
    assert.ok(app.deliveries.laneView(endpoint).lag > 450);
    receiver.answer(200);
    const { items } = await publish(app, { type: "a", data: "last" });
    const event = await app.store.events.find("default", items[0]?.id ?? "");
    assert.ok(event);
    await app.deliveries.retry(endpoint, event);
    const delivered = await eventually(
      "everything",
      () => {
        const bodies = receiver.requests
          .slice(sentWhileOpen)
          .map((request) => JSON.parse(request.body.toString()).data);
        return new Set(bodies).size === 501 && new Set(bodies);
      },
      20_000,
    );
    assert.equal(delivered.size, 501);
    await app.registry.deleteEndpoint(endpoint.id);
  });
});
