/** Floods at `/in`: memory and disk are bounded, others go on, and whoever is turned away is told when to come again. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { it } from "node:test";
import { gzipSync } from "node:zlib";
import type { App } from "../../src/app.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { temporaryFolder } from "../../src/testing/temporary-folder.ts";
import { anEvent, aServer } from "../flows/a-server.ts";
import { aSource, deliver } from "../flows/a-source.ts";

const mebibyte = 1024 * 1024;

/** A client that begins a body and does not end it; what it is answered. */
function beginBody(url: string, { path = "/in/gh", sentBytes = 0 } = {}): { socket: Socket; answer: () => string } {
  const { port } = new URL(url);
  const socket = connect(Number(port), "127.0.0.1");
  let text = "";
  socket.on("data", (chunk) => (text += chunk.toString("latin1")));
  socket.on("error", () => {});
  socket.write(`POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-length: ${mebibyte}\r\n\r\n`);
  socket.write(Buffer.alloc(sentBytes, "x"));
  return { socket, answer: () => text };
}

/** Holds what is to be stored until it is let go. */
function holdAppends(app: App): () => void {
  const append = app.store.events.append.bind(app.store.events);
  const { promise, resolve } = Promise.withResolvers<void>();
  app.store.events.append = async (request) => {
    await promise;
    return append(request);
  };
  return resolve;
}

it("bodies that do not end take half of the room at most, and another source goes on", async (context) => {
  const bounds = { requests: 1000, bytes: 8 * mebibyte };
  const { app, url } = await aServer(context, { app: { receivingBounds: bounds } });
  await aSource(app);
  await aSource(app, { name: "other" });
  const clients = Array.from({ length: 40 }, () => beginBody(url, { sentBytes: mebibyte - 1 }));
  let most = 0;
  const isOver = (): boolean => {
    most = Math.max(most, app.receiving.inFlight.bytes);
    return clients.filter(({ answer }) => answer() !== "").length >= 36;
  };
  await eventually("those beyond the bound are answered", isOver);
  assert.ok(most > 0 && most <= bounds.bytes / 2, `${most} bytes`);
  const refused = clients.map(({ answer }) => answer()).filter((text) => text !== "");
  for (const text of refused) {
    assert.match(text, /^HTTP\/1\.1 503 /);
    assert.match(text, /retry-after: \d+/i);
    assert.match(text, /"code":"overloaded"/);
  }
  assert.equal((await deliver(`${url}/in/other`)).status, 200);
  for (const { socket } of clients) socket.destroy();
  await eventually(
    "nothing is left",
    () => app.receiving.inFlight.bytes === 0 && app.receiving.inFlight.requests === 0,
  );
  assert.equal((await deliver(`${url}/in/gh`)).status, 200);
});

it("small bodies that stand for large ones take the room of large ones", async (context) => {
  const bounds = { requests: 1000, bytes: 8 * mebibyte };
  const { app, url } = await aServer(context, { app: { receivingBounds: bounds } });
  await aSource(app, { name: "open", scheme: { unverified: true } });
  const letGo = holdAppends(app);
  const body = gzipSync(JSON.stringify("x".repeat(1_000_000)));
  const headers = { "content-encoding": "gzip" };
  const statuses: number[] = [];
  const flood = Array.from({ length: 30 }, async () => {
    statuses.push((await fetch(`${url}/in/open`, { method: "POST", body, headers })).status);
  });
  await eventually("those beyond the bound are answered", () => statuses.length >= 26);
  assert.deepEqual(new Set(statuses), new Set([503]));
  assert.ok(app.receiving.inFlight.bytes <= bounds.bytes / 2);
  letGo();
  await Promise.all(flood);
  assert.equal(statuses.filter((status) => status === 200).length, 4);
});

it("what could never have room beside its own request is kept as it came, and not put off for ever", async (context) => {
  const bounds = { requests: 1000, bytes: 500_000 };
  const { app, url } = await aServer(context, { app: { receivingBounds: bounds } });
  await aSource(app, { name: "open", scheme: { unverified: true }, bodyBytesMax: 100_000 });
  const compressed = gzipSync(randomBytes(90_000));
  const bodies = [
    { body: compressed, headers: { "content-encoding": "gzip" } },
    { body: Buffer.alloc(100_000, '"'), headers: { "content-type": "text/plain" } },
  ];
  for (const { body, headers } of bodies) {
    assert.equal((await fetch(`${url}/in/open`, { method: "POST", body, headers })).status, 200);
  }
  const { events } = await app.store.events.read({ after: 0, limit: 10, bytesMax: 1e6 });
  assert.deepEqual(
    events.map(({ data }) => Buffer.from(data).toString()),
    bodies.map(({ body }) => JSON.stringify({ base64: body.toString("base64") })),
  );
  assert.equal(app.receiving.inFlight.bytes, 0);
});

it("requests that wait for the store are so many and no more", async (context) => {
  const { app, url } = await aServer(context, { app: { receivingBounds: { requests: 20, bytes: mebibyte } } });
  await aSource(app);
  await aSource(app, { name: "other" });
  const letGo = holdAppends(app);
  const flood = Array.from({ length: 50 }, () => deliver(`${url}/in/gh`));
  const statuses: number[] = [];
  for (const answer of flood) void answer.then(({ status }) => statuses.push(status));
  await eventually("those beyond the bound are answered", () => statuses.length === 40);
  assert.deepEqual(new Set(statuses), new Set([503]));
  assert.equal(app.receiving.inFlight.requests, 10);
  const other = deliver(`${url}/in/other`);
  letGo();
  assert.equal((await other).status, 200);
  const all = await Promise.all(flood);
  assert.equal(all.filter(({ status }) => status === 200).length, 10);
  assert.equal((await app.store.events.read({ after: 0, limit: 100, bytesMax: mebibyte })).events.length, 11);
});

it("a flood of forged requests writes a few receipts a second and counts the rest, and publishing goes on", async (context) => {
  const { app, url, ask } = await aServer(context);
  const source = await aSource(app);
  const body = JSON.stringify("x".repeat(10_000));
  const startedMs = performance.now();
  let answered = 0;
  for (let round = 0; round < 10; round++) {
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => deliver(`${url}/in/gh`, { body, secret: "no" })),
    );
    answered += answers.filter(({ status }) => status === 401).length;
    assert.equal((await ask("POST /v1/events", { body: anEvent() })).status, 201);
  }
  assert.equal(answered, 400);
  const written = await eventually("what is written and what is not are all", async () => {
    const receipts = await app.sources.receipts({ sourceNumber: source.number, before: null, limit: 1000 });
    const { text } = await ask("GET /metrics");
    const unwritten = Number(/^trotline_inbound_receipts_unwritten_total (\d+)$/m.exec(text)?.[1]);
    return receipts.length + unwritten === 400 && receipts.length;
  });
  const seconds = (performance.now() - startedMs) / 1000;
  assert.ok(written >= 20 && written <= 21 + seconds * 20, `${written} receipts in ${seconds} s`);
});

it("a store that is full is 503 with a time to come again, and never 2xx", async (context) => {
  const folder = temporaryFolder("receiving-full");
  const { app, url, ask } = await aServer(context, { app: { store: { folder, bytesMax: 2 * mebibyte } } });
  const source = await aSource(app);
  const accepted: number[] = [];
  let refused: { status: number; headers: Headers; text: string } | null = null;
  for (let index = 0; index < 100 && refused === null; index++) {
    const answer = await deliver(`${url}/in/gh`, { id: `d${index}`, body: JSON.stringify("x".repeat(100_000)) });
    if (answer.status === 200) accepted.push(index);
    else refused = answer;
  }
  assert.deepEqual([refused?.status, JSON.parse(refused?.text ?? "null").code], [503, "store-full"]);
  assert.ok(Number(refused?.headers.get("retry-after")) >= 1);
  const { body } = await ask("GET /v1/events?limit=1000");
  assert.equal(body.data.length, accepted.length);
  const { text } = await ask("GET /metrics");
  assert.match(text, /^trotline_inbound_requests_total\{outcome="rejected",code="store_unavailable"\} 1$/m);
  assert.equal(source.status, "enabled");
});

it("a server that stops takes nothing new, and answers what it has begun", async (context) => {
  const { app, url, server } = await aServer(context);
  await aSource(app);
  const letGo = holdAppends(app);
  const begun = deliver(`${url}/in/gh`);
  await eventually("it waits for the store", () => app.receiving.inFlight.requests === 1);
  const closing = server.close();
  letGo();
  assert.equal((await begun).status, 200);
  await closing;
  await app.receiving.close();
  const late = { method: "POST", target: "/in/gh", headers: [], peer: { address: "127.0.0.1", isEncrypted: false } };
  await assert.rejects(app.receiving.receive("gh", { ...late, readBody: async () => new Uint8Array(0) }), {
    code: "shutting-down",
  });
});
