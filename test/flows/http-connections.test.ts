/** What happens on the wire: slow, broken and hostile clients, and the server's own end. */
import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import { connect, createServer, type Socket } from "node:net";
import { it, type TestContext } from "node:test";
import { startServer } from "../../src/http/server.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { anEvent, aServer } from "./a-server.ts";
import { anApp } from "./an-app.ts";

interface Wire {
  readonly socket: Socket;
  /** Everything received so far. */
  text(): string;
  /** Everything received, when the server has hung up. */
  readonly ended: Promise<string>;
}

function wireTo(url: string, context: Pick<TestContext, "after">): Wire {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let received = "";
  socket.on("data", (chunk) => {
    received += chunk;
  });
  const ended = new Promise<string>((resolve) => {
    socket.on("error", () => {}); // A reset after the answer is one way to hang up.
    socket.on("close", () => resolve(received));
  });
  context.after(() => socket.destroy());
  return { socket, text: () => received, ended };
}

const head = (key: string, more: string): string =>
  `POST /v1/events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${key}\r\n` +
  `content-type: application/json\r\n${more}\r\n\r\n`;

/** Sends the head of a request, and waits until the server has read it. */
async function begin(wire: Wire, key: string, framing: string): Promise<void> {
  wire.socket.write(head(key, `${framing}\r\nexpect: 100-continue`));
  await eventually("the server asks for the body", () => wire.text().includes("100 Continue"));
}

it("a client that sends its body too slowly is answered 408, and hung up on", async (context) => {
  const bodyTimeouts = { wholeMs: 100, streamIdleMs: 100 };
  const { url, key } = await aServer(context, { server: { bodyTimeouts } });
  const wire = wireTo(url, context);
  wire.socket.write(`${head(key, "content-length: 100")}{"type":`);
  const text = await wire.ended;
  assert.match(text, /^HTTP\/1\.1 408 /);
  assert.match(text, /"code":"request-timeout"/);
  assert.match(text, /connection: close/i);
});

it("a body that comes byte by byte within the time is taken", async (context) => {
  const { url, key } = await aServer(context);
  const wire = wireTo(url, context);
  const body = JSON.stringify(anEvent());
  wire.socket.setNoDelay(true);
  wire.socket.write(head(key, `content-length: ${body.length}`));
  for (const byte of body) {
    wire.socket.write(byte);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await eventually("the answer is here", () => wire.text().includes('"duplicate":false'));
  assert.match(wire.text(), /^HTTP\/1\.1 201 /);
});

it("a client that hangs up in the middle of its body stores nothing, and the server goes on", async (context) => {
  const logged: string[] = [];
  const note = (_facts: object, sentence: string) => void logged.push(sentence);
  const logger = { debug: note, info: note, warn: note, error: note };
  const { url, key, app, ask } = await aServer(context, { app: { logger } });
  for (const framing of ["content-length: 1000", "transfer-encoding: chunked"]) {
    const wire = wireTo(url, context);
    await begin(wire, key, framing);
    wire.socket.write('9\r\n{"type":"\r\n');
    wire.socket.destroySoon();
    await wire.ended;
  }
  assert.equal((await ask("POST /v1/events", { body: anEvent() })).status, 201);
  assert.equal(app.store.events.bounds().head, 1);
  assert.deepEqual(logged, [], "a client that hangs up is no fault of ours");
});

it("what is not HTTP is answered 400 in one line, and headers beyond the limit 431", async (context) => {
  const { url, ask } = await aServer(context);
  const malformed = wireTo(url, context);
  malformed.socket.write("hello\r\n\r\n");
  assert.equal(await malformed.ended, "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  const large = wireTo(url, context);
  large.socket.write(`GET / HTTP/1.1\r\nhost: x\r\nx: ${"x".repeat(20_000)}\r\n\r\n`);
  assert.match(await large.ended, /^HTTP\/1\.1 431 /);
  const smuggled = wireTo(url, context);
  smuggled.socket.write(
    "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
  );
  assert.match(await smuggled.ended, /^HTTP\/1\.1 400 /);
  assert.equal((await ask("GET /healthz")).status, 200);
});

it("a refused request keeps its connection where its body is small, and only there", async (context) => {
  const { url } = await aServer(context);
  const small = wireTo(url, context);
  small.socket.write(`${head("wrong", "content-length: 3")}{}\n`);
  await eventually("the first answer is here", () => small.text().includes('"code":"unauthenticated"'));
  small.socket.write("GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
  assert.match(await small.ended, /401 [\s\S]*200 OK/);
  for (const framing of ["content-length: 9000000", "transfer-encoding: chunked"]) {
    const large = wireTo(url, context);
    large.socket.write(head("wrong", framing));
    assert.match(await large.ended, /^HTTP\/1\.1 401 [\s\S]*connection: close/i);
  }
});

it("a declared body beyond the limit is refused before it is sent", async (context) => {
  const { url, key } = await aServer(context);
  const wire = wireTo(url, context);
  wire.socket.write(head(key, "content-length: 99999999"));
  assert.match(await wire.ended, /^HTTP\/1\.1 413 [\s\S]*"code":"body-too-large"/);
});

it("closing answers what is running, refuses what is new, and drops idle connections", async (context) => {
  const app = await anApp();
  context.after(() => app.close());
  const server = await startServer(app, { host: "127.0.0.1", port: 0, auth: "keys", shutdownGraceMs: 10_000 });
  context.after(() => server.close());
  const idle = wireTo(server.url, context);
  idle.socket.write("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n");
  await eventually("the idle connection was answered", () => idle.text().includes('{"status":"ok"}'));

  const { append } = app.store.events;
  const waiting: (() => void)[] = [];
  app.store.events.append = async (appended) => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    return append.call(app.store.events, appended);
  };
  const body = JSON.stringify(anEvent());
  const agent = new Agent({ keepAlive: true });
  context.after(() => agent.destroy());
  const running = new Promise<number | undefined>((resolve, reject) => {
    const headers = { authorization: `Bearer ${app.firstKey}`, "content-type": "application/json" };
    request(`${server.url}/v1/events`, { method: "POST", agent, headers }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode));
    })
      .on("error", reject)
      .end(body);
  });
  const behind = wireTo(server.url, context);
  await begin(behind, app.firstKey ?? "", `content-length: ${body.length}`);
  const release = await eventually("the request is running", () => waiting[0]);
  const startedMs = performance.now();
  const closed = server.close();
  await idle.ended;
  await assert.rejects(fetch(`${server.url}/healthz`), "nothing new is accepted");
  // The second request on the connection that is still open comes too late.
  const late = "GET /v1/endpoints HTTP/1.1\r\nhost: x\r\n\r\n";
  release();
  assert.equal(await running, 201);
  behind.socket.write(body + late);
  const releaseOther = await eventually("the other request is running too", () => waiting[1]);
  releaseOther();
  assert.match(await behind.ended, / 201 [\s\S]* 503 [\s\S]*"code":"shutting-down"/);
  await closed;
  assert.ok(performance.now() - startedMs < 5000, "it did not wait for connections that were kept alive");
});

it("closing cuts off, after its grace, a client that never ends", async (context) => {
  const app = await anApp();
  context.after(() => app.close());
  const server = await startServer(app, { host: "127.0.0.1", port: 0, auth: "keys", shutdownGraceMs: 50 });
  const wire = wireTo(server.url, context);
  await begin(wire, app.firstKey ?? "", "content-length: 100");
  await server.close();
  await wire.ended;
});

it("closing does not wait for a connection that never asked anything", async (context) => {
  const app = await anApp();
  context.after(() => app.close());
  const server = await startServer(app, { host: "127.0.0.1", port: 0, auth: "keys", shutdownGraceMs: 60_000 });
  const silent = wireTo(server.url, context);
  // One that asks comes behind it: the server knows both then.
  await (await fetch(`${server.url}/healthz`, { headers: { connection: "close" } })).text();
  await server.close();
  assert.equal(await silent.ended, "");
});

it("readiness ends before the server does", async (context) => {
  const { url, server, ask } = await aServer(context);
  assert.equal((await ask("GET /readyz", { key: null })).status, 200);
  const wire = wireTo(url, context);
  const readyz = "GET /readyz HTTP/1.1\r\nhost: x\r\n";
  wire.socket.write(`${readyz}\r\n${readyz}`); // One request, and the beginning of the next.
  await eventually("the first request is answered", () => wire.text().includes('{"status":"ok"}'));
  const closed = server.close();
  wire.socket.write("\r\n");
  assert.match(await wire.ended, /HTTP\/1\.1 503 [\s\S]*"code":"shutting-down"/);
  await closed;
});

it("a taken port and an address of another machine are said so", async (context) => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.on("listening", resolve));
  context.after(() => void other.close());
  const { port } = other.address() as { port: number };
  const app = await anApp();
  context.after(() => app.close());
  const start = (host: string, at: number) => startServer(app, { host, port: at, auth: "keys", shutdownGraceMs: 0 });
  await assert.rejects(start("127.0.0.1", port), { code: "port-taken", message: new RegExp(String(port)) });
  await assert.rejects(start("192.0.2.1", 0), { code: "address-unavailable" });
  await assert.rejects(start("no-such-host.invalid", 0), { code: "address-unavailable" });
});
