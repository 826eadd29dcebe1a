import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { Webhook } from "standardwebhooks";
import type { App } from "../../src/app.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { anApp, publish } from "./an-app.ts";

describe("an event published", () => {
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

  const anEndpoint = (input: object = {}) =>
    app.registry.createEndpoint(
      { tenant: "default", url: `${receiver.url}/hook`, ...input },
      app.store.events.bounds().head,
    );

  it("reaches a matching endpoint, signed so that an independent library verifies it", async () => {
    const endpoint = await anEndpoint();
    const answer = await publish(app, { type: "order.paid", data: { total: 12345678901234567890n.toString() } });
    const request = await eventually("delivered", () => receiver.requests[0]);
    const webhook = new Webhook(endpoint.secrets[0] ?? "");
    const verified = webhook.verify(request.body.toString(), request.headers as Record<string, string>);
    assert.equal((verified as { id: string }).id, answer.items[0]?.id);
    assert.equal(request.headers["webhook-id"], answer.items[0]?.id);
    await app.registry.deleteEndpoint(endpoint.id);
  });

  it("is sent again after a failure, with the same webhook-id, and settled by the first success", async () => {
    let failures = 2;
    receiver.answer(() => (failures-- > 0 ? 500 : 204));
    const endpoint = await anEndpoint({ retry: { delaysMs: [50, 50, 50] } });
    const { items } = await publish(app, { type: "order.paid", data: 1 });
    await eventually("three attempts", () => receiver.requests.length === 3);
    const ids = receiver.requests.map((request) => request.headers["webhook-id"]);
    assert.deepEqual(ids, [items[0]?.id, items[0]?.id, items[0]?.id]);
    const event = await app.store.events.find("default", items[0]?.id ?? "");
    assert.ok(event);
    const view = await eventually("settled", async () => {
      const [found] = await app.deliveries.ofEvent(event);
      return found?.state === "delivered" && found;
    });
    assert.equal(view.attempts, 3);
    assert.equal(view.lastAttempt?.status, 204);
    await app.registry.deleteEndpoint(endpoint.id);
  });

  it("does not reach an endpoint of another tenant or type", async () => {
    const other = await anEndpoint({ tenant: "acme" });
    const unconcerned = await anEndpoint({ types: ["invoice.*"] });
    const concerned = await anEndpoint({ types: ["order.*"], url: `${receiver.url}/concerned` });
    await publish(app, { type: "order.paid", data: 1 });
    await eventually("delivered", () => receiver.requests[0]);
    assert.deepEqual(
      receiver.requests.map((request) => request.path),
      ["/concerned"],
    );
    for (const { id } of [other, unconcerned, concerned]) await app.registry.deleteEndpoint(id);
  });
});
