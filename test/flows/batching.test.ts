/** Several events in one request: what a receiver gets, and what becomes of each delivery. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { Webhook } from "standardwebhooks";
import type { App } from "../../src/app.ts";
import type { Endpoint } from "../../src/core/endpoint.ts";
import { limits } from "../../src/core/limits.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { type ReceivedRequest, startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { anApp, publish } from "./an-app.ts";

interface Envelope {
  readonly id: string;
  readonly data: number;
}

const envelopes = (request: ReceivedRequest): Envelope[] => JSON.parse(request.body.toString());
const someEvents = (count: number, first = 1) =>
  Array.from({ length: count }, (_, index) => ({ type: "batch.test", data: first + index }));

describe("an endpoint that takes batches", () => {
  let app: App;
  let receiver: TestReceiver;
  before(async () => {
    app = await anApp();
    receiver = await startTestReceiver();
  });
  after(async () => {
    await app.close();
    await receiver.close();
  });

  let endpoint: Endpoint;
  let seen = 0;
  const requests = (): readonly ReceivedRequest[] => receiver.requests.slice(seen);
  afterEach(async () => {
    receiver.answer(200);
    await app.registry.deleteEndpoint(endpoint.id).catch(() => {});
  });

  async function anEndpoint(settings: object = {}): Promise<void> {
    seen = receiver.requests.length;
    const batch = { maxEvents: 10, maxWaitMs: 20 };
    const wanted = { tenant: "default", url: receiver.url, batch, ...settings };
    endpoint = await app.registry.createEndpoint(wanted, app.store.events.bounds().head);
  }

  const idle = () =>
    eventually("everything is settled", async () => {
      await app.dispatcher.journal.flushed();
      const { inFlight, lag, parked } = app.deliveries.laneView(endpoint);
      return inFlight === 0 && lag === 0 && parked === 0;
    });

  it("gets each event once, never more at once than it wants, in signed arrays", async () => {
    await anEndpoint();
    await publish(app, someEvents(237));
    await idle();
    const got = requests().flatMap((request) => {
      const batch = envelopes(request);
      assert.ok(batch.length >= 1 && batch.length <= 10, `${batch.length}`);
      new Webhook(endpoint.secrets[0] ?? "").verify(request.body, request.headers as Record<string, string>);
      assert.equal(request.headers["content-type"], "application/json");
      assert.match(String(request.headers["webhook-id"]), /^batch_[0-9a-f]{32}$/);
      return batch.map(({ data }) => data);
    });
    assert.deepEqual(
      got.toSorted((left, right) => left - right),
      someEvents(237).map(({ data }) => data),
    );
    assert.ok(requests().length < 80, `${requests().length} requests for 237 events`);
    const ids = requests().map(({ headers }) => headers["webhook-id"]);
    assert.equal(new Set(ids).size, ids.length, "each batch has its own id");
  });

  it("does not keep a full window waiting for company that cannot come", async () => {
    await anEndpoint({ batch: { maxEvents: 60, maxWaitMs: limits.batchWaitMsMax } });
    await publish(app, someEvents(4));
    await eventually("a window of four goes at once", () => requests().length > 0, 5000);
    assert.equal(envelopes(requests()[0] as ReceivedRequest).length, 4);
  });

  it("gets a batch of CloudEvents in that format, compressed where it wants", async () => {
    await anEndpoint({ format: "cloudevents", compression: "gzip" });
    await publish(app, someEvents(3));
    await idle();
    const got = requests().flatMap(({ headers, body }) => {
      assert.equal(headers["content-type"], "application/cloudevents-batch+json");
      return JSON.parse(gunzipSync(body).toString());
    });
    assert.deepEqual(
      got.map(({ specversion, data }) => [specversion, data]),
      [
        ["1.0", 1],
        ["1.0", 2],
        ["1.0", 3],
      ],
    );
  });

  it("has each delivery of a failed batch retried until it is delivered, with an attempt of its own", async () => {
    let failures = 2;
    receiver.answer(() => (failures-- > 0 ? 503 : 200));
    await anEndpoint({ retry: { delaysMs: [20, 20, 20, 20] } });
    const { items } = await publish(app, someEvents(4));
    await idle();
    for (const { id } of items) {
      const event = await app.store.events.find("default", id);
      assert.ok(event);
      const [delivery] = await app.deliveries.ofEvent(event);
      assert.equal(delivery?.state, "delivered");
      assert.ok((delivery?.attempts ?? 0) >= 2, `${delivery?.attempts} attempts`);
    }
  });

  it("does not count a failed request as more than one failure of its receiver", async () => {
    await anEndpoint({ batch: { maxEvents: 30, maxWaitMs: 20 }, retry: { delaysMs: [] } });
    await publish(app, someEvents(200));
    await idle();
    receiver.answer(500);
    seen = receiver.requests.length;
    await publish(app, someEvents(25));
    await idle();
    const { consecutiveFailures, nextProbeAtMs } = app.deliveries.laneView(endpoint);
    assert.equal(nextProbeAtMs, null, "the breaker stays closed");
    assert.equal(consecutiveFailures, requests().length);
    assert.ok(requests().length < 10);
  });

  it("takes all but the event that it refuses, which ends alone", async () => {
    receiver.answer((request) => (envelopes(request).some(({ data }) => data === 7) ? 400 : 200));
    await anEndpoint({ retry: { delaysMs: [10, 10, 10, 10, 10, 10] } });
    const { items } = await publish(app, someEvents(12));
    const states = await eventually("all are settled", async () => {
      const found = await Promise.all(
        items.map(async ({ id }) => {
          const event = await app.store.events.find("default", id);
          const [delivery] = event === null ? [] : await app.deliveries.ofEvent(event);
          return delivery?.state;
        }),
      );
      return found.every((state) => state === "delivered" || state === "exhausted") && found;
    });
    assert.deepEqual(
      states.map((state) => state === "delivered"),
      someEvents(12).map(({ data }) => data !== 7),
    );
  });

  it("has the same webhook-id on a retry of the same batch", async () => {
    let failures = 1;
    receiver.answer(() => (failures-- > 0 ? 500 : 200));
    await anEndpoint({ batch: { maxEvents: 2, maxWaitMs: 20 }, retry: { delaysMs: [10, 10] } });
    await publish(app, someEvents(1));
    await idle();
    const [first, second] = requests().map(({ headers }) => headers["webhook-id"]);
    assert.equal(first, second);
  });

  it("gets what a person sends by hand at once, as an array of one", async () => {
    await anEndpoint({ batch: { maxEvents: 60, maxWaitMs: limits.batchWaitMsMax } });
    const { items } = await publish(app, [
      { type: "batch.test", data: 1 },
      { type: "batch.test", data: 2 },
      { type: "batch.test", data: 3 },
      { type: "batch.test", data: 4 },
    ]);
    await idle();
    const event = await app.store.events.find("default", items[1]?.id ?? "");
    assert.ok(event);
    const attempt = await app.deliveries.retry(endpoint, event);
    assert.equal(attempt.status, 200);
    assert.deepEqual(
      envelopes(receiver.requests.at(-1) as ReceivedRequest).map(({ data }) => data),
      [2],
    );
  });

  it("gets what waits at once when it is paused, and nothing when it is deleted", async () => {
    const batch = { maxEvents: 60, maxWaitMs: limits.batchWaitMsMax };
    await anEndpoint({ batch });
    await publish(app, someEvents(2));
    await eventually("two wait", () => app.deliveries.laneView(endpoint).inFlight === 2);
    assert.equal(requests().length, 0);
    await app.registry.setStatus(endpoint.id, "paused", null);
    await eventually("both", () => requests().length === 1);
    assert.equal(envelopes(requests()[0] as ReceivedRequest).length, 2);
    await app.registry.deleteEndpoint(endpoint.id);

    await anEndpoint({ batch });
    await publish(app, someEvents(2));
    await eventually("two wait", () => app.deliveries.laneView(endpoint).inFlight === 2);
    await app.registry.deleteEndpoint(endpoint.id);
    await eventually("the room is free", () => app.dispatcher.ready.inFlight === 0);
    assert.equal(requests().length, 0);
  });

  it("gets what waits at once, as it was, when it is changed, and what comes then as it is", async () => {
    await anEndpoint({ batch: { maxEvents: 60, maxWaitMs: limits.batchWaitMsMax } });
    await publish(app, someEvents(2));
    await eventually("two wait", () => app.deliveries.laneView(endpoint).inFlight === 2);
    assert.equal(requests().length, 0);
    await app.registry.changeEndpoint(endpoint.id, { url: `${receiver.url}/changed`, batch: null });
    await eventually("both", () => requests().length === 1, 5000);
    assert.equal(envelopes(requests()[0] as ReceivedRequest).length, 2);
    await publish(app, someEvents(1));
    await eventually("the next", () => requests().length === 2, 5000);
    assert.equal(requests()[1]?.path, "/changed");
  });

  it("parks nothing that only waits for company, however long", async () => {
    await anEndpoint({ batch: { maxEvents: 60, maxWaitMs: 1800 } });
    await publish(app, someEvents(3));
    let parkedMax = 0;
    await eventually("sent", () => {
      parkedMax = Math.max(parkedMax, app.deliveries.laneView(endpoint).parked);
      return requests().length === 1;
    });
    assert.equal(parkedMax, 0);
    await idle();
  });

  it("transforms each event before they go together, and one that fails fails alone", async () => {
    await anEndpoint({ transform: "data = 2 ? $error('no twos') : data * 10", retry: { delaysMs: [] } });
    await publish(app, someEvents(3));
    await idle();
    const got = requests().flatMap((request) => envelopes(request).map(({ data }) => data));
    assert.deepEqual(got.toSorted(), [10, 30]);
  });
});
