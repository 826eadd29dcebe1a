/** Bytes are kept on the whole way: received → log → feed → forwarded `raw`, where their provider's signature still fits. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { verify } from "@octokit/webhooks-methods";
import { Webhook } from "standardwebhooks";
import { readPayloads } from "../../demo/payloads.ts";
import { decodeRequest } from "../../src/core/received-request.ts";
import { Trotline } from "../../src/sdk/client.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { type ReceivedRequest, startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { aServer, type TestServer } from "./a-server.ts";
import { aSource, deliver, githubHeaders, sendRaw, sourceSecret } from "./a-source.ts";

const nothing = new Uint8Array(0);

describe("the bytes of a received request", () => {
  let server: TestServer;
  let receiver: TestReceiver;
  let close: () => unknown;
  let endpointId: string;
  before(async () => {
    server = await aServer({ after: (end) => (close = end as () => unknown) });
    receiver = await startTestReceiver();
    await aSource(server.app);
    await aSource(server.app, { name: "open", scheme: { unverified: true } });
    const { body } = await server.ask("POST /v1/endpoints", {
      body: { url: receiver.url, format: "raw", signing: { scheme: "none" } },
    });
    endpointId = body.id;
  });
  after(async () => {
    await close();
    await receiver.close();
  });

  /** Sends it, and answers what the receiver was given, and what the feed says. */
  async function passOn(body: string | Uint8Array, headers: Record<string, string>, source = "gh") {
    const seen = receiver.requests.length;
    const response = await fetch(`${server.url}/in/${source}`, { method: "POST", body: body as string, headers });
    assert.equal(response.status, 200);
    const request = await eventually("forwarded", () => receiver.requests[seen]);
    const id = String(request.headers["trotline-event-id"]);
    const stored = await server.app.store.events.find("default", id);
    assert.deepEqual(
      Buffer.from(decodeRequest(stored?.request ?? nothing, stored?.data ?? nothing).body),
      Buffer.from(body),
    );
    return { request, stored, id };
  }

  const isGithubs = (request: ReceivedRequest): Promise<boolean> =>
    verify(sourceSecret, request.body.toString(), String(request.headers["x-hub-signature-256"]));

  it("are the same at the end for every real payload of GitHub's", async () => {
    const payloads = await readPayloads();
    assert.equal(payloads.length, 329);
    for (const { data, type } of payloads) {
      const event = type.split(".")[1] ?? "";
      const { request, stored } = await passOn(data, githubHeaders({ body: data, event }));
      assert.deepEqual(request.body, Buffer.from(data));
      assert.deepEqual(Buffer.from(stored?.data ?? nothing), Buffer.from(data), "JSON is the data byte for byte");
      assert.ok(await isGithubs(request));
      assert.equal(request.headers["x-github-event"], event);
      assert.equal(request.headers["content-type"], "application/json");
    }
  });

  const hostile: readonly (readonly [string, string | Uint8Array])[] = [
    ["a 20-digit number", '{"n":12345678901234567890}'],
    ["a name twice", '{"same":1,"same":2}'],
    ["spaces and line ends", ' {\r\n\t"a" : 1 }\n\n'],
    ["half a surrogate pair", '"\\ud800"'],
    ["a byte order mark", '\ufeff{"a":1}'],
    ["no UTF-8", Buffer.from('{"a":"\xff\xfe"}', "latin1")],
    ["every byte", Uint8Array.from({ length: 256 }, (_, index) => index)],
    ["NUL alone", "\u0000"],
    ["broken JSON", '{"a":'],
    ["nesting beyond what data may have", `${"[".repeat(1000)}${"]".repeat(1000)}`],
    ["a name that reaches into objects", '{"__proto__":{"x":1}}'],
    ["a megabyte less a little", `"${"x".repeat(1024 * 1024 - 2)}"`],
  ];
  for (const [what, body] of hostile) {
    it(`are the same at the end: ${what}`, async () => {
      const bytes = Buffer.from(body);
      const type = "application/json; charset=utf-8; odd";
      const { request, id } = await passOn(bytes, githubHeaders({ body: bytes, headers: { "content-type": type } }));
      assert.deepEqual(request.body, bytes);
      assert.equal(request.headers["content-type"], type);
      const { text, body: event } = await server.ask(`GET /v1/events/${id}?include=request`);
      JSON.parse(text);
      const shown = event.request;
      const raw =
        shown.body_base64 !== undefined
          ? Buffer.from(shown.body_base64, "base64")
          : Buffer.from(shown.body ?? /"data":([\s\S]*),"request":/.exec(text)?.[1] ?? "");
      assert.deepEqual(raw, bytes, "the body, or the data in its place");
    });
  }

  it("are the same where they came compressed, and say so", async () => {
    const body = gzipSync('{"a":1}');
    const { request } = await passOn(body, githubHeaders({ body, headers: { "content-encoding": "gzip" } }));
    assert.deepEqual([request.body, request.headers["content-encoding"]], [body, "gzip"]);
  });

  it("come with the provider's headers, and with none that is about the connection, the way or a credential", async () => {
    const headers = {
      "content-type": "text/plain",
      "x-provider": "one, two",
      authorization: "Bearer secret",
      cookie: "a=b",
      "x-forwarded-for": "192.0.2.1",
      forwarded: "for=192.0.2.1",
      via: "1.1 proxy",
      "user-agent": "provider/1",
      "trotline-event-type": "forged",
      "cf-connecting-ip": "192.0.2.1",
      x_forwarded_for: "192.0.2.1",
      trotline_event_type: "forged",
      webhook_id: "forged",
    };
    const { request } = await passOn(Buffer.from("hi"), headers, "open");
    assert.equal(request.headers["x-provider"], "one, two");
    assert.equal(request.headers["content-type"], "text/plain");
    assert.equal(request.headers["trotline-event-type"], "open.received");
    assert.match(String(request.headers["user-agent"]), /^Trotline/);
    const spelledOtherwise = ["x_forwarded_for", "trotline_event_type", "webhook_id"];
    const keptBack = ["authorization", "cookie", "x-forwarded-for", "forwarded", "via", "cf-connecting-ip"];
    for (const name of [...keptBack, ...spelledOtherwise]) {
      assert.equal(request.headers[name], undefined, name);
    }
  });

  it("come without what `Connection` names, which was meant for the next hop alone", async () => {
    const seen = receiver.requests.length;
    const head = ["host: a", "connection: close, X-Hop", "x-hop: 1", "x-kept: 2", "content-length: 2"].join("\r\n");
    await sendRaw(server.url, `POST /in/open HTTP/1.1\r\n${head}\r\n\r\nhi`);
    const { headers } = await eventually("forwarded", () => receiver.requests[seen]);
    assert.deepEqual([headers["x-hop"], headers["x-kept"]], [undefined, "2"]);
  });

  it("keep a signature of Standard Webhooks good, whose id is signed too", async () => {
    const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
    const body = '{"type":"a"}';
    const at = new Date();
    const headers = {
      "content-type": "application/json",
      "webhook-id": "msg_1",
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(secret).sign("msg_1", at, body),
    };
    const { request } = await passOn(Buffer.from(body), headers, "open");
    new Webhook(secret).verify(request.body.toString(), request.headers as Record<string, string>);
  });

  it("are signed by Trotline's own scheme where the endpoint has one, and by no other of that name", async () => {
    const changed = await server.ask(`PATCH /v1/endpoints/${endpointId}`, {
      body: { signing: { scheme: "standard-webhooks" } },
    });
    assert.equal(changed.status, 200);
    const secrets = await server.ask(`GET /v1/endpoints/${endpointId}/secrets`);
    const headers = {
      "webhook-id": "forged",
      "webhook-timestamp": "1",
      "webhook-signature": "v1,AAAA",
      "x-other": "1",
    };
    const { request, id } = await passOn(Buffer.from("[1]"), headers, "open");
    assert.deepEqual([request.headers["webhook-id"], request.headers["x-other"]], [id, "1"]);
    new Webhook(secrets.body.secrets[0]).verify(request.body.toString(), request.headers as Record<string, string>);
  });

  it("become an object in other formats, as the data", async () => {
    const { body } = await server.ask("POST /v1/endpoints", { body: { url: receiver.url, types: ["form.*"] } });
    await aSource(server.app, { name: "form", scheme: { unverified: true } });
    const seen = receiver.requests.length;
    await fetch(`${server.url}/in/form`, { method: "POST", body: new URLSearchParams({ a: "1" }) });
    const both = await eventually("both", () => receiver.requests.length >= seen + 2 && receiver.requests.slice(seen));
    const standard = both.find((request) => request.body.includes("timestamp"));
    assert.deepEqual(JSON.parse(standard?.body.toString() ?? "").data, { a: "1" });
    assert.ok(both.some((request) => request.body.toString() === "a=1"));
    await server.ask(`DELETE /v1/endpoints/${body.id}`);
  });
});

describe("the feed of received events", () => {
  it("names their source, and has their requests where they are asked for, in pages, waits and lines", async (context) => {
    const { app, ask, url } = await aServer(context);
    await aSource(app);
    await ask("POST /v1/events", { body: { type: "a.b", data: 1 } });
    const waiting = ask("GET /v1/events?after=latest&wait=30&include=request");
    await eventually("the reader waits", () => app.feed.waiting === 1);
    const body = '{"a":1}';
    await deliver(`${url}/in/gh?x=1`, { body, id: "d1", event: "issues", headers: { authorization: "Bearer abc" } });
    const plain = await ask("GET /v1/events");
    assert.deepEqual(
      plain.body.data.map((event: { source?: string; request?: object }) => [event.source, event.request]),
      [
        [undefined, undefined],
        ["gh", undefined],
      ],
    );
    const page = await ask("GET /v1/events?include=request");
    const lines = await ask("GET /v1/events?include=request", { headers: { accept: "application/x-ndjson" } });
    const waited = await waiting;
    const last = JSON.parse(lines.text.trim().split("\n").at(-1) ?? "");
    for (const event of [page.body.data[1], waited.body.data[0], last]) {
      const { request } = event;
      assert.deepEqual(
        [request.delivery_id, request.provider_type, request.method, request.target, request.address],
        ["d1", "issues", "POST", "/in/gh?x=1", "127.0.0.1"],
      );
      assert.deepEqual([request.body, request.body_base64, event.data], [undefined, undefined, { a: 1 }]);
      assert.ok(!JSON.stringify(request).includes("abc"), "credentials are hidden");
    }
    assert.equal(page.body.data[0].request, undefined);
    const cloud = await ask("GET /v1/events?include=request", {
      headers: { accept: "application/cloudevents-batch+json" },
    });
    assert.deepEqual([cloud.status, cloud.body.code], [400, "invalid-query"]);
  });

  it("ends a page before the bytes of its requests are too many, too", async (context) => {
    const { app, ask, url } = await aServer(context);
    await aSource(app, { name: "xml", scheme: { unverified: true } });
    const body = `<a><!--${"x".repeat(900_000)}--></a>`;
    for (let count = 0; count < 6; count++) {
      const headers = { "content-type": "application/xml" };
      assert.equal((await fetch(`${url}/in/xml`, { method: "POST", body, headers })).status, 200);
    }
    const { body: page, text } = await ask("GET /v1/events?include=request");
    assert.equal(page.data.length, 4);
    assert.equal(page.has_more, true);
    assert.ok(text.length < 5_000_000);
  });
});

it("the client library asks for requests, too", async (context) => {
  const { app, key, url } = await aServer(context);
  await aSource(app);
  await deliver(`${url}/in/gh`, { id: "d9" });
  const client = new Trotline({ url, key });
  const { data } = await client.events.list({ include: "request" });
  assert.equal(data[0]?.request?.delivery_id, "d9");
  assert.equal((await client.events.list()).data[0]?.request, undefined);
});
