/** The feed as server-sent events: what is on the wire, how it resumes, and that nothing is left behind. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import { EventSource } from "eventsource";
import type { App } from "../../src/app.ts";
import { cursorAt } from "../../src/core/epochs.ts";
import { eventStream } from "../../src/http/forms/event-stream.ts";
import { type RunningServer, startServer } from "../../src/http/server.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { anEvent, aServer } from "./a-server.ts";
import { aFormServer, openStream, publishLarge, settled } from "./a-stream.ts";
import { anApp, publish } from "./an-app.ts";

const accept = { accept: "text/event-stream" };
const cursor = (app: App, position: number): string => cursorAt(app.store.events.bounds().epochs, position);

it("a stream is these bytes: how to come back, where it begins, and an event on a line", async (context) => {
  const { app, url, key } = await aServer(context);
  const published =
    '{"id":"evt_1","type":"order.paid","subject":"o \\"1\\"","data":{\n  "amount": 12345678901234567890,\r\n"a":"\\n"}}';
  await app.publisher.publish(Buffer.from(published), { keyId: "key_test", idempotencyKey: null });
  const event = await app.store.events.find("default", "evt_1");
  const headers = { authorization: `Bearer ${key}`, ...accept };
  const stream = openStream(context, url, { path: "/v1/events?after=earliest", headers });
  await eventually("the event has come", () => stream.body().includes("evt_1"));
  assert.match(stream.head(), /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(stream.head(), /^content-type: text\/event-stream$/im);
  assert.match(stream.head(), /^cache-control: no-store$/im);
  const time = new Date(event?.acceptedAtMs ?? 0).toISOString();
  const occurred = new Date(event?.occurredAtMs ?? 0).toISOString();
  assert.equal(
    stream.body(),
    `retry: 1000\n\n: from\nid: ${cursor(app, 0)}\n\nid: ${cursor(app, 1)}\n` +
      `data: {"id":"evt_1","tenant":"default","type":"order.paid","subject":"o \\"1\\"","occurred_at":"${occurred}",` +
      `"accepted_at":"${time}","cursor":"${cursor(app, 1)}",` +
      '"data":{   "amount": 12345678901234567890,  "a":"\\n"}}\n\n',
  );
});

it("a stream tells its reader how far the log has come where it has nothing for him", async (context) => {
  const { app, url, key } = await aServer(context);
  await publish(app, [anEvent(), anEvent()]);
  const headers = { authorization: `Bearer ${key}`, ...accept };
  const stream = openStream(context, url, { path: "/v1/events?after=earliest&types=other", headers });
  await eventually("the note has come", () => stream.body().includes("passed"));
  assert.ok(stream.body().endsWith(`: passed\nid: ${cursor(app, 2)}\n\n`), stream.body());
});

it("without a place a stream begins at the end of the log; Last-Event-ID wins over `after`", async (context) => {
  const { app, url, key } = await aServer(context);
  await publish(app, [anEvent({ id: "one" }), anEvent({ id: "two" })]);
  const headers = { authorization: `Bearer ${key}`, ...accept };
  const latest = openStream(context, url, { path: "/v1/events", headers });
  const resumed = { ...headers, "last-event-id": cursor(app, 1) };
  const resuming = openStream(context, url, { path: "/v1/events?after=latest", headers: resumed });
  await eventually("both wait", () => app.feed.waiting === 2);
  await publish(app, anEvent({ id: "three" }));
  const ids = (text: string) => [...text.matchAll(/"id":"(\w+)"/g)].map(([, id]) => id);
  await eventually("both have the third", () => [latest, resuming].every((one) => one.body().includes("three")));
  assert.deepEqual(ids(latest.body()), ["three"]);
  assert.deepEqual(ids(resuming.body()), ["two", "three"]);
});

it("a cursor older than retention is refused, and one that is none", async (context) => {
  const { app, ask } = await aServer(context);
  await publish(app, [anEvent(), anEvent(), anEvent()]);
  const old = cursor(app, 1);
  await app.store.events.trim({ olderThanMs: Number.MAX_SAFE_INTEGER, bytesMax: null, rowsMax: 2 });
  const refused = await ask(`GET /v1/events?after=${old}`, { headers: accept });
  assert.equal(refused.status, 410);
  assert.equal(refused.body.code, "cursor-expired");
  assert.deepEqual([refused.body.resume, refused.body.lost], [cursor(app, 2), 1]);
  const invalid = await ask("GET /v1/events", { headers: { ...accept, "last-event-id": "what" } });
  assert.deepEqual([invalid.status, invalid.body.code], [400, "cursor-invalid"]);
  for (const query of ["wait=1", "limit=1", "order=desc", "follow=true", "lastEventId=a"]) {
    const { status, body } = await ask(`GET /v1/events?${query}`, { headers: accept });
    assert.deepEqual([status, body.code, body.field], [400, "invalid-query", query.split("=")[0]]);
  }
});

it("HEAD answers the headers of a stream, and opens none", async (context) => {
  const { app, ask } = await aServer(context);
  const { status, headers, text } = await ask("HEAD /v1/events", { headers: accept });
  assert.deepEqual([status, headers.get("content-type"), text], [200, "text/event-stream", ""]);
  assert.equal(app.feed.waiting, 0);
});

it("a slow reader is read for no further than a page ahead, and gets everything", async (context) => {
  const { app, url, key } = await aServer(context);
  await publishLarge(app, 400, 64 * 1024);
  let pages = 0;
  const { page } = app.feed;
  app.feed.page = (query) => {
    pages += 1;
    return page.call(app.feed, query);
  };
  const headers = { authorization: `Bearer ${key}`, ...accept };
  const stream = openStream(context, url, { path: "/v1/events?after=earliest", headers });
  stream.socket.pause();
  await eventually("the first page is read", () => pages > 0);
  const readAhead = await settled("no more pages are read", () => pages);
  assert.ok(readAhead <= 3, `${readAhead} pages of 4 MiB were read for somebody who reads nothing`);
  stream.socket.resume();
  await eventually("the reader has caught up", () => app.feed.waiting === 1);
  await eventually("everything is here", () => stream.body().match(/^data: /gm)?.length === 400);
});

it("a slow reader whom retention passes is told so by the stream, which ends", async (context) => {
  const { app, url, key } = await aServer(context, { app: { tailBytesMax: 1 } });
  await publishLarge(app, 400, 64 * 1024);
  const headers = { authorization: `Bearer ${key}`, ...accept };
  const stream = openStream(context, url, { path: "/v1/events?after=earliest", headers });
  stream.socket.pause();
  await eventually("the stream has begun", () => stream.socket.bytesRead > 0);
  await app.store.events.trim({ olderThanMs: Number.MAX_SAFE_INTEGER, bytesMax: null, rowsMax: 399 });
  stream.socket.resume();
  await eventually("the stream has ended", () => stream.isComplete());
  const [last = "", ...before] = stream.body().trimEnd().split("\n\n").reverse();
  assert.match(last, /^event: error\ndata: /);
  const problem = JSON.parse(last.slice(last.indexOf("{")));
  assert.deepEqual([problem.code, problem.status, problem.resume], ["cursor-expired", 410, cursor(app, 399)]);
  const events = before.filter((block) => block.includes("\ndata: ")).length;
  assert.equal(events + problem.lost, 399, "everything that was not sent is counted");
  assert.ok(events > 0);
});

it("a reader who goes away leaves nothing, whether he waits or is in the middle of a page", async (context) => {
  const app = await anApp();
  context.after(() => app.close());
  const { url, beat } = await aFormServer(context, app, { make: eventStream, beatMs: 60_000 });
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  const idle = [1, 2, 3].map(() => openStream(context, url, { path: "/" }));
  await eventually("all wait", () => app.feed.waiting === 3);
  assert.equal(beat.streams, 3);
  assert.ok(timers() > before);
  for (const { socket } of idle) socket.destroy();
  await eventually("nobody waits", () => app.feed.waiting === 0 && beat.streams === 0);
  await publishLarge(app, 400, 64 * 1024);
  const blocked = openStream(context, url, { path: "/" });
  blocked.socket.pause();
  await eventually("the stream has begun", () => blocked.socket.bytesRead > 0);
  blocked.socket.destroy();
  await eventually("the stream is gone", () => beat.streams === 0);
  await eventually("no timer is left", () => timers() <= before);
});

it("a silent stream says that it is there, and is ended in time", async (context) => {
  const app = await anApp();
  context.after(() => app.close());
  const times = { make: eventStream, beatMs: 20, streamMsMax: 300 };
  const { url, beat } = await aFormServer(context, app, times);
  const stream = openStream(context, url, { path: "/" });
  await eventually("the server has ended it", () => stream.isComplete());
  assert.match(stream.body(), /\n\n(: keep-alive\n\n){3,}$/);
  await eventually("nothing is left", () => beat.streams === 0 && app.feed.waiting === 0);
});

it("a reader who takes nothing is cut off", async (context) => {
  const app = await anApp();
  context.after(() => app.close());
  await publishLarge(app, 400, 64 * 1024);
  const { url, beat } = await aFormServer(context, app, { make: eventStream, beatMs: 20, stalledMsMax: 100 });
  const stream = openStream(context, url, { path: "/" });
  stream.socket.pause();
  await eventually("the stream is open", () => beat.streams === 1);
  await eventually("the stream is gone", () => beat.streams === 0);
  stream.socket.resume();
  await stream.closed;
  assert.ok(!stream.isComplete(), "it does not look like the end");
});

it("closing the server ends every stream at once, and properly", async (context) => {
  const { app, url, key, server } = await aServer(context, { server: { shutdownGraceMs: 60_000 } });
  const headers = { authorization: `Bearer ${key}`, ...accept };
  const streams = [1, 2, 3].map(() => openStream(context, url, { path: "/v1/events", headers }));
  await eventually("all wait", () => app.feed.waiting === 3);
  const startedMs = performance.now();
  await server.close();
  assert.ok(performance.now() - startedMs < 5000, "nobody was waited for");
  await Promise.all(streams.map(({ closed }) => closed));
  assert.ok(streams.every((stream) => stream.isComplete()));
  assert.equal(app.feed.waiting, 0);
});

interface Restartable {
  app: App;
  server: RunningServer;
}

async function aRestartable(context: TestContext): Promise<{ start(): Promise<Restartable>; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "trotline-"));
  let running: Restartable | undefined;
  const stop = async (): Promise<void> => {
    await running?.server.close();
    await running?.app.close();
    running = undefined;
  };
  context.after(async () => {
    await stop();
    await rm(folder, { recursive: true });
  });
  const start = async (): Promise<Restartable> => {
    const app = await anApp({ store: { folder, bytesMax: null }, adminKey: "trot_test_key_of_event_streams" });
    const server = await startServer(app, { host: "127.0.0.1", port: 0, auth: "keys", shutdownGraceMs: 2000 });
    running = { app, server };
    return running;
  };
  return { start, stop };
}

/** An `EventSource` with a key, whose every request is sent to where the server is when `server` resolves. */
function aSource(context: TestContext, server: () => Promise<Restartable>): { ids: string[]; connections(): number } {
  const ids: string[] = [];
  let connections = 0;
  const source = new EventSource("http://trotline.test/v1/events", {
    fetch: async (url, init) => {
      const { path } = { path: new URL(url.toString()).pathname };
      const target = (await server()).server.url + path;
      const headers = { ...init.headers, authorization: "Bearer trot_test_key_of_event_streams" };
      const response = await fetch(target, { ...init, headers } as RequestInit);
      connections += 1;
      return response;
    },
  });
  source.onmessage = ({ data }) => ids.push(JSON.parse(data).id);
  context.after(() => source.close());
  return { ids, connections: () => connections };
}

it("an EventSource misses nothing, and gets nothing twice, while the server is stopped and started", async (context) => {
  const { start, stop } = await aRestartable(context);
  let current = Promise.resolve(await start());
  const source = aSource(context, () => current);
  await eventually("it is connected", async () => (await current).app.feed.waiting === 1);
  const expected: string[] = [];
  const publishNext = async ({ app }: Restartable): Promise<void> => {
    const events = [1, 2, 3].map((each) => anEvent({ id: `evt_${expected.length + each}` })) as { id: string }[];
    expected.push(...events.map(({ id }) => id));
    await publish(app, events);
  };
  for (let round = 1; round <= 3; round++) {
    await publishNext(await current);
    if (round < 3) await eventually("they have come", () => source.ids.length === expected.length);
    const { promise, resolve } = Promise.withResolvers<Restartable>();
    current = promise;
    await stop();
    const restarted = await start();
    await publishNext(restarted);
    resolve(restarted);
    await eventually("it is back", () => source.ids.length >= expected.length);
  }
  assert.deepEqual(source.ids, expected);
  assert.ok(source.connections() >= 4);
});

it("an EventSource that was connected before any event resumes from where it was", async (context) => {
  const { start, stop } = await aRestartable(context);
  let current = Promise.resolve(await start());
  await publish((await current).app, anEvent({ id: "before" }));
  const source = aSource(context, () => current);
  await eventually("it is connected", async () => (await current).app.feed.waiting === 1);
  const { promise, resolve } = Promise.withResolvers<Restartable>();
  current = promise;
  await stop();
  const restarted = await start();
  await publish(restarted.app, anEvent({ id: "meanwhile" }));
  resolve(restarted);
  await eventually("the event has come", () => source.ids.length > 0);
  assert.deepEqual(source.ids, ["meanwhile"]);
});
