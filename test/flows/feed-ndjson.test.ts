/** The feed as lines of JSON: from a place to the end of the log, or on and on. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { App } from "../../src/app.ts";
import { cursorAt } from "../../src/core/epochs.ts";
import { ndjson } from "../../src/http/forms/ndjson.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { anEvent, aServer } from "./a-server.ts";
import { aFormServer, openStream, publishLarge } from "./a-stream.ts";
import { anApp, publish } from "./an-app.ts";

const accept = { accept: "application/x-ndjson" };
const cursor = (app: App, position: number): string => cursorAt(app.store.events.bounds().epochs, position);
const linesOf = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
const idsOf = (text: string): string[] => linesOf(text).map(({ id }) => id);

it("the log is answered to its end, an event a line, and the answer ends", async (context) => {
  const { app, ask } = await aServer(context);
  assert.equal((await ask("GET /v1/events", { headers: accept })).text, "");
  const published = '{"id":"evt_1","type":"order.paid","data":{\n"n":1.0,\r\n"n":2}}';
  await app.publisher.publish(Buffer.from(published), { keyId: "key_test", idempotencyKey: null });
  await publish(app, anEvent({ id: "evt_2", type: "order.sent", tenant: "other" }));
  await publish(app, anEvent({ id: "evt_3", type: "order.sent", subject: "o1", version: "2" }));
  const { status, headers, text } = await ask("GET /v1/events", { headers: accept });
  assert.deepEqual([status, headers.get("content-type")], [200, "application/x-ndjson"]);
  assert.ok(text.split("\n")[0]?.endsWith('"data":{ "n":1.0,  "n":2}}'), text);
  assert.deepEqual(idsOf(text), ["evt_1", "evt_3"]);
  const [, third] = linesOf(text);
  assert.deepEqual([third.subject, third.version, third.cursor], ["o1", "2", cursor(app, 3)]);
  const after = await ask(`GET /v1/events?after=${cursor(app, 1)}`, { headers: accept });
  assert.deepEqual(idsOf(after.text), ["evt_3"]);
  const limited = await ask("GET /v1/events?limit=1", { headers: accept });
  assert.deepEqual(idsOf(limited.text), ["evt_1"]);
  const filtered = await ask("GET /v1/events?types=order.sent&tenant=other", { headers: accept });
  assert.deepEqual(idsOf(filtered.text), ["evt_2"]);
});

it("a log of many pages is answered whole, and ends where it ended when it was asked for", async (context) => {
  const { app, ask } = await aServer(context);
  for (let batch = 0; batch < 5; batch++) {
    await publish(
      app,
      Array.from({ length: 500 }, (_, index) => anEvent({ id: `evt_${batch * 500 + index + 1}` })),
    );
  }
  const { page } = app.feed;
  app.feed.page = async (query) => {
    await publish(app, anEvent()); // The log never stands still.
    return page.call(app.feed, query);
  };
  const { text } = await ask("GET /v1/events", { headers: accept });
  assert.deepEqual(
    idsOf(text),
    Array.from({ length: 2500 }, (_, index) => `evt_${index + 1}`),
  );
});

it("with `follow` what comes is answered too, until the server closes", async (context) => {
  const { app, url, key, server } = await aServer(context, { server: { shutdownGraceMs: 60_000 } });
  await publish(app, anEvent({ id: "one" }));
  const headers = { authorization: `Bearer ${key}`, ...accept };
  const stream = openStream(context, url, { path: "/v1/events?follow=true", headers });
  await eventually("it waits", () => app.feed.waiting === 1);
  await publish(app, [anEvent({ id: "two" }), anEvent({ id: "three" })]);
  await eventually("they have come", () => stream.body().includes("three"));
  assert.deepEqual(idsOf(stream.body()), ["one", "two", "three"]);
  assert.ok(!stream.isComplete());
  await server.close();
  await stream.closed;
  assert.ok(stream.isComplete());
  assert.deepEqual(idsOf(stream.body()), ["one", "two", "three"]);
});

it("a stream that follows says now and then that it is there, and is ended in time", async (context) => {
  const app = await anApp();
  context.after(() => app.close());
  await publish(app, anEvent());
  const times = { make: ndjson, follow: true, beatMs: 20, streamMsMax: 300 };
  const { url, beat } = await aFormServer(context, app, times);
  const stream = openStream(context, url, { path: "/" });
  await eventually("the server has ended it", () => stream.isComplete());
  assert.match(stream.body(), /\}\n\n{3,}$/);
  await eventually("nothing is left", () => beat.streams === 0 && app.feed.waiting === 0);
});

it("a whole log takes as long as its reader does", async (context) => {
  const app = await anApp();
  context.after(() => app.close());
  await publishLarge(app, 400, 64 * 1024);
  const { url, beat } = await aFormServer(context, app, { make: ndjson, beatMs: 20, streamMsMax: 1 });
  const stream = openStream(context, url, { path: "/" });
  await eventually("it has ended", () => stream.isComplete());
  assert.equal(linesOf(stream.body()).length, 400);
  await eventually("nothing is left", () => beat.streams === 0);
});

it("a slow reader whom retention passes is told so in the last line", async (context) => {
  const { app, url, key, ask } = await aServer(context, { app: { tailBytesMax: 1 } });
  await publishLarge(app, 400, 64 * 1024);
  const first = cursor(app, 1);
  const headers = { authorization: `Bearer ${key}`, ...accept };
  const stream = openStream(context, url, { path: "/v1/events?follow=true", headers });
  stream.socket.pause();
  await eventually("the stream has begun", () => stream.socket.bytesRead > 0);
  await app.store.events.trim({ olderThanMs: Number.MAX_SAFE_INTEGER, bytesMax: null, rowsMax: 399 });
  stream.socket.resume();
  await eventually("the stream has ended", () => stream.isComplete());
  const lines = linesOf(stream.body());
  const { error } = lines.pop();
  assert.deepEqual([error.code, error.resume], ["cursor-expired", cursor(app, 399)]);
  assert.equal(lines.length + error.lost, 399);
  assert.equal(typeof error.detail, "string");
  const refused = await ask(`GET /v1/events?after=${first}`, { headers: accept });
  assert.deepEqual([refused.status, refused.body.code, refused.body.lost], [410, "cursor-expired", 398]);
});

it("a log that is cut off by the end of the server says that it is not whole", async (context) => {
  const { app, url, key, server } = await aServer(context, { server: { shutdownGraceMs: 60_000 } });
  await publishLarge(app, 400, 64 * 1024);
  const stream = openStream(context, url, {
    path: "/v1/events",
    headers: { authorization: `Bearer ${key}`, ...accept },
  });
  stream.socket.pause();
  await eventually("the stream has begun", () => stream.socket.bytesRead > 0);
  const closed = server.close();
  stream.socket.resume();
  await closed;
  await stream.closed;
  const lines = linesOf(stream.body());
  assert.equal(lines.at(-1).error.code, "shutting-down");
  assert.ok(lines.length < 400);
});

it("HEAD answers the headers, and what does not fit is refused", async (context) => {
  const { app, ask } = await aServer(context);
  const head = await ask("HEAD /v1/events?follow=true", { headers: accept });
  assert.deepEqual([head.status, head.headers.get("content-type"), head.text], [200, "application/x-ndjson", ""]);
  assert.equal(app.feed.waiting, 0);
  for (const query of ["wait=1", "order=desc", "follow=yes", "limit=0", "timeout=5"]) {
    const { status, body } = await ask(`GET /v1/events?${query}`, { headers: accept });
    assert.deepEqual([status, body.code, body.field], [400, "invalid-query", query.split("=")[0]]);
  }
});
