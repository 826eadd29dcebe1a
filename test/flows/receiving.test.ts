/** `/in/{source}`: what is verified becomes an event, what is not becomes a receipt, and the answer says which. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { it } from "node:test";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { App } from "../../src/app.ts";
import { TrotlineError } from "../../src/core/errors.ts";
import { decodeRequest, headerValues } from "../../src/core/received-request.ts";
import type { Receipt, Source } from "../../src/core/source.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aServer, type TestServer } from "./a-server.ts";
import { aSource, deliver, githubHeaders, sendRaw } from "./a-source.ts";

const nothing = new Uint8Array(0);

const eventsOf = async (app: App, tenant = "default") =>
  (await app.store.events.read({ after: 0, limit: 1000, bytesMax: 1e9, tenant })).events;

const receiptsOf = (app: App, { number }: Source, count: number): Promise<readonly Receipt[]> =>
  eventually("receipts", async () => {
    const receipts = await app.sources.receipts({ sourceNumber: number, before: null, limit: 100 });
    return receipts.length >= count && receipts;
  });

async function aReceivingServer(
  context: Parameters<typeof aServer>[0],
  options: Parameters<typeof aServer>[1] = {},
): Promise<TestServer & { at: (name?: string) => string }> {
  const server = await aServer(context, options);
  return { ...server, at: (name = "gh") => `${server.url}/in/${name}` };
}

it("a request that its provider signed is an event with the request beside it, and is answered 200", async (context) => {
  const { app, at } = await aReceivingServer(context);
  await aSource(app);
  const body = '{ "ref":"main", "n":12345678901234567890 }';
  const answer = await deliver(`${at()}?a=1`, { body, id: "d-1", event: "pull_request", headers: { "X-Odd": "é" } });
  assert.deepEqual([answer.status, answer.text], [200, ""]);
  assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
  assert.equal(answer.headers.get("content-type"), "text/plain; charset=utf-8");
  const [event, ...others] = await eventsOf(app);
  assert.ok(event !== undefined && others.length === 0);
  assert.deepEqual([event.type, event.tenant, event.subject], ["gh.pull_request", "default", null]);
  assert.equal(Buffer.from(event.data).toString(), body);
  const request = decodeRequest(event.request ?? nothing, event.data);
  assert.deepEqual(
    [request.method, request.target, request.source, request.deliveryId, request.providerType, request.address],
    ["POST", "/in/gh?a=1", "gh", "d-1", "pull_request", "127.0.0.1"],
  );
  assert.deepEqual(headerValues(request.headers, "x-odd"), ["é"]);
  assert.equal(Buffer.from(request.body).toString(), body);
  assert.equal(event.occurredAtMs, request.receivedAtMs);
});

it("what is sent again is stored once, answered the same, counted, and noted with its event", async (context) => {
  const { app, at } = await aReceivingServer(context);
  const source = await aSource(app, { answer: { status: 202, body: "taken", contentType: "text/plain" } });
  for (const body of ["{}", "{}", '{"other":1}']) {
    const answer = await deliver(at(), { body, id: "same" });
    assert.deepEqual([answer.status, answer.text], [202, "taken"]);
  }
  const [event, ...others] = await eventsOf(app);
  assert.ok(event !== undefined && others.length === 0);
  assert.equal((await app.store.events.redeliveries(event.position)).count, 2);
  const receipts = await receiptsOf(app, source, 2);
  assert.deepEqual(
    receipts.map(({ outcome, eventId, code }) => [outcome, eventId, code]),
    [
      ["duplicate", event.id, null],
      ["duplicate", event.id, null],
    ],
  );
});

it("the same delivery id at two sources is two events", async (context) => {
  const { app, at } = await aReceivingServer(context);
  await aSource(app);
  await aSource(app, { name: "gh2" });
  await deliver(at(), { id: "x" });
  await deliver(at("gh2"), { id: "x" });
  assert.equal((await eventsOf(app)).length, 2);
});

it("a source may tell copies by their body, or not at all", async (context) => {
  const { app, at } = await aReceivingServer(context);
  await aSource(app, { name: "by-body", deduplication: "body" });
  await aSource(app, { name: "by-nothing", deduplication: "none" });
  for (const name of ["by-body", "by-nothing"]) {
    for (const id of ["1", "2"]) await deliver(at(name), { id, body: '{"a":1}' });
    await deliver(at(name), { id: "2", body: '{"a":2}' });
  }
  const types = (await eventsOf(app)).map(({ type }) => type);
  assert.equal(types.filter((type) => type === "by-body.push").length, 2);
  assert.equal(types.filter((type) => type === "by-nothing.push").length, 3);
});

it("an event that somebody published under the id of a delivery keeps nothing out", async (context) => {
  const { app, at, ask } = await aReceivingServer(context);
  const source = await aSource(app);
  await deliver(at(), { id: "first" });
  const [first] = await eventsOf(app);
  await app.sources.remove(source.name);
  // Another source, whose event has an id that is taken already: as if it had been guessed.
  const again = await aSource(app);
  const { receivedEventId } = await import("../../src/inbound/received-event.ts");
  const id = receivedEventId(again, { deliveryId: "second", body: nothing, target: "" });
  assert.equal((await ask("POST /v1/events", { body: { id, type: "a.b", data: 1 } })).status, 201);
  assert.equal((await deliver(at(), { id: "second" })).status, 200);
  const events = await eventsOf(app);
  assert.deepEqual([events.length, events[0]?.id], [3, first?.id]);
  assert.notEqual(events[2]?.id, id);
  assert.equal(events[2]?.type, "gh.push");
  const append = app.store.events.append.bind(app.store.events);
  app.store.events.append = async (request) => {
    if (request.events[0]?.id !== id) throw new TrotlineError("store-unavailable", "The disk is gone.");
    return append(request);
  };
  assert.equal((await deliver(at(), { id: "second" })).status, 503, "under its new id it is not durable");
});

it("a request that is not its provider's is 401, is not told why in detail, and is noted with its body", async (context) => {
  const { app, at } = await aReceivingServer(context);
  const source = await aSource(app);
  const body = JSON.stringify({ forged: true });
  const answer = await deliver(at(), { body, secret: "another" });
  assert.equal(answer.status, 401);
  assert.equal(answer.headers.get("www-authenticate"), null);
  const problem = JSON.parse(answer.text);
  assert.equal(problem.code, "verification-failed");
  assert.equal(problem.detail, "The request was not verified: signature_mismatch.");
  assert.equal((await eventsOf(app)).length, 0);
  const [receipt] = await receiptsOf(app, source, 1);
  assert.ok(receipt !== undefined);
  assert.deepEqual([receipt.outcome, receipt.code, receipt.bodyTruncated], ["rejected", "verification_failed", false]);
  assert.match(receipt.detail ?? "", /^signature_mismatch: /);
  assert.equal(Buffer.from(decodeRequest(receipt.request, nothing).body).toString(), body);
  assert.ok(!JSON.stringify(problem).includes("Secret to Everybody"));
});

it("the body of a receipt is cut, and says so", async (context) => {
  const { app, at } = await aReceivingServer(context);
  const source = await aSource(app);
  await deliver(at(), { body: JSON.stringify("x".repeat(200_000)), secret: "another" });
  const [receipt] = await receiptsOf(app, source, 1);
  assert.equal(receipt?.bodyTruncated, true);
  assert.equal(decodeRequest(receipt?.request ?? nothing, nothing).body.length, 64 * 1024);
});

it("an unknown source is 404 in the words of any other address, with any method", async (context) => {
  const { url, app } = await aReceivingServer(context);
  await aSource(app);
  for (const path of ["/in/nobody", "/in/nobody/x", "/in/__proto__", "/in/GH"]) {
    for (const method of ["GET", "POST"]) {
      const response = await fetch(url + path, { method });
      assert.deepEqual([response.status, ((await response.json()) as { code: string }).code], [404, "route-not-found"]);
    }
  }
});

it("a paused source is 503 with a time to come again, and takes requests when it is enabled", async (context) => {
  const { app, at } = await aReceivingServer(context);
  const source = await aSource(app);
  await app.sources.setStatus("gh", "paused");
  const answer = await deliver(at());
  assert.deepEqual([answer.status, answer.headers.get("retry-after")], [503, "60"]);
  assert.equal(JSON.parse(answer.text).code, "source-paused");
  const [receipt] = await receiptsOf(app, source, 1);
  assert.deepEqual([receipt?.code, receipt?.bodyTruncated], ["source_paused", true]);
  await app.sources.setStatus("gh", "enabled");
  assert.equal((await deliver(at())).status, 200);
});

it("a method that the source does not take is 405 and names those that it takes", async (context) => {
  const { app, at } = await aReceivingServer(context);
  await aSource(app, { methods: ["POST", "PUT"] });
  const response = await fetch(at(), { method: "DELETE" });
  assert.deepEqual([response.status, response.headers.get("allow")], [405, "POST, PUT"]);
  const put = await fetch(at(), { method: "PUT", body: "{}", headers: githubHeaders() });
  assert.equal(put.status, 200);
});

it("a method that no source takes is the sender's fault, also where it has a body of no type", async (context) => {
  const { app, url } = await aReceivingServer(context);
  await aSource(app);
  const ask = (method: string) => sendRaw(url, `${method} /in/gh HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${two}`);
  const two = "content-length: 2\r\n\r\n{}";
  assert.match(await ask("QUERY"), /^HTTP\/1\.1 405 /);
  assert.match(await ask("PROPFIND"), /^HTTP\/1\.1 405 /);
});

it("GET with a query is an event whose data are the query; what follows the name is part of the URL", async (context) => {
  const { app, at } = await aReceivingServer(context);
  await aSource(app, { name: "open", scheme: { unverified: true }, methods: ["GET", "POST"] });
  assert.equal((await fetch(`${at("open")}/door/1?bell=rung&times=2&times=3`)).status, 200);
  const [event] = await eventsOf(app);
  assert.equal(event?.type, "open.received");
  assert.equal(Buffer.from(event?.data ?? nothing).toString(), '{"bell":"rung","times":["2","3"]}');
  const request = decodeRequest(event?.request ?? nothing, event?.data ?? nothing);
  assert.equal(request.target, "/in/open/door/1?bell=rung&times=2&times=3");
});

it("a body of any content type is taken, also of one that is none", async (context) => {
  const { app, at } = await aReceivingServer(context);
  await aSource(app, { name: "open", scheme: { unverified: true } });
  const types = ["", "application/json", "garbage", "text/plain;;;", "a/b/c", "multipart/form-data", "image/png"];
  for (const type of types) {
    const response = await fetch(at("open"), { method: "POST", body: "hi", headers: { "content-type": type } });
    assert.equal(response.status, 200, type);
  }
  const data = (await eventsOf(app)).map((event) => Buffer.from(event.data).toString());
  assert.deepEqual(
    data,
    types.map(() => '"hi"'),
  );
});

it("addresses that the source does not name are 403; a header from nobody's proxy changes nothing", async (context) => {
  const { app, at } = await aReceivingServer(context);
  const source = await aSource(app, { allowAddresses: ["192.0.2.0/24", "2001:db8::/32"] });
  const answer = await deliver(at(), { headers: { "x-forwarded-for": "192.0.2.1" } });
  assert.deepEqual([answer.status, JSON.parse(answer.text).code], [403, "address-not-allowed"]);
  const [receipt] = await receiptsOf(app, source, 1);
  assert.equal(receipt?.code, "ip_not_allowed");
  assert.match(receipt?.detail ?? "", /127\.0\.0\.1/);
});

it("behind a trusted proxy the address is the client's, and not the leftmost that somebody wrote", async (context) => {
  const { app, at } = await aReceivingServer(context, { app: { trustedProxies: ["loopback"] } });
  await aSource(app, { allowAddresses: ["192.0.2.0/24", "2001:db8::/32"] });
  const status = async (list: string) => (await deliver(at(), { headers: { "x-forwarded-for": list } })).status;
  assert.equal(await status("192.0.2.1"), 200);
  assert.equal(await status("2001:db8::9"), 200);
  assert.equal(await status("192.0.2.1, 203.0.113.7"), 403);
  const [event] = await eventsOf(app);
  assert.equal(decodeRequest(event?.request ?? nothing, event?.data ?? nothing).address, "192.0.2.1");
});

it("beyond its rate a source is 429 with the seconds to wait, and others are not", async (context) => {
  const { app, at } = await aReceivingServer(context);
  const source = await aSource(app, { rate: { perSecond: 0.01, burst: 2 } });
  await aSource(app, { name: "other" });
  assert.deepEqual([(await deliver(at())).status, (await deliver(at())).status], [200, 200]);
  const refused = await deliver(at());
  assert.deepEqual([refused.status, JSON.parse(refused.text).code], [429, "rate-limited"]);
  assert.ok(Number(refused.headers.get("retry-after")) > 90);
  assert.deepEqual([refused.headers.get("ratelimit-limit"), refused.headers.get("ratelimit-remaining")], ["2", "0"]);
  assert.equal((await deliver(at("other"))).status, 200);
  const [receipt] = await receiptsOf(app, source, 1);
  assert.equal(receipt?.code, "rate_limited");
});

it("requests are counted by what became of them", async (context) => {
  const { app, at, ask } = await aReceivingServer(context);
  await aSource(app);
  await deliver(at(), { id: "1" });
  await deliver(at(), { id: "1" });
  await deliver(at(), { secret: "wrong" });
  const { text } = await ask("GET /metrics");
  assert.match(text, /^trotline_inbound_requests_total\{outcome="stored",code=""\} 1$/m);
  assert.match(text, /^trotline_inbound_requests_total\{outcome="duplicate",code=""\} 1$/m);
  assert.match(text, /^trotline_inbound_requests_total\{outcome="rejected",code="verification_failed"\} 1$/m);
  assert.match(text, /^trotline_inbound_seconds_count 3$/m);
  assert.match(text, /^trotline_inbound_in_flight 0$/m);
});

it("a body beyond the source's limit is 413, also where it does not say its length", async (context) => {
  const { app, at, url } = await aReceivingServer(context);
  const source = await aSource(app, { bodyBytesMax: 1024 });
  const declared = await deliver(at(), { body: JSON.stringify("x".repeat(2000)) });
  assert.deepEqual([declared.status, JSON.parse(declared.text).code], [413, "body-too-large"]);
  const head = "POST /in/gh HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
  const streamed = await sendRaw(url, `${head}${"400\r\n".concat("x".repeat(1024), "\r\n").repeat(3)}`);
  assert.match(streamed, /^HTTP\/1\.1 413 /);
  assert.match(streamed, /connection: close/i);
  assert.equal((await deliver(at(), { body: JSON.stringify("x".repeat(1000)) })).status, 200);
  const receipts = await receiptsOf(app, source, 2);
  assert.deepEqual(new Set(receipts.map(({ code }) => code)), new Set(["too_large"]));
  assert.equal((await eventsOf(app)).length, 1);
  assert.deepEqual(app.receiving.inFlight, { requests: 0, bytes: 0 });
});

it("who waits to be asked for a body that is too large is answered, and not left waiting", async (context) => {
  const { app, url } = await aReceivingServer(context);
  await aSource(app, { bodyBytesMax: 1024 });
  const head = "POST /in/gh HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 99999999\r\n\r\n";
  assert.match(await sendRaw(url, head), /HTTP\/1\.1 413 /);
});

it("a body that does not come to its end in time is 408, and its room is free again", async (context) => {
  const { app, url } = await aReceivingServer(context, {
    server: { bodyTimeouts: { wholeMs: 100, streamIdleMs: 100 } },
  });
  await aSource(app);
  const head = "POST /in/gh HTTP/1.1\r\nhost: a\r\ncontent-length: 5000000\r\n\r\nabc";
  assert.match(await sendRaw(url, head.replace("5000000", "500")), /^HTTP\/1\.1 408 /);
  await eventually("room", () => app.receiving.inFlight.requests === 0);
  assert.equal((await eventsOf(app)).length, 0);
});

it("a client that hangs up in the middle of its body leaves nothing behind, and is no failure of ours", async (context) => {
  const { app, url, ask } = await aReceivingServer(context);
  await aSource(app);
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write("POST /in/gh HTTP/1.1\r\nhost: a\r\ncontent-length: 500\r\n\r\nabc");
  await eventually("it is being received", () => app.receiving.inFlight.bytes === 3);
  socket.destroy();
  await eventually("room", () => app.receiving.inFlight.requests === 0 && app.receiving.inFlight.bytes === 0);
  const { text } = await ask("GET /metrics");
  assert.match(text, /^trotline_inbound_requests_total\{outcome="aborted",code=""\} 1$/m);
  assert.doesNotMatch(text, /^trotline_inbound_requests_total\{outcome="failed"/m);
});

it("headers that two readers could take for two requests are refused before anybody reads them", async (context) => {
  const { app, url } = await aReceivingServer(context);
  await aSource(app, { name: "open", scheme: { unverified: true } });
  const ambiguous = [
    "content-length: 2\r\ncontent-length: 3",
    "content-length: 2\r\ntransfer-encoding: chunked",
    "content-length: 2, 2",
    "content-length: +2",
    "transfer-encoding: chunked, identity",
    "transfer-encoding : chunked",
    "x-folded: a\r\n b\r\ncontent-length: 2",
    "x-nul: a\u0000b\r\ncontent-length: 2",
    "x-bare: a\rb\r\ncontent-length: 2",
  ];
  for (const headers of ambiguous) {
    const answer = await sendRaw(url, `POST /in/open HTTP/1.1\r\nhost: a\r\n${headers}\r\n\r\n{}`);
    assert.match(answer, /^HTTP\/1\.1 400 /, JSON.stringify(headers));
  }
  assert.equal((await eventsOf(app)).length, 0);
});

it("a compressed body is verified and kept as it came, and read as what it stands for", async (context) => {
  const { app, at } = await aReceivingServer(context);
  await aSource(app);
  const text = '{"n":12345678901234567890}';
  const bodies: Record<string, Buffer> = {
    gzip: gzipSync(text),
    br: brotliCompressSync(text),
    deflate: deflateSync(text),
    zstd: zstdCompressSync(text),
  };
  for (const [coding, body] of Object.entries(bodies)) {
    assert.equal((await deliver(at(), { body, headers: { "content-encoding": coding } })).status, 200);
  }
  for (const event of await eventsOf(app)) {
    const request = decodeRequest(event.request ?? nothing, event.data);
    const coding = headerValues(request.headers, "content-encoding")[0] ?? "";
    assert.equal(Buffer.from(event.data).toString(), text);
    assert.deepEqual(Buffer.from(request.body), bodies[coding]);
  }
});

it("a body that would swell beyond the source's limit is kept as it came, and never as it would be", async (context) => {
  const { app, at } = await aReceivingServer(context);
  await aSource(app, { bodyBytesMax: 100_000 });
  const body = gzipSync(Buffer.alloc(50_000_000));
  assert.ok(body.length < 100_000);
  assert.equal((await deliver(at(), { body, headers: { "content-encoding": "gzip" } })).status, 200);
  assert.equal((await deliver(at(), { body: "{}", headers: { "content-encoding": "gzip" } })).status, 200);
  const [bomb, broken] = await eventsOf(app);
  assert.deepEqual(JSON.parse(Buffer.from(bomb?.data ?? nothing).toString()), { base64: body.toString("base64") });
  assert.deepEqual(JSON.parse(Buffer.from(broken?.data ?? nothing).toString()), { base64: "e30=" });
});
