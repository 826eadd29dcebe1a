/** The client library publishes to a real server. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Trotline, TrotlineApiError } from "../../src/sdk/client.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { aServer, type TestServer } from "./a-server.ts";

const clientOf = ({ url, key }: TestServer, options: object = {}): Trotline =>
  new Trotline({ url, key, retry: { firstDelayMs: 5 }, ...options });

const outcomes = (results: readonly PromiseSettledResult<{ duplicate: boolean }>[]): unknown[] =>
  results.map((result) =>
    result.status === "fulfilled" ? result.value.duplicate : [result.reason.code, result.reason.field],
  );

describe("publishing with the client", () => {
  it("stores an event with everything that it says, in the tenant of the client", async (context) => {
    const server = await aServer(context);
    const client = clientOf(server, { tenant: "acme" });
    const event = {
      id: "order-17",
      type: "order.paid",
      subject: "order/17",
      occurred_at: "2026-01-01T12:00:00.000Z",
      version: "2",
      data: { total: 9.5, note: "\ud800 \u2028 ü 𝄞" },
    };
    const published = await client.publish(event);
    assert.deepEqual(Object.keys(published).sort(), ["cursor", "duplicate", "id"]);
    assert.equal(published.duplicate, false);
    const { accepted_at, deliveries, ...stored } = await client.events.get("order-17");
    assert.deepEqual(stored, { ...event, tenant: "acme", cursor: published.cursor });
    assert.deepEqual(deliveries, []);
    assert.ok(Date.parse(accepted_at) > 0);
    await assert.rejects(clientOf(server).events.get("order-17"), { code: "event-not-found" });
  });

  it("stores once what is sent again because the answer was lost", async (context) => {
    const server = await aServer(context);
    let sent = 0;
    const losing = async (url: string, init: RequestInit): Promise<Response> => {
      const response = await fetch(url, init);
      sent += 1;
      if (sent > 2) return response;
      await response.text();
      throw new TypeError("fetch failed");
    };
    const client = clientOf(server, { fetch: losing });
    const results = await Promise.all([client.publish({ type: "a", data: 1 }), client.publish({ type: "a", data: 2 })]);
    assert.equal(sent, 3);
    assert.equal(server.app.store.events.bounds().head, 2);
    assert.equal((await client.events.get(results[1].id)).data, 2);
  });

  it("rejects only the event that is bad, or whose id is taken, of those that go together", async (context) => {
    const server = await aServer(context);
    const client = clientOf(server);
    await client.publish({ id: "taken", type: "a", data: "first" });
    const results = await Promise.allSettled([
      client.publish({ type: "a", data: 1 }),
      client.publish({ type: "no spaces please", data: 2 }),
      client.publish({ id: "taken", type: "a", data: "second" }),
      client.publish({ id: "taken", type: "a", data: "first" }),
      client.publish({ type: "a", data: 3, colour: "red" } as never),
      client.publish({ type: "a", data: "x".repeat(300_000) }),
      client.publish({ type: "a", data: 4 }),
    ]);
    assert.deepEqual(outcomes(results), [
      false,
      ["invalid-body", "/type"],
      ["event-id-conflict", "/id"],
      true,
      ["unknown-field", "/colour"],
      ["event-too-large", "/data"],
      false,
    ]);
    assert.equal(server.app.store.events.bounds().head, 3);
  });

  it("finds the one event that the server refuses without saying which", async (context) => {
    const server = await aServer(context);
    const client = clientOf(server);
    let deep: unknown = 1;
    for (let i = 0; i < 100; i++) deep = [deep];
    const results = await Promise.allSettled(
      [1, 2, deep, 4, 5].map((data, index) => client.publish({ id: `e${index}`, type: "a", data })),
    );
    assert.deepEqual(outcomes(results), [false, false, ["data-too-deep", "/data"], false, false]);
  });

  it("stores an array whole or not at all, and says which of its events are bad", async (context) => {
    const server = await aServer(context);
    const client = clientOf(server);
    const bad = client.publish([
      { type: "a", data: 1 },
      { type: "", data: 2 },
    ]);
    await assert.rejects(bad, (error: unknown) => {
      assert.ok(error instanceof TrotlineApiError);
      assert.deepEqual(
        error.errors.map(({ index, code, field }) => [index, code, field]),
        [[1, "invalid-body", "/type"]],
      );
      return true;
    });
    assert.equal(server.app.store.events.bounds().head, 0);
    const published = await client.publish(Array.from({ length: 1000 }, (_, data) => ({ type: "a", data })));
    assert.equal(published.length, 1000);
    assert.equal(new Set(published.map(({ id }) => id)).size, 1000);
  });

  it("keeps the order in which events were given", async (context) => {
    const server = await aServer(context);
    const client = clientOf(server);
    const ids = Array.from({ length: 3000 }, (_, index) => `e${index}`);
    const published = await Promise.all(ids.map((id) => client.publish({ id, type: "a", data: null })));
    const cursors = published.map(({ cursor }) => cursor);
    for (const at of [0, 1, 999, 1000, 2000, 2999]) {
      assert.equal((await server.ask(`GET /v1/events/e${at}`)).body.cursor, cursors[at]);
    }
    const { app } = server;
    const { events } = await app.store.events.read({ after: 0, limit: 3000, bytesMax: 1e9, tenant: "default" });
    assert.deepEqual(
      events.map(({ id }) => id),
      ids,
    );
  });

  it("says that a key is wrong, or may not publish", async (context) => {
    const server = await aServer(context);
    await assert.rejects(new Trotline({ url: server.url }).publish({ type: "a", data: 1 }), {
      code: "unauthenticated",
      status: 401,
    });
  });
});

describe("managing with the client", () => {
  it("makes, changes, pauses, resumes, lists and deletes endpoints, and sees their attempts", async (context) => {
    const server = await aServer(context);
    const client = clientOf(server);
    const created = await client.endpoints.create({
      url: "http://127.0.0.1:9/",
      types: ["order.*"],
      retry_delays_ms: [],
    });
    const { id } = created;
    assert.match(created.secrets[0] ?? "", /^whsec_/);
    assert.deepEqual(await client.endpoints.secrets(id), created.secrets);
    assert.equal((await client.endpoints.update(id, { description: "mine" })).description, "mine");
    assert.equal((await client.endpoints.pause(id)).status, "paused");
    assert.equal((await client.endpoints.resume(id, { from: "latest" })).status, "enabled");
    const page = await client.endpoints.list({ limit: 10 });
    assert.deepEqual([page.data.map((endpoint) => endpoint.id), page.has_more], [[id], false]);
    const event = await client.publish({ type: "order.paid", data: 1 });
    const attempt = await client.endpoints.retryDelivery(id, event.id);
    assert.equal(attempt.error_class, "connection_refused");
    assert.equal((await client.attempts.get(attempt.id)).event_id, event.id);
    const attempts = await client.attempts.list({
      endpointId: id,
      eventId: event.id,
      errorClass: "connection_refused",
    });
    assert.ok(attempts.data.length >= 1);
    assert.equal((await client.events.get(event.id)).deliveries[0]?.endpoint_id, id);
    assert.equal(await client.endpoints.delete(id), undefined);
    await assert.rejects(client.endpoints.get(id), { code: "endpoint-not-found", status: 404, retryable: false });
  });

  it("moves an endpoint, and sends a range of the log to it again", async (context) => {
    const server = await aServer(context);
    const client = clientOf(server);
    const receiver = await startTestReceiver();
    context.after(() => receiver.close());
    await Promise.all([1, 2, 3].map((data) => client.publish({ id: `e${data}`, type: "order.paid", data })));
    const { id } = await client.endpoints.create({ url: receiver.url });
    const counted = await client.endpoints.replay(id, { dry_run: true, types: ["order.*"] });
    assert.deepEqual([counted.endpoint_id, counted.dry_run, counted.matched], [id, true, 3]);
    const replay = await client.endpoints.replay(id, { from: "e1" });
    const ended = await eventually("it has ended", async () => {
      const now = await client.replays.get(replay.id);
      return now.status === "completed" && now;
    });
    assert.deepEqual([ended.matched, ended.delivered], [2, 2]);
    const { data } = await client.replays.list({ endpointId: id });
    assert.deepEqual(new Set(data.map((one) => one.id)), new Set([counted.id, replay.id]));
    for (const act of ["pause", "resume", "cancel"] as const) {
      await assert.rejects(client.replays[act](replay.id), { code: "replay-ended" });
    }
    await client.endpoints.seek(id, "e2");
    await eventually("it is sent again", () => receiver.requests.length === 3);
    assert.equal(receiver.requests.at(-1)?.headers["webhook-id"], "e3");
  });

  it("says which member does not fit", async (context) => {
    const client = clientOf(await aServer(context));
    await assert.rejects(client.endpoints.create({ url: "http://127.0.0.1/", timeout_ms: 1 }), {
      code: "invalid-body",
      field: "/timeout_ms",
    });
  });
});
