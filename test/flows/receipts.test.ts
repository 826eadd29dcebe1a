/** What a source did not take, and the requests that events came with, as they are read over HTTP. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { limits } from "../../src/core/limits.ts";
import { encodeRequest, type KeptRequest } from "../../src/core/received-request.ts";
import type { Receipt } from "../../src/core/source.ts";
import { Trotline } from "../../src/sdk/client.ts";
import { aReceipt, aReceivedEvent, aReceivedRequest, aRequest } from "../conformance/builders.ts";
import { aServer, type TestServer } from "./a-server.ts";

const secret = "a secret of the test's own";
const nothing = new Uint8Array(0);
const withRequest = (members: Partial<KeptRequest>) => encodeRequest(aReceivedRequest(members), nothing);

async function aSourceWith(server: TestServer, ...receipts: Partial<Receipt>[]): Promise<Receipt[]> {
  const { app } = server;
  const scheme = { preset: "github", settings: {} };
  const source =
    app.sources.byName("github") ??
    (await app.sources.create({ name: "github", tenant: "default", scheme, secret: { value: secret } }));
  const made = receipts.map((receipt) =>
    aReceipt({ sourceNumber: source.number, request: withRequest({}), ...receipt }),
  );
  await app.sources.note(made);
  return made;
}

/** Stores an event as a source does. */
async function received(
  server: TestServer,
  request: Partial<KeptRequest>,
  members: { id?: string; data?: string } = {},
) {
  const kept = aReceivedEvent(members, request);
  await server.app.store.events.append(aRequest([kept]));
  return kept;
}

it("receipts are listed newest first, page by page, and by outcome", async (context) => {
  const server = await aServer(context);
  const made = await aSourceWith(
    server,
    { code: "ip_not_allowed", detail: "It came from 192.0.2.1." },
    { outcome: "duplicate", code: null, detail: null, eventId: "evt_1" },
    { outcome: "handshake", code: null, detail: null },
    {},
  );
  const ids = made.map(({ id }) => id).reverse();
  const list = async (query = "") => (await server.ask(`GET /v1/sources/github/receipts${query}`)).body;
  const all = await list();
  assert.deepEqual(
    all.data.map(({ id }: { id: string }) => id),
    ids,
  );
  assert.deepEqual([all.has_more, all.next_cursor], [false, null]);
  assert.deepEqual(all.data[3], {
    id: ids[3],
    source: "github",
    outcome: "rejected",
    code: "ip_not_allowed",
    detail: "It came from 192.0.2.1.",
    event_id: null,
    received_at: new Date(made[0]?.receivedAtMs ?? 0).toISOString(),
    method: "POST",
    target: "/in/github?a=%20b",
    address: "192.0.2.1",
  });
  assert.equal(all.data[2].event_id, "evt_1");
  const first = await list("?limit=3");
  const second = await list(`?limit=3&before=${first.next_cursor}`);
  assert.deepEqual(
    [...first.data, ...second.data].map(({ id }: { id: string }) => id),
    ids,
  );
  assert.deepEqual([first.has_more, second.has_more], [true, false]);
  const copies = await list("?outcome=duplicate");
  assert.deepEqual(
    copies.data.map(({ id }: { id: string }) => id),
    [ids[2]],
  );
  for (const query of ["outcome=lost", "limit=0", `limit=${limits.receiptPageSizeMax + 1}`]) {
    assert.equal((await server.ask(`GET /v1/sources/github/receipts?${query}`)).body.code, "invalid-query", query);
  }
});

it("a receipt shows its request: headers in order and twice, the body as text or in base64", async (context) => {
  const server = await aServer(context);
  const text = Buffer.from('\ufeff{"ü":12345678901234567890}\n');
  const bytes = Buffer.from([0xff, 0x00, 0x0a]);
  const [asText, asBytes] = await aSourceWith(
    server,
    { request: withRequest({ body: text }) },
    { request: withRequest({ body: bytes, protocol: "http" }), bodyTruncated: true },
  );
  const first = (await server.ask(`GET /v1/receipts/${asText?.id}`)).body;
  assert.deepEqual(first.request, {
    method: "POST",
    target: "/in/github?a=%20b",
    headers: [
      ["X-GitHub-Event", "push"],
      ["x-a", "1"],
      ["X-A", "\u00ff"],
    ],
    address: "192.0.2.1",
    protocol: "https",
    received_at: "2023-11-14T22:13:20.000Z",
    body: text.toString(),
  });
  assert.equal(first.body_truncated, false);
  const second = (await server.ask(`GET /v1/receipts/${asBytes?.id}`)).body;
  assert.deepEqual([second.request.body_base64, second.request.body], [bytes.toString("base64"), undefined]);
  assert.deepEqual([second.body_truncated, second.request.protocol], [true, "http"]);
  const gone = await server.ask("GET /v1/receipts/rcp_x");
  assert.deepEqual([gone.status, gone.body.code], [404, "receipt-not-found"]);
});

it("what lets others in is hidden in a receipt: credentials by their name, and the source's secrets anywhere", async (context) => {
  const server = await aServer(context);
  const headers = [
    ["Authorization", "Bearer abcdef"],
    ["cookie", "session=abcdef"],
    ["X-Gitlab-Token", "abcdef"],
    ["X-Telegram-Bot-Api-Secret-Token", "abcdef"],
    ["x-odd", `prefix ${secret}`],
    ["X-Hub-Signature-256", "sha256=00ff"],
  ];
  const target = `/in/github/a?hub.verify_token=abcdef&x=1&s=${encodeURIComponent(secret)}&flag&%E0%A4%A=1`;
  const [receipt] = await aSourceWith(server, { request: withRequest({ headers: headers.flat(), target }) });
  const { text, body } = await server.ask(`GET /v1/receipts/${receipt?.id}`);
  assert.ok(!text.includes("abcdef") && !text.includes(secret), text);
  assert.deepEqual(
    body.request.headers.map(([name, value]: [string, string]) => [name, value === "(hidden)"]),
    headers.map(([name]) => [name, name !== "X-Hub-Signature-256"]),
  );
  assert.equal(body.request.target, "/in/github/a?hub.verify_token=(hidden)&x=1&s=(hidden)&flag&%E0%A4%A=1");
  const listed = await server.ask("GET /v1/sources/github/receipts");
  assert.ok(!listed.text.includes("abcdef") && !listed.text.includes(encodeURIComponent(secret)), listed.text);
});

it("a secret is hidden in a receipt also where it stands in the path, or in the query without a name", async (context) => {
  const server = await aServer(context);
  const written = encodeURIComponent(secret);
  for (const [target, shown] of [
    [`/in/github/${written}/a?b=1`, "/in/github/(hidden)?b=1"],
    [`/in/github?${written}`, "/in/github?(hidden)"],
    [`/in/github?${written}=1&c=d=e`, "/in/github?(hidden)&c=d=e"],
    ["/in/github/a/b?token", "/in/github/a/b?token"],
  ] as const) {
    const [receipt] = await aSourceWith(server, { request: withRequest({ target }) });
    const { body } = await server.ask(`GET /v1/receipts/${receipt?.id}`);
    assert.deepEqual([body.request.target, body.target], [shown, shown]);
  }
});

it("a token that did not fit is hidden too, wherever the scheme has it", async (context) => {
  const server = await aServer(context);
  const own = { custom: { algorithm: "token", signature: { place: "header:X-Odd" } } };
  const preset = { preset: "token", settings: { place: "query:odd" } };
  for (const [name, scheme] of Object.entries({ own, preset })) {
    await server.ask("POST /v1/sources", { body: { name, scheme, secret } });
    const { number: sourceNumber } = server.app.sources.require(name);
    const request = withRequest({
      headers: ["x-odd", "wrong", "x-even", "right"],
      target: "/in/x?odd=wrong&even=right",
    });
    const receipt = aReceipt({ sourceNumber, request });
    await server.app.sources.note([receipt]);
    const { headers, target } = (await server.ask(`GET /v1/receipts/${receipt.id}`)).body.request;
    const isOwn = name === "own";
    assert.deepEqual(headers, [
      ["x-odd", isOwn ? "(hidden)" : "wrong"],
      ["x-even", "right"],
    ]);
    assert.equal(target, `/in/x?odd=${isOwn ? "wrong" : "(hidden)"}&even=right`);
  }
});

it("receipts go with their source", async (context) => {
  const server = await aServer(context);
  const [receipt] = await aSourceWith(server, {});
  await server.ask("DELETE /v1/sources/github");
  assert.equal((await server.ask(`GET /v1/receipts/${receipt?.id}`)).body.code, "receipt-not-found");
});

it("retention removes receipts as old as attempts may be", async (context) => {
  const server = await aServer(context, { app: { attemptsAgeMs: 86_400_000 } });
  const nowMs = server.app.clock.wallMs();
  const [old, young] = await aSourceWith(
    server,
    { receivedAtMs: nowMs - 86_400_000 - 60_000 },
    { receivedAtMs: nowMs },
  );
  await server.app.retention.run();
  assert.equal((await server.ask(`GET /v1/receipts/${old?.id}`)).status, 404);
  assert.equal((await server.ask(`GET /v1/receipts/${young?.id}`)).status, 200);
});

it("a received event says where it came from, and how often it came again", async (context) => {
  const server = await aServer(context);
  const event = await received(server, { deliveryId: "d-7" }, { data: '{"a" : 1}' });
  const read = async (id: string) => (await server.ask(`GET /v1/events/${id}`)).body;
  const first = await read(event.id);
  assert.deepEqual([first.source, first.delivery_id, first.duplicates], ["github", "d-7", { count: 0, last_at: null }]);
  await server.app.store.events.append(aRequest([event]));
  await server.app.store.events.append(aRequest([event]));
  const again = await read(event.id);
  assert.equal(again.duplicates.count, 2);
  assert.ok(Math.abs(Date.parse(again.duplicates.last_at) - server.app.clock.wallMs()) < 60_000);
  assert.deepEqual(again.data, { a: 1 });
  const unnamed = await received(server, { deliveryId: null });
  assert.equal((await read(unnamed.id)).delivery_id, null);
  await server.ask("POST /v1/events", { body: { id: "own", type: "a.b", data: 1 } });
  const own = await read("own");
  assert.deepEqual([own.source, own.delivery_id, own.duplicates], [undefined, undefined, undefined]);
});

it("the request of an event is read as JSON, and its body as the bytes that came", async (context) => {
  const server = await aServer(context);
  const body = Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d, 0xff, 0x0a]);
  const headers = ["Content-Type", "application/json; charset=latin1", "authorization", "Basic abcdef"];
  const event = await received(server, { body, headers });
  const { body: json, text } = await server.ask(`GET /v1/events/${event.id}/request`);
  assert.deepEqual(json.headers, [
    ["Content-Type", "application/json; charset=latin1"],
    ["authorization", "(hidden)"],
  ]);
  assert.deepEqual([json.method, json.address, json.body_base64], ["POST", "192.0.2.1", body.toString("base64")]);
  assert.ok(!text.includes("abcdef"));
  const raw = await fetch(`${server.url}/v1/events/${event.id}/request?body=raw`, {
    headers: { authorization: `Bearer ${server.key}` },
  });
  assert.deepEqual(Buffer.from(await raw.arrayBuffer()), body);
  assert.equal(raw.headers.get("content-type"), "application/json; charset=latin1");
});

it("the client library reads requests and receipts as the server answers them", async (context) => {
  const server = await aServer(context);
  const client = new Trotline({ url: server.url, key: server.key });
  const event = await received(server, {});
  const request = (await server.ask(`GET /v1/events/${event.id}/request`)).body;
  assert.deepEqual(await client.events.request(event.id), request);
  const [receipt] = await aSourceWith(server, {});
  const page = (await server.ask("GET /v1/sources/github/receipts")).body;
  assert.deepEqual(await client.sources.receipts("github"), page);
  assert.equal((await client.sources.receipt(receipt?.id ?? "")).id, receipt?.id);
});

it("a body is to be saved and never shown, whatever it says that it is", async (context) => {
  const server = await aServer(context);
  const script = Buffer.from("<script>alert(1)</script>");
  for (const [headers, type] of [
    [["content-type", "text/html"], "text/html"],
    [["content-type", "no media type"], "application/octet-stream"],
    [["content-type", "text/html", "content-encoding", "gzip"], "application/octet-stream"],
    [[], "application/octet-stream"],
  ] as const) {
    const event = await received(server, { body: script, headers: [...headers] });
    const raw = await server.ask(`GET /v1/events/${event.id}/request?body=raw`);
    assert.equal(raw.headers.get("content-type"), type);
    assert.equal(raw.headers.get("x-content-type-options"), "nosniff");
    assert.match(raw.headers.get("content-disposition") ?? "", /^attachment;/);
    assert.equal(raw.headers.get("content-security-policy"), "sandbox");
    assert.equal(raw.text, script.toString());
  }
});

it("the request of what was published, or is not there, is not found", async (context) => {
  const server = await aServer(context);
  await server.ask("POST /v1/events", { body: { id: "own", type: "a.b", data: 1 } });
  const own = await server.ask("GET /v1/events/own/request");
  assert.deepEqual([own.status, own.body.code], [404, "request-not-found"]);
  const unknown = await server.ask("GET /v1/events/nothing/request");
  assert.deepEqual([unknown.status, unknown.body.code], [404, "event-not-found"]);
});
