/** The feed as http-feeds: batches of CloudEvents, paged by the id of the last event. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { cursorAt } from "../../src/core/epochs.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { anEvent, aServer } from "./a-server.ts";
import { openStream } from "./a-stream.ts";
import { publish } from "./an-app.ts";

const mediaType = "application/cloudevents-batch+json";
const headers = { accept: mediaType };
const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** What CloudEvents 1.0 (section 3, and its JSON format) ask of every event. */
function assertIsCloudEvent(event: Record<string, unknown>): void {
  const { data, ...attributes } = event;
  assert.notEqual(data, undefined);
  for (const [name, value] of Object.entries(attributes)) {
    assert.match(name, /^[a-z0-9]{1,20}$/);
    assert.equal(typeof value, "string", name);
    assert.notEqual(value, "", name);
  }
  assert.equal(attributes.specversion, "1.0");
  for (const required of ["id", "source", "type"]) assert.ok(attributes[required], required);
  assert.ok(URL.canParse(attributes.source as string, "http://feed.test"));
  assert.match(attributes.time as string, rfc3339);
  assert.equal(attributes.datacontenttype, "application/json");
}

it("every event is a CloudEvent, whose source and id are its own, and whose data is as it came", async (context) => {
  const { app, ask } = await aServer(context);
  const published =
    '{"id":"evt_1","type":"order.paid","occurred_at":"2026-01-02T03:04:05.678+01:00","data":{ "n": 1.0 }}';
  await app.publisher.publish(Buffer.from(published), { keyId: "key_test", idempotencyKey: null });
  await publish(app, anEvent({ id: "evt_2", subject: 'a "b"', version: "7", data: null }));
  await publish(app, anEvent({ id: "evt_2", tenant: "acme" }));
  const answer = await ask("GET /v1/events", { headers });
  assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, mediaType]);
  assert.equal(answer.headers.get("cache-control"), "no-store");
  const batch = JSON.parse(answer.text);
  for (const event of batch) assertIsCloudEvent(event);
  assert.ok(answer.text.includes('"data":{ "n": 1.0 }}'));
  assert.deepEqual(batch[0], {
    specversion: "1.0",
    id: "evt_1",
    source: "/tenants/default",
    type: "order.paid",
    time: "2026-01-02T02:04:05.678Z",
    datacontenttype: "application/json",
    data: { n: 1 },
  });
  assert.deepEqual([batch[1].subject, batch[1].data], ['a "b"', null]);
  const other = JSON.parse((await ask("GET /v1/events?tenant=acme", { headers })).text);
  assert.deepEqual([other.length, other[0].source, other[0].id], [1, "/tenants/acme", "evt_2"]);
});

it("a reader goes on from the id of the last event, or from the cursor in the header", async (context) => {
  const { app, ask } = await aServer(context);
  const ids = Array.from({ length: 7 }, (_, index) => `evt_${index + 1}`);
  await publish(
    app,
    ids.map((id, index) => anEvent({ id, type: index < 5 ? "order.paid" : "other" })),
  );
  const read: string[] = [];
  let query = "limit=3";
  for (;;) {
    const batch: { id: string }[] = JSON.parse((await ask(`GET /v1/events?${query}`, { headers })).text);
    if (batch.length === 0) break;
    read.push(...batch.map(({ id }) => id));
    query = `limit=3&lastEventId=${read.at(-1)}`;
  }
  assert.deepEqual(read, ids);
  const { epochs } = app.store.events.bounds();
  const filtered = await ask("GET /v1/events?types=order.*", { headers });
  assert.equal(filtered.headers.get("trotline-next-cursor"), cursorAt(epochs, 7), "it is beyond what was left out");
  const next = await ask(`GET /v1/events?after=${cursorAt(epochs, 5)}`, { headers });
  assert.deepEqual(
    JSON.parse(next.text).map(({ id }: { id: string }) => id),
    ["evt_6", "evt_7"],
  );
});

it("`lastEventId` is an event's id, also one that reads like a place", async (context) => {
  const { app, ask } = await aServer(context);
  await publish(app, [anEvent({ id: "latest" }), anEvent({ id: "two" })]);
  const { text } = await ask("GET /v1/events?lastEventId=latest", { headers });
  assert.deepEqual(
    JSON.parse(text).map(({ id }: { id: string }) => id),
    ["two"],
  );
});

it("with `timeout` an empty batch is held until an event comes, or the time is up", async (context) => {
  const { app, ask } = await aServer(context);
  await publish(app, anEvent({ id: "one" }));
  const held = ask("GET /v1/events?lastEventId=one&timeout=60000", { headers });
  await eventually("it waits", () => app.feed.waiting === 1);
  await publish(app, anEvent({ id: "two" }));
  const batch = JSON.parse((await held).text);
  assert.deepEqual(
    batch.map(({ id }: { id: string }) => id),
    ["two"],
  );
  const startedMs = performance.now();
  const late = await ask("GET /v1/events?lastEventId=two&timeout=100", { headers });
  assert.equal(late.text, "[]");
  assert.ok(performance.now() - startedMs >= 95);
  assert.equal(late.headers.get("trotline-next-cursor"), cursorAt(app.store.events.bounds().epochs, 2));
  assert.equal((await ask("GET /v1/events?lastEventId=two", { headers })).text, "[]");
  assert.equal((await ask("GET /v1/events?lastEventId=two&wait=0", { headers })).text, "[]");
});

it("a reader who goes away while he waits leaves nothing, and the end of the server answers him", async (context) => {
  const { app, url, key, server, ask } = await aServer(context, { server: { shutdownGraceMs: 60_000 } });
  const path = "/v1/events?timeout=60000";
  const leaving = openStream(context, url, { path, headers: { ...headers, authorization: `Bearer ${key}` } });
  await eventually("he waits", () => app.feed.waiting === 1);
  leaving.socket.destroy();
  await eventually("nobody waits", () => app.feed.waiting === 0);
  const staying = ask(`GET ${path}`, { headers });
  await eventually("he waits", () => app.feed.waiting === 1);
  await server.close();
  assert.equal((await staying).text, "[]");
});

it("HEAD waits for nothing, and what does not fit is refused", async (context) => {
  const { app, ask } = await aServer(context);
  const head = await ask("HEAD /v1/events?timeout=60000", { headers });
  assert.deepEqual([head.status, head.headers.get("content-type"), head.text], [200, mediaType, ""]);
  await publish(app, anEvent({ id: "one" }));
  const wrong: [query: string, field: string][] = [
    ["lastEventId=two", "lastEventId"],
    ["lastEventId=earliest", "lastEventId"],
    ["lastEventId=a%20b", "lastEventId"],
    ["lastEventId=", "lastEventId"],
    ["timeout=60001", "timeout"],
    ["timeout=-1", "timeout"],
    ["timeout=1.5", "timeout"],
    ["timeout=soon", "timeout"],
    ["lastEventId=one&after=one", "lastEventId"],
    ["timeout=1&wait=1", "timeout"],
    ["order=desc", "order"],
    ["follow=true", "follow"],
  ];
  for (const [query, field] of wrong) {
    const { status, body } = await ask(`GET /v1/events?${query}`, { headers });
    assert.deepEqual([status, body.code, body.field], [400, "invalid-query", field], query);
  }
});
