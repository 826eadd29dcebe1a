/** Long polls over real sockets: who waits, who is woken, who goes away, and how a stop ends them all. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { it, type TestContext } from "node:test";
import { limits } from "../../src/core/limits.ts";
import { startServer } from "../../src/http/server.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { anEvent, aServer, type TestServer } from "./a-server.ts";
import { anApp, publish } from "./an-app.ts";

interface Poll {
  readonly socket: Socket;
  text(): string;
  readonly ended: Promise<string>;
}

type Asked = { readonly url: string; readonly key: string };

/** One request on a socket of its own. */
async function poll({ url, key }: Asked, path: string, context: Pick<TestContext, "after">): Promise<Poll> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  context.after(() => socket.destroy());
  let received = "";
  socket.on("data", (chunk) => {
    received += chunk;
  });
  socket.on("error", () => {});
  const ended = once(socket, "close").then(() => received);
  socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${key}\r\n\r\n`);
  return { socket, text: () => received, ended };
}

const waiting = ({ app }: Pick<TestServer, "app">, count: number) =>
  eventually(`${count} wait`, () => app.feed.waiting === count);

it("an empty page is held until a matching event is there, and then answered at once", async (context) => {
  const server = await aServer(context);
  const { app, ask } = server;
  await publish(app, anEvent({ id: "old" }));
  const answer = ask("GET /v1/events?after=latest&wait=60&types=user.*");
  await waiting(server, 1);
  await publish(app, [anEvent({ id: "left-out" }), anEvent({ id: "other", type: "user.added", tenant: "acme" })]);
  await publish(app, anEvent({ id: "evt_1", type: "user.added" }));
  const { status, body, headers } = await answer;
  assert.equal(status, 200);
  assert.deepEqual([body.data[0].id, body.data.length, body.has_more], ["evt_1", 1, false]);
  assert.equal(headers.get("cache-control"), "no-store");
  assert.equal(headers.get("trotline-slowed-ms"), null);
  assert.equal(app.feed.waiting, 0);
});

it("does not wait where there is an event, or the log goes on", async (context) => {
  const { app, ask } = await aServer(context);
  await publish(app, anEvent({ id: "evt_1" }));
  const startedMs = performance.now();
  assert.equal((await ask("GET /v1/events?wait=60")).body.data.length, 1);
  for (let count = 0; count < limits.scannedPerPage; count += 1000) {
    await publish(
      app,
      Array.from({ length: 1000 }, () => anEvent({ data: 1 })),
    );
  }
  const { body } = await ask("GET /v1/events?wait=60&types=rare");
  assert.deepEqual([body.data, body.has_more], [[], true]);
  assert.ok(performance.now() - startedMs < 10_000);
});

it("a wait that ends is 200 with no events and a cursor beyond what came", async (context) => {
  const { app, ask } = await aServer(context);
  const startedMs = performance.now();
  const answer = ask("GET /v1/events?wait=1&types=user.*");
  await waiting({ app }, 1);
  await publish(app, anEvent({ id: "left-out" }));
  const { status, body } = await answer;
  assert.equal(status, 200);
  assert.deepEqual([body.data, body.has_more], [[], false]);
  assert.equal(body.next_cursor, (await ask("GET /v1/events")).body.next_cursor);
  const tookMs = performance.now() - startedMs;
  assert.ok(tookMs >= 1000 && tookMs < 5000, `${tookMs} ms`);
});

it("a thousand who wait for the same are all answered by one event, each with the same bytes", async (context) => {
  const server = await aServer(context);
  const polls = await Promise.all(
    Array.from({ length: 1000 }, () => poll(server, "/v1/events?after=latest&wait=60", context)),
  );
  await waiting(server, 1000);
  await publish(server.app, anEvent({ id: "evt_1" }));
  await eventually("all are answered", () => polls.every(({ text }) => text().includes('"has_more":false}')));
  const bodies = new Set(polls.map(({ text }) => text().split("\r\n\r\n")[1]));
  assert.equal(bodies.size, 1);
  assert.match([...bodies][0] ?? "", /"id":"evt_1"/);
  assert.equal(server.app.feed.waiting, 0);
});

it("a client that goes away is forgotten at once", async (context) => {
  const server = await aServer(context);
  const one = await poll(server, "/v1/events?wait=60", context);
  const other = await poll(server, "/v1/events?wait=60", context);
  await waiting(server, 2);
  one.socket.destroy();
  await waiting(server, 1);
  other.socket.resetAndDestroy();
  await waiting(server, 0);
  await publish(server.app, anEvent());
  assert.equal((await server.ask("GET /v1/events")).body.data.length, 1);
});

it("a connection that was held goes on to serve", async (context) => {
  const server = await aServer(context);
  const held = await poll(server, "/v1/events?wait=60", context);
  await waiting(server, 1);
  await publish(server.app, anEvent({ id: "evt_1" }));
  await eventually("the first answer is here", () => held.text().includes("evt_1"));
  held.socket.write(`GET /v1/events/evt_1 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${server.key}\r\n\r\n`);
  await eventually("the second answer is here", () => held.text().includes('"deliveries":[]'));
  assert.doesNotMatch(held.text(), /connection: close/i);
});

it("HEAD is answered as GET is, without the body", async (context) => {
  const server = await aServer(context);
  await publish(server.app, anEvent({ id: "evt_1" }));
  const get = await server.ask("GET /v1/events");
  const head = await server.ask("HEAD /v1/events");
  assert.equal(head.status, 200);
  assert.equal(head.text, "");
  for (const name of ["content-type", "content-length", "cache-control", "vary"]) {
    assert.equal(head.headers.get(name), get.headers.get(name), name);
  }
  const held = server.ask("HEAD /v1/events?after=latest&wait=60");
  await waiting(server, 1);
  await publish(server.app, anEvent({ id: "evt_2" }));
  assert.deepEqual([(await held).status, (await held).text], [200, ""]);
});

for (const [order, first] of [
  ["the server before the app", "server"],
  ["the app before the server", "app"],
  ["both at once", "both"],
] as const) {
  it(`a stop answers everyone who waits at once: ${order}`, async (context) => {
    const app = await anApp();
    const server = await startServer(app, { host: "127.0.0.1", port: 0, auth: "keys", shutdownGraceMs: 30_000 });
    context.after(async () => {
      await server.close();
      await app.close();
    });
    const asked = { url: server.url, key: app.firstKey ?? "" };
    const polls = await Promise.all(
      ["&types=a", "&types=a", ""].map((more) => poll(asked, `/v1/events?wait=60${more}`, context)),
    );
    await waiting({ app }, 3);
    const startedMs = performance.now();
    const parts = { server: () => server.close(), app: () => app.close() };
    if (first === "both") await Promise.all([parts.server(), parts.app()]);
    else if (first === "server") await parts.server().then(parts.app);
    else await parts.app().then(parts.server);
    for (const { ended } of polls) {
      const text = await ended;
      assert.match(text, /^HTTP\/1\.1 200 OK/);
      assert.match(text, /connection: close/i);
      assert.match(text, /\{"data":\[\],"next_cursor":"[\w-]{18}","has_more":false\}$/);
    }
    assert.ok(performance.now() - startedMs < 10_000);
    assert.equal(app.feed.waiting, 0);
  });
}

it("who asks the same again and again without waiting is slowed, and told so, until an event comes", async (context) => {
  const server = await aServer(context);
  const { app, ask } = server;
  const { body } = await ask("GET /v1/events");
  const path = `GET /v1/events?after=${body.next_cursor}`;
  for (let count = 0; count < 5; count++) {
    const answer = await ask(path);
    assert.equal(answer.headers.get("trotline-slowed-ms"), null);
  }
  const startedMs = performance.now();
  const slowed = ask(path);
  await waiting(server, 1);
  const other = await ask(`${path}&limit=7`);
  assert.equal(other.headers.get("trotline-slowed-ms"), null, "another question is answered at once");
  await publish(app, anEvent({ id: "evt_1" }));
  const answer = await slowed;
  assert.equal(answer.headers.get("trotline-slowed-ms"), "1000");
  assert.deepEqual(answer.body.data.length, 1);
  assert.ok(performance.now() - startedMs < 900, "an event ends it early");
  const unslowed = await ask(path);
  assert.deepEqual([unslowed.headers.get("trotline-slowed-ms"), unslowed.body.data.length], [null, 1]);
});

it("a tight loop is held for a second at a time", async (context) => {
  const { ask } = await aServer(context);
  const startedMs = performance.now();
  let asked = 0;
  let slowed = 0;
  while (performance.now() - startedMs < 2000) {
    const { headers, body } = await ask("GET /v1/events");
    assert.deepEqual(body.data, []);
    asked += 1;
    if (headers.get("trotline-slowed-ms") === "1000") slowed += 1;
  }
  assert.ok(slowed >= 1 && asked <= 18, `${asked} asked, ${slowed} slowed`);
});
