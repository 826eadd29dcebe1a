/** What came to a bin: pages, searching, waiting for what comes, notes, and sending it on. */
import assert from "node:assert/strict";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { limits } from "../../src/core/limits.ts";
import type { BinLedgers } from "../../src/inbound/bins/bin-ledgers.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aBin, send } from "./a-bin.ts";
import { aServer } from "./a-server.ts";
import { sendRaw } from "./a-source.ts";

const paths = (page: { data: { path: string }[] }): string[] => page.data.map(({ path }) => path);

describe("the requests of a bin", () => {
  it("are paged, newest first, and from a place on", async (context) => {
    const bin = await aBin(await aServer(context));
    for (const path of ["/1", "/2", "/3", "/4", "/5"]) await send(bin.url + path);
    const newest = await bin.get("/requests?limit=2");
    assert.deepEqual([paths(newest), newest.has_more], [["/5", "/4"], true]);
    const older = await bin.get(`/requests?limit=5&before=${newest.next_cursor}`);
    assert.deepEqual([paths(older), older.has_more], [["/3", "/2", "/1"], false]);
    const from = await bin.get(`/requests?after=${older.data[1].cursor}`);
    assert.deepEqual(paths(from), ["/3", "/4", "/5"]);
    assert.deepEqual(paths(await bin.get("/requests?after=earliest&limit=1")), ["/1"]);
    assert.deepEqual(paths(await bin.get(`/requests?after=${newest.data[0].id}`)), []);
  });

  it("have the path below the bin's own, also where a proxy was asked", async (context) => {
    const bin = await aBin(await aServer(context));
    const head = "host: a\r\nconnection: close\r\ncontent-length: 0";
    await sendRaw(bin.url, `POST http://evil.example/in/${bin.name}/x?y HTTP/1.1\r\n${head}\r\n\r\n`);
    assert.deepEqual(paths(await bin.get("/requests")), ["/x?y"]);
  });

  it("come to who waits for them, from where a page was read", async (context) => {
    const server = await aServer(context);
    const bin = await aBin(server);
    await send(`${bin.url}/before`);
    const page = await bin.get("/requests");
    const waiting = bin.get(`/requests?after=${page.live_cursor}&wait=30&text=WANTED`);
    await eventually("somebody waits", () => server.app.feed.waiting === 1);
    await send(`${bin.url}/other`);
    await send(`${bin.url}/wanted`);
    const come = await waiting;
    assert.deepEqual(paths(come), ["/wanted"]);
    assert.deepEqual(paths(await bin.get(`/requests?after=${come.next_cursor}`)), []);
    const empty = await bin.get(`/requests?after=${come.live_cursor}&wait=1`);
    assert.deepEqual([empty.data, empty.has_more], [[], false]);
    const gone = new AbortController();
    const left = fetch(`${server.url}/v1/bins/${bin.id}/requests?after=latest&wait=60`, {
      headers: { authorization: `Bearer ${server.key}` },
      signal: gone.signal,
    }).catch(() => {});
    await eventually("somebody waits", () => server.app.feed.waiting === 1);
    gone.abort();
    await left;
    await eventually("nobody waits", () => server.app.feed.waiting === 0);
  });

  it("are found by method, time, and text in path, headers, body and note", async (context) => {
    const server = await aServer(context);
    const bin = await aBin(server);
    await send(`${bin.url}/A%20B?q=needle1`, { method: "PUT" });
    await send(bin.url, { method: "POST", headers: { "x-needle2": "v" } });
    await send(bin.url, { method: "POST", body: "has NEEDLE3 in it" });
    const found = async (query: string): Promise<number> => (await bin.get(`/requests?${query}`)).data.length;
    for (const text of ["needle1", "Needle2", "needle3", "a%20b"]) assert.equal(await found(`text=${text}`), 1, text);
    assert.equal(await found("text=nothing"), 0);
    assert.equal(await found("method=put"), 1);
    assert.equal(await found("method=POST&text=needle1"), 0);
    const [, second] = (await bin.get("/requests")).data;
    const at = encodeURIComponent(new Date(Date.parse(second.received_at) + 3_600_000).toISOString());
    assert.deepEqual([await found(`from=${at}`), await found(`to=${at}`)], [0, 3]);
    await server.ask(`PUT /v1/bins/${bin.id}/requests/${second.id}/note`, { body: { text: "Needle4" } });
    assert.equal(await found("text=needle4"), 1);
    for (const wrong of ["from=x", "wait=1", "before=earliest&after=latest", "limit=0", "txt=a"]) {
      assert.equal((await server.ask(`GET /v1/bins/${bin.id}/requests?${wrong}`)).status, 400, wrong);
    }
  });

  it("have notes, and are hidden one by one or all at once, but go on counting", async (context) => {
    const server = await aServer(context);
    const bin = await aBin(server);
    for (const path of ["/1", "/2", "/3"]) await send(bin.url + path);
    const [third, second] = await bin.ids();
    const one = `/v1/bins/${bin.id}/requests/${third}`;
    const note = "<img src=x onerror=alert(1)>";
    assert.equal((await server.ask(`PUT ${one}/note`, { body: { text: note } })).status, 204);
    assert.equal((await bin.get(`/requests/${third}`)).note, note);
    assert.equal((await server.ask(`PUT ${one}/note`, { body: { text: "" } })).status, 204);
    assert.equal((await bin.get("/requests")).data[0].note, null);
    assert.equal((await server.ask(`DELETE /v1/bins/${bin.id}/requests/${second}`)).status, 204);
    assert.deepEqual(paths(await bin.get("/requests")), ["/3", "/1"]);
    const read = await server.ask(`GET /v1/bins/${bin.id}/requests/${second}`);
    assert.deepEqual([read.status, read.body.code], [404, "bin-request-not-found"]);
    assert.equal((await server.ask(`DELETE /v1/bins/${bin.id}/requests`)).status, 204);
    assert.deepEqual(await bin.ids(), []);
    await send(`${bin.url}/4`);
    assert.deepEqual(paths(await bin.get("/requests")), ["/4"]);
    assert.equal((await bin.get()).requests, 4);
  });

  it("have as many notes as they may", async (context) => {
    const server = await aServer(context);
    const bin = await aBin(server);
    const bins = server.app.sources;
    const notes = Object.fromEntries(Array.from({ length: limits.binNotes }, (_, index) => [`evt_${index}`, "x"]));
    await bins.replace(bin.id, (source) => ({
      ...source,
      bin: { ...(source.bin as never as object), notes } as never,
    }));
    await send(bin.url);
    const [id] = await bin.ids();
    const refused = await server.ask(`PUT /v1/bins/${bin.id}/requests/${id}/note`, { body: { text: "x" } });
    assert.deepEqual([refused.status, refused.body.code], [409, "bin-marks-limit"]);
  });
});

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

async function aTarget(context: TestContext): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const target = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = "", url = "", headers, rawHeaders } = request;
    seen.push({ method, url, headers, rawHeaders, body: Buffer.concat(chunks) });
    response.writeHead(409, { "content-type": "text/html", "x-own": "1" }).end("<b>no</b>");
  });
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    target.closeAllConnections();
    target.close();
  });
  return { url: `http://127.0.0.1:${(target.address() as AddressInfo).port}`, seen };
}

describe("a request of a bin that is forwarded", () => {
  it("arrives as it came, and what was answered is shown", async (context) => {
    const server = await aServer(context);
    const { url, seen } = await aTarget(context);
    const bin = await aBin(server);
    const head = [
      `PATCH /in/${bin.name}/below?a=%20 HTTP/1.1`,
      ...["Host: bin", "X-Twice: 1", "X-twice: 2", "Connection: close, x-hop", "X-Hop: h", "Cookie: c=1"],
      "Content-Length: 5",
    ];
    await sendRaw(bin.url, `${head.join("\r\n")}\r\n\r\n\x00\xff\r\n\x01`);
    const [id] = await bin.ids();
    const forwarded = await server.ask(`POST /v1/bins/${bin.id}/requests/${id}/forward`, {
      body: { url: `${url}/hook?own=1` },
    });
    assert.equal(forwarded.status, 200, forwarded.text);
    const { duration_ms, ...rest } = forwarded.body;
    assert.equal(typeof duration_ms, "number");
    assert.deepEqual([rest.status, rest.body, rest.body_truncated], [409, "<b>no</b>", false]);
    assert.equal(rest.headers["content-type"], "text/html");
    assert.equal(rest.error_class, "http_status");
    const [one] = seen;
    assert.deepEqual([one?.method, one?.url], ["PATCH", "/hook/below?own=1&a=%20"]);
    assert.deepEqual([...(one?.body ?? [])], [0, 255, 13, 10, 1]);
    const names = ["X-Twice", "1", "X-twice", "2", "Cookie", "c=1"];
    const kept = one?.rawHeaders.filter((_, index, all) =>
      /^(x-twice|cookie|x-hop)$/i.test(all[index - (index % 2)] ?? ""),
    );
    assert.deepEqual(kept, names);
    assert.equal((await bin.ids()).length, 1);
  });

  it("goes to no private address where the operator allows none", async (context) => {
    const server = await aServer(context, { app: { allowAddresses: [] } });
    const { url, seen } = await aTarget(context);
    const bin = await aBin(server);
    await send(bin.url);
    const [id] = await bin.ids();
    for (const to of [url, "http://169.254.169.254/latest/meta-data", "http://[::1]:1/", "http://localhost:1/"]) {
      const refused = await server.ask(`POST /v1/bins/${bin.id}/requests/${id}/forward`, { body: { url: to } });
      assert.deepEqual([refused.body.status, refused.body.error_class], [null, "address_refused"], to);
    }
    assert.deepEqual(seen, []);
    for (const wrong of ["file:///etc/passwd", "javascript:alert(1)", "x"]) {
      const refused = await server.ask(`POST /v1/bins/${bin.id}/requests/${id}/forward`, { body: { url: wrong } });
      assert.deepEqual([refused.status, refused.body.field], [400, "/url"], wrong);
    }
  });

  it("is one with a method that can be sent on, and not too many a minute", async (context) => {
    const server = await aServer(context);
    const { url } = await aTarget(context);
    const bin = await aBin(server);
    await send(bin.url, { method: "HEAD" });
    const [head] = await bin.ids();
    const path = `POST /v1/bins/${bin.id}/requests`;
    const refused = await server.ask(`${path}/${head}/forward`, { body: { url } });
    assert.deepEqual([refused.status, refused.body.code], [409, "forward-refused"]);
    await send(bin.url);
    const [id] = await bin.ids();
    const codes = new Set<string>();
    for (let count = 0; count < limits.binForwardsPerMinute + 30 && !codes.has("too-many-checks"); count++) {
      codes.add((await server.ask(`${path}/${id}/forward`, { body: { url } })).body.code ?? "sent");
    }
    assert.deepEqual(codes, new Set(["sent", "too-many-checks"]));
  });
});

it("a bin that is full says so, and takes no more", async (context) => {
  const server = await aServer(context);
  const bin = await aBin(server);
  await send(bin.url);
  const source = server.app.sources.byName(bin.name) as never;
  const { ledgers } = server.app.receiving.bins as unknown as { ledgers: BinLedgers };
  await ledgers.with(source, async (ledger) => {
    for (let position = 1000; ledger.count < limits.binRequests; position++) {
      ledger.add({ position, data: new Uint8Array(1), request: null } as never);
    }
  });
  const { status, text } = await send(bin.url);
  assert.deepEqual([status, JSON.parse(text).code], [410, "bin-full"]);
});
