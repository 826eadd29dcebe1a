/** What caches and proxies see of the feed: tags, 304, compression. */
import assert from "node:assert/strict";
import { get, type IncomingMessage } from "node:http";
import { it } from "node:test";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { pageBody } from "../../src/http/page-body.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { anEvent, aServer, type TestServer } from "./a-server.ts";
import { publish } from "./an-app.ts";

interface Raw {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly bytes: Buffer;
}

/** As it is on the wire: `fetch` decompresses. */
function raw({ url, key }: TestServer, path: string, headers: Record<string, string> = {}): Promise<Raw> {
  return new Promise((resolve, reject) => {
    get(url + path, { headers: { authorization: `Bearer ${key}`, ...headers } }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      resolve({ status: response.statusCode, headers: response.headers, bytes: Buffer.concat(chunks) });
    }).on("error", reject);
  });
}

async function filled(context: Parameters<typeof aServer>[0], count = 30): Promise<TestServer> {
  const server = await aServer(context);
  await publish(
    server.app,
    Array.from({ length: count }, (_, index) => anEvent({ id: `evt_${index + 1}`, data: { text: "x".repeat(50) } })),
  );
  return server;
}

const vary = "authorization, accept, accept-encoding";

it("a page that was cut, from a cursor or an event on, never changes and says so", async (context) => {
  const server = await filled(context);
  const { body } = await server.ask("GET /v1/events?limit=5");
  for (const after of [body.next_cursor, "evt_5", `${body.next_cursor}&order=desc`]) {
    const path = `/v1/events?limit=3&after=${after}`;
    const first = await raw(server, path);
    assert.equal(first.headers["cache-control"], "private, max-age=31536000, immutable");
    assert.match(first.headers.etag ?? "", /^"[0-9a-f]{32}"$/);
    assert.equal(first.headers.vary, vary);
    await publish(server.app, anEvent());
    const second = await raw(server, path);
    assert.deepEqual([second.bytes, second.headers.etag], [first.bytes, first.headers.etag]);
  }
});

it("every other page is not to be stored", async (context) => {
  const server = await filled(context);
  const { body } = await server.ask("GET /v1/events?limit=5");
  const paths = [
    "/v1/events?limit=3",
    "/v1/events?limit=3&after=earliest",
    "/v1/events?limit=3&after=time:2020-01-01T00:00:00Z",
    "/v1/events?limit=3&order=desc",
    `/v1/events?after=${body.next_cursor}`,
    "/v1/events?after=latest",
  ];
  for (const path of paths) {
    const { headers } = await raw(server, path, { "if-none-match": "*" });
    assert.deepEqual([headers["cache-control"], headers.etag, headers.vary], ["no-store", undefined, vary], path);
  }
});

it("pages that differ have tags that differ", async (context) => {
  const server = await filled(context);
  const paths = ["limit=3", "limit=4", "limit=3&types=order.*", "limit=3&filter=true", "limit=3&order=desc"];
  const tags = new Set<string | undefined>();
  for (const after of ["evt_5", "evt_6"]) {
    for (const path of paths) tags.add((await raw(server, `/v1/events?after=${after}&${path}`)).headers.etag);
  }
  assert.equal(tags.size, 10);
  assert.ok(!tags.has(undefined));
});

it("who has a page is answered 304, without a body", async (context) => {
  const server = await filled(context);
  const path = "/v1/events?limit=20&after=evt_5";
  const { headers } = await raw(server, path, { "accept-encoding": "gzip" });
  const etag = headers.etag ?? "";
  assert.match(etag, /-gzip"$/);
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*", etag.replace("-gzip", "")]) {
    const answer = await raw(server, path, { "accept-encoding": "gzip", "if-none-match": known });
    assert.deepEqual([answer.status, answer.bytes.length, answer.headers.etag], [304, 0, etag], known);
    assert.equal(answer.headers["cache-control"], "private, max-age=31536000, immutable");
    assert.equal(answer.headers.vary, vary);
    assert.equal(answer.headers["content-length"], undefined);
  }
  for (const unknown of ['"other"', "nonsense", etag.replaceAll('"', ""), `${etag.slice(0, 10)}"`]) {
    assert.equal((await raw(server, path, { "if-none-match": unknown })).status, 200, unknown);
  }
});

it("bodies are compressed as the client likes best, and small ones are not", async (context) => {
  const server = await filled(context);
  const plain = await raw(server, "/v1/events");
  assert.equal(plain.headers["content-encoding"], undefined);
  const cases: [accepted: string, encoding: string | undefined][] = [
    ["gzip", "gzip"],
    ["br", "br"],
    ["zstd", "zstd"],
    ["gzip, deflate, br, zstd", "zstd"],
    ["gzip, br", "br"],
    ["gzip;q=1.0, br;q=0.5", "gzip"],
    ["*", "zstd"],
    ["gzip;q=0.5, identity", undefined],
    ["gzip;q=0", undefined],
    ["identity", undefined],
    ["deflate", undefined],
    ["", undefined],
    ["*;q=0", undefined],
  ];
  for (const [accepted, encoding] of cases) {
    const answer = await raw(server, "/v1/events", { "accept-encoding": accepted });
    assert.equal(answer.headers["content-encoding"], encoding, accepted);
    assert.equal(Number(answer.headers["content-length"]), answer.bytes.length);
    assert.deepEqual(decompressed(answer), plain.bytes, accepted);
    assert.ok(encoding === undefined || answer.bytes.length < plain.bytes.length / 2);
  }
  const small = await raw(server, "/v1/events?limit=1", { "accept-encoding": "gzip" });
  assert.equal(small.headers["content-encoding"], undefined);
  const forced = await raw(server, "/v1/events?limit=1", { "accept-encoding": "gzip, identity;q=0" });
  assert.equal(forced.headers["content-encoding"], "gzip");
  assert.equal(JSON.parse(decompressed(forced).toString()).data.length, 1);
});

function decompressed({ bytes, headers }: Raw): Buffer {
  switch (headers["content-encoding"]) {
    case "gzip":
      return gunzipSync(bytes);
    case "br":
      return brotliDecompressSync(bytes);
    case "zstd":
      return zstdDecompressSync(bytes);
    default:
      return bytes;
  }
}

it("so many bodies are compressed at once, and meanwhile others go as they are", async () => {
  const epochs = [{ id: "000000000000", after: 0 }];
  const event = {
    id: "e",
    tenant: "default",
    type: "a",
    subject: null,
    version: null,
    request: null,
    occurredAtMs: 0,
    acceptedAtMs: 0,
  };
  const data = Buffer.from(JSON.stringify("x".repeat(10_000)));
  const bodies = Array.from({ length: 9 }, (_, index) =>
    pageBody({ events: [{ ...event, data, position: index + 1 }], through: index + 1, more: false }, epochs),
  );
  const accepted = { compression: "br", always: false } as const;
  const compressing = bodies.slice(0, 8).map((body) => {
    assert.equal(body.encodingFor(accepted), "br");
    return body.compressed("br");
  });
  const last = bodies[8];
  assert.equal(last?.encodingFor(accepted), null);
  assert.equal(bodies[0]?.encodingFor(accepted), "br", "who is given the same body waits for it");
  await Promise.all(compressing);
  assert.equal(last?.encodingFor(accepted), "br");
});

it("who waits is answered compressed too, each as it likes", async (context) => {
  const server = await aServer(context);
  const accepted = ["gzip", "br", "zstd", "identity", "gzip"];
  const held = accepted.map((encoding) =>
    raw(server, "/v1/events?after=latest&wait=60", { "accept-encoding": encoding }),
  );
  await eventually("all wait", () => server.app.feed.waiting === accepted.length);
  await publish(server.app, anEvent({ id: "evt_1", data: "x".repeat(5000) }));
  for (const [index, answer] of (await Promise.all(held)).entries()) {
    const encoding = accepted[index];
    assert.equal(answer.headers["content-encoding"], encoding === "identity" ? undefined : encoding);
    assert.equal(JSON.parse(decompressed(answer).toString()).data[0].id, "evt_1");
  }
});
