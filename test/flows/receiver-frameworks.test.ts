/** The receiver kit behind the servers that people have: each takes what is genuine, and leaves the rest to the others. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect, createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { it, type TestContext } from "node:test";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import type { ReceivedEvent, Receiver } from "../../src/receiver.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aReceiver, served } from "./a-receiver.ts";
import { deliver, githubHeaders, sourceSecret } from "./a-source.ts";

/** Serves the receiver at `/in` and `GET /health` beside it, and a `POST /echo` that has its JSON parsed. */
type Framework = (context: TestContext, receiver: Receiver) => Promise<string>;

const withExpress: Framework = (context, receiver) => {
  const app = express();
  app.use("/in", receiver.node);
  app.use(express.json());
  app.get("/health", (_request, response) => void response.send("well"));
  app.post("/echo", (request, response) => void response.json(request.body));
  return served(context, app);
};

/** Beside the framework, before all of its own. */
const inFrontOfExpress: Framework = (context, receiver) => {
  const app = express();
  app.use(receiver.node);
  app.use(express.json());
  app.get("/health", (_request, response) => void response.send("well"));
  app.post("/echo", (request, response) => void response.json(request.body));
  return served(context, app);
};

const withFastify: Framework = async (context, receiver) => {
  const app = fastify({ forceCloseConnections: true });
  app.addHook("onRequest", (request, reply, done) => receiver.node(request.raw, reply.raw, done));
  app.get("/health", () => "well");
  app.post("/echo", (request) => request.body);
  await app.listen({ port: 0, host: "127.0.0.1" });
  context.after(() => app.close());
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
};

const withHono: Framework = (context, receiver) => {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.all("/in/*", (c) => receiver.fetch(c.req.raw, { address: c.env.incoming.socket.remoteAddress ?? "" }));
  app.get("/health", (c) => c.text("well"));
  app.post("/echo", async (c) => c.json(await c.req.json()));
  return served(
    context,
    getRequestListener((request, env) => app.fetch(request, env)),
  );
};

const withNode: Framework = (context, receiver) =>
  served(context, (request, response) =>
    receiver.node(request, response, () => {
      if (request.url === "/health") response.end("well");
      else if (request.url !== "/echo") response.writeHead(404).end();
      else request.pipe(response.setHeader("content-type", "application/json"));
    }),
  );

const frameworks: readonly [name: string, framework: Framework][] = [
  ["node:http", withNode],
  ["Express, mounted", withExpress],
  ["Express, in front", inFrontOfExpress],
  ["Fastify", withFastify],
  ["Hono", withHono],
];

for (const [name, framework] of frameworks) {
  it(`stands behind ${name}`, async (context) => {
    const seen: ReceivedEvent[] = [];
    const receiver = await aReceiver(context, {
      sources: {
        github: { scheme: "github", secret: sourceSecret, allowAddresses: ["127.0.0.0/8"], bodyBytesMax: 500 },
      },
      handle: (event) => void seen.push(event),
    });
    const origin = await framework(context, receiver);
    const url = `${origin}/in/github`;
    const body = '{"text":"é €", "n": 1.0}\n';
    const answer = await deliver(`${url}?q=1`, { id: "d-1", body });
    assert.deepEqual([answer.status, answer.text, answer.headers.get("x-content-type-options")], [200, "", "nosniff"]);
    await eventually("it is handled", () => seen.length === 1);
    const [event] = seen;
    assert.ok(event);
    assert.equal(Buffer.from(event.body).toString(), body);
    assert.deepEqual(
      [event.target, event.deliveryId, event.headers["x-github-event"], event.address, event.method],
      ["/in/github?q=1", "d-1", "push", "127.0.0.1", "POST"],
    );
    assert.equal((await deliver(url, { secret: "another" })).status, 401);
    assert.equal((await deliver(url, { body: `"${"x".repeat(600)}"` })).status, 413);
    assert.equal((await deliver(`${origin}/in/gitlab`)).status, 404);
    const got = await fetch(url);
    assert.deepEqual([got.status, got.headers.get("allow")], [405, "POST"]);

    assert.equal(await (await fetch(`${origin}/health`)).text(), "well");
    const echoed = await deliver(`${origin}/echo`, { body: '{"a":1}' });
    assert.deepEqual(JSON.parse(echoed.text), { a: 1 });
    assert.equal(seen.length, 1);
  });
}

it("takes requests of the web without a server", async (context) => {
  const seen: ReceivedEvent[] = [];
  const receiver = await aReceiver(context, {
    sources: {
      door: { scheme: "unverified", methods: ["POST", "GET"], answer: { status: 204, body: "", contentType: "a/b" } },
    },
    handle: (event) => void seen.push(event),
  });
  const { fetch: ask } = receiver;
  const posted = await ask(new Request("https://example.com/in/door?x=1", { method: "POST", body: "text" }));
  assert.deepEqual([posted.status, await posted.text()], [204, ""]);
  assert.equal((await ask(new Request("https://example.com/in/door?floor=2"))).status, 204);
  assert.equal((await ask(new Request("https://example.com/elsewhere"))).status, 404);
  await eventually("both are handled", () => seen.length === 2);
  const shown = seen.map(({ data, target, headers, address }) => ({ data, target, host: headers.host, address }));
  assert.deepEqual(
    shown.toSorted((one, other) => one.target.localeCompare(other.target)),
    [
      { data: { floor: "2" }, target: "/in/door?floor=2", host: "example.com", address: "" },
      { data: "text", target: "/in/door?x=1", host: "example.com", address: "" },
    ],
  );
});

it("stands behind node:http2", async (context) => {
  const seen: ReceivedEvent[] = [];
  const receiver = await aReceiver(context, { handle: (event) => void seen.push(event) });
  const server = createHttp2Server((request, response) => receiver.node(request as never, response as never));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  context.after(() => {
    session.close();
    server.close();
  });
  const post = async (headers: object): Promise<number> => {
    const stream = session.request({ ":method": "POST", ":path": "/in/github", ...headers });
    stream.end("{}");
    const [{ ":status": status }] = (await once(stream, "response")) as [{ ":status": number }];
    for await (const _ of stream);
    return status;
  };
  assert.equal(await post(githubHeaders({ id: "d" })), 200);
  assert.equal(await post(githubHeaders({ secret: "another" })), 401);
  await eventually("it is handled", () => seen.length === 1);
  const [event] = seen;
  assert.deepEqual([event?.deliveryId, event?.address], ["d", "127.0.0.1"]);
  assert.ok(event?.rawHeaders.every((name) => !name.startsWith(":")));
});

it("is found where it is told to be", async (context) => {
  const receiver = await aReceiver(context, { path: "/hooks/v1" });
  const app = express();
  app.use("/hooks/v1", receiver.node);
  const origin = await served(context, app);
  assert.equal((await deliver(`${origin}/hooks/v1/github`)).status, 200);
  assert.equal((await deliver(`${origin}/in/github`)).status, 404);
  const atRoot = await aReceiver(context, { path: "" });
  assert.equal((await deliver(atRoot.url.replace("/in/", "/"))).status, 200);
});

it("takes a target that is a whole URL, as proxies may send it", async (context) => {
  const seen: ReceivedEvent[] = [];
  const receiver = await aReceiver(context, { handle: (event) => void seen.push(event) });
  const { origin, port } = new URL(receiver.url);
  const body = '{"whole":1}';
  const statusOf = async (path: string): Promise<number | undefined> => {
    const asked = request({ port, path, method: "POST", headers: githubHeaders({ body }) }).end(body);
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    response.resume();
    return response.statusCode;
  };
  assert.equal(await statusOf("http://elsewhere.example/in/github?a=1"), 200);
  assert.equal(await statusOf(`${origin}/elsewhere?/in/github`), 404);
  await eventually("it is handled", () => seen.length > 0);
  assert.equal(seen[0]?.target, "http://elsewhere.example/in/github?a=1");
});
