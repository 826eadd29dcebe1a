/** Bins over HTTP: made in one call, taking whatever comes, and gone when their time is over. */
import assert from "node:assert/strict";
import { request as nodeRequest } from "node:http";
import { describe, it } from "node:test";
import { limits } from "../../src/core/limits.ts";
import { temporaryFolder } from "../../src/testing/temporary-folder.ts";
import { HandClock } from "../conformance/store-kinds.ts";
import { aBin, send } from "./a-bin.ts";
import { aMovedClock } from "./a-moved-clock.ts";
import { aServer } from "./a-server.ts";
import { sendRaw } from "./a-source.ts";

const dayMs = 86_400_000;

describe("a bin", () => {
  it("is made by one call that says nothing, and has a URL that nobody guesses", async (context) => {
    const { ask } = await aServer(context, { app: { publicUrl: "https://hooks.example.com" } });
    const made = await ask("POST /v1/bins");
    assert.equal(made.status, 201, made.text);
    const { id, name, created_at, updated_at, expires_at, ...rest } = made.body;
    assert.match(id, /^bin_/);
    assert.match(name, /^[0-9a-z]{20}$/);
    assert.equal(made.headers.get("location"), `/v1/bins/${id}`);
    const url = `https://hooks.example.com/in/${name}`;
    assert.deepEqual(rest, { url, tenant: "default", description: "", answer: [], cors: false });
    const lastsMs = Date.parse(expires_at) - Date.parse(created_at);
    assert.ok(Math.abs(lastsMs - limits.binAgeMsDefault) < 60_000, String(lastsMs));
    assert.notEqual((await ask("POST /v1/bins")).body.name, name);
    const read = await ask(`GET /v1/bins/${name}`);
    assert.deepEqual(read.body, { ...made.body, updated_at, requests: 0, bytes: 0, answered: 0 });
  });

  it("is in the list of bins, and no source", async (context) => {
    const server = await aServer(context);
    const [first, second] = [await aBin(server), await aBin(server)];
    const page = await server.ask("GET /v1/bins?limit=1");
    assert.deepEqual([page.body.data[0].id, page.body.has_more], [first.id, true]);
    const rest = await server.ask(`GET /v1/bins?after=${page.body.next_cursor}`);
    assert.deepEqual([rest.body.data[0].id, rest.body.has_more], [second.id, false]);
    assert.deepEqual((await server.ask("GET /v1/sources")).body.data, []);
    for (const path of [first.id, first.name]) {
      assert.equal((await server.ask(`GET /v1/sources/${path}`)).status, 404);
    }
  });

  it("is not changed, paused or deleted as a source", async (context) => {
    const server = await aServer(context);
    const bin = await aBin(server);
    const before = await bin.get();
    const asked: [string, object?][] = [
      ["PATCH", { description: "x", scheme: { unverified: true }, answer: { status: 200, body: "x" } }],
      ["DELETE"],
      ["POST/pause", {}],
      ["POST/resume", {}],
      ["POST/secrets", {}],
      ["DELETE/secrets/x"],
    ];
    for (const [what, body] of asked) {
      const [method, ...below] = what.split("/");
      const path = ["/v1/sources", bin.id, ...below].join("/");
      const { status, body: problem } = await server.ask(`${method} ${path}`, body === undefined ? {} : { body });
      assert.deepEqual([status, problem.code], [404, "source-not-found"], what);
    }
    assert.deepEqual(await bin.get(), before);
  });

  it("takes every method, and every path below its own, with the query", async (context) => {
    const server = await aServer(context);
    const bin = await aBin(server);
    const methods = [
      "GET",
      "POST",
      "PUT",
      "PATCH",
      "DELETE",
      "OPTIONS",
      "HEAD",
      "TRACE",
      "PROPFIND",
      "QUERY",
      "M-SEARCH",
    ];
    for (const [index, method] of methods.entries()) {
      const head = `${method} /in/${bin.name}/a/${index}?n=${index}&n=%20 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`;
      assert.match(await sendRaw(bin.url, head), /^HTTP\/1\.1 200 OK/, method);
    }
    const { data } = await bin.get("/requests");
    assert.deepEqual(
      data.map((request: { method: string; path: string }) => [request.method, request.path]).reverse(),
      methods.map((method, index) => [method, `/a/${index}?n=${index}&n=%20`]),
    );
    const one = await bin.get(`/requests/${data[0].id}`);
    assert.deepEqual(one.query, [
      ["n", "10"],
      ["n", " "],
    ]);
  });

  it("shows headers in their order with their duplicates, credentials too", async (context) => {
    const server = await aServer(context);
    const bin = await aBin(server);
    const many = Array.from({ length: 100 }, (_, index) => `X-Many: ${index}`);
    const odd = ["Authorization: Bearer abc", "x-Html: <script>alert(1)</script>", "X-Latin: \xe9\xff", "Cookie: a=b"];
    const lines = [
      `POST /in/${bin.name} HTTP/1.1`,
      "Host: x",
      ...odd,
      ...many,
      "Content-Length: 0",
      "Connection: close",
    ];
    assert.match(await sendRaw(bin.url, `${lines.join("\r\n")}\r\n\r\n`), /^HTTP\/1\.1 200/);
    const [id] = await bin.ids();
    const { headers } = await bin.get(`/requests/${id}`);
    assert.deepEqual(
      headers.map((pair: string[]) => pair.join(": ")),
      lines.slice(1),
    );
  });

  it("keeps five megabytes byte for byte", async (context) => {
    const server = await aServer(context);
    const bin = await aBin(server);
    const body = Buffer.alloc(
      5 * 1024 * 1024,
      Uint8Array.from({ length: 251 }, (_, index) => index),
    );
    assert.equal((await send(bin.url, { method: "PUT", body })).status, 200);
    const [id] = await bin.ids();
    const shown = await bin.get(`/requests/${id}`);
    assert.deepEqual([shown.body_bytes, shown.kind, shown.body_truncated], [body.length, "binary", true]);
    assert.equal(Buffer.from(shown.body_base64, "base64").length, limits.binShownBodyBytes);
    const raw = await fetch(`${server.url}/v1/bins/${bin.id}/requests/${id}/raw`, {
      headers: { authorization: `Bearer ${server.key}` },
    });
    assert.ok(Buffer.from(await raw.arrayBuffer()).equals(body));
  });

  it("says what a body is, and takes forms, multipart and XML apart", async (context) => {
    const server = await aServer(context);
    const bin = await aBin(server);
    const form = new FormData();
    form.append("name", "<b>x</b>");
    form.append("file", new Blob(["<script>"]), '"><img src=x onerror=alert(1)>.html');
    const cases: [kind: string, body: RequestInit["body"], contentType: string | null, parsed: unknown][] = [
      ["json", ' {"a": [1, 1.0]}\n', "text/plain", undefined],
      ["form", "a=1&a=2&b=%3Cb%3E", "application/x-www-form-urlencoded", { a: ["1", "2"], b: "<b>" }],
      ["xml", "<a x='1'>t</a>", "application/xml", { a: { "#text": "t", "@x": "1" } }],
      ["multipart", form, null, undefined],
      ["text", "hello", "text/html", undefined],
      ["binary", Buffer.from([0xff, 0xfe, 0]), "text/plain", undefined],
      ["empty", null, null, undefined],
    ];
    for (const [kind, body, contentType, parsed] of cases) {
      const headers: Record<string, string> = contentType === null ? {} : { "content-type": contentType };
      await send(bin.url, { method: "POST", body: body ?? null, headers });
      const [id] = await bin.ids();
      const shown = await bin.get(`/requests/${id}`);
      assert.equal(shown.kind, kind);
      if (kind === "multipart") {
        assert.equal(shown.parsed.fields.name, "<b>x</b>");
        assert.equal(shown.parsed.parts[0].text, "<script>");
      } else assert.deepEqual(shown.parsed, parsed);
      if (kind === "json") assert.equal(shown.body, body);
      if (kind === "binary") assert.equal(shown.body_base64, "//4A");
    }
  });

  it("is gone when its time is over, whoever asks", async (context) => {
    const time = aMovedClock();
    const server = await aServer(context, { app: { machine: { clock: time.clock } } });
    const bin = await aBin(server, { expires_in_ms: dayMs });
    await send(bin.url);
    const [id] = await bin.ids();
    time.forward(dayMs - 60_000);
    assert.equal((await send(bin.url)).status, 200);
    time.forward(120_000);
    const late = await send(bin.url);
    assert.deepEqual([late.status, JSON.parse(late.text).code], [410, "bin-expired"]);
    for (const path of ["", "/requests", `/requests/${id}`, `/requests/${id}/raw`]) {
      const read = await server.ask(`GET /v1/bins/${bin.id}${path}`);
      assert.deepEqual([read.status, read.body.code], [404, "bin-not-found"], path);
    }
    assert.deepEqual((await server.ask("GET /v1/bins")).body.data, []);
    time.forward(2 * dayMs);
    await aBin(server);
    assert.equal((await send(bin.url)).status, 404); // Nobody remembers it.
  });

  it("may last longer, but not for ever", async (context) => {
    const server = await aServer(context);
    const bin = await aBin(server);
    const longer = await server.ask(`PATCH /v1/bins/${bin.id}`, { body: { expires_in_ms: limits.binAgeMsMax } });
    assert.ok(Date.parse(longer.body.expires_at) - Date.now() > limits.binAgeMsMax - 60_000);
    for (const wrong of [limits.binAgeMsMax + 1, 0, null]) {
      const refused = await server.ask(`PATCH /v1/bins/${bin.id}`, { body: { expires_in_ms: wrong } });
      assert.equal(refused.status, 400, String(wrong));
    }
  });

  it("is of as many as a tenant may have, of which those that have expired are none", async (context) => {
    const time = aMovedClock();
    const server = await aServer(context, { app: { machine: { clock: time.clock } } });
    const makeAll = Array.from({ length: limits.binsPerTenant }, () => aBin(server, { expires_in_ms: dayMs }));
    await Promise.all(makeAll);
    const refused = await server.ask("POST /v1/bins");
    assert.deepEqual([refused.status, refused.body.code], [409, "bin-limit"]);
    assert.equal((await server.ask("POST /v1/bins", { body: { tenant: "other" } })).status, 201);
    time.forward(dayMs + 60_000);
    await aBin(server);
  });

  it("takes no request that is too large or comes too fast, and goes on taking others", async (context) => {
    const clock = new HandClock();
    const server = await aServer(context, { app: { machine: { clock } } });
    const bin = await aBin(server);
    const sendMany = (count: number): Promise<number[]> =>
      Promise.all(Array.from({ length: count }, async () => (await send(bin.url)).status));
    const statuses = await sendMany(limits.binRequestsBurst + 10);
    assert.deepEqual(new Set(statuses), new Set([200, 429]));
    assert.equal(statuses.filter((status) => status === 429).length, 10);
    clock.nowMs += 1000;
    const large = await send(bin.url, { method: "POST", body: Buffer.alloc(limits.binBodyBytes + 1) });
    assert.equal(large.status, 413);
    assert.equal((await send(bin.url)).status, 200);
  });

  it("shows nothing more when it is deleted", async (context) => {
    const server = await aServer(context);
    const bin = await aBin(server);
    await send(bin.url);
    assert.equal((await server.ask(`DELETE /v1/bins/${bin.id}`)).status, 204);
    assert.equal((await server.ask(`GET /v1/bins/${bin.id}/requests`)).status, 404);
    assert.equal((await send(bin.url)).status, 404);
  });

  it("is another tenant's as if it did not exist, and so is what came to it", async (context) => {
    const server = await aServer(context);
    const keyOf = async (tenant: string): Promise<string> => {
      const made = await server.ask("POST /v1/keys", { body: { name: tenant, scopes: ["read", "manage"], tenant } });
      return made.body.key;
    };
    const [acme, rival] = [await keyOf("acme"), await keyOf("rival")];
    const bin = await aBin(server, {}, { key: acme });
    await send(bin.url);
    const [id] = await bin.ids();
    const hidden: [what: string, body?: object][] = [
      [`GET /v1/bins/${bin.id}`],
      [`GET /v1/bins/${bin.name}`],
      [`PATCH /v1/bins/${bin.id}`, { cors: true }],
      [`DELETE /v1/bins/${bin.id}`],
      [`POST /v1/bins/${bin.id}/reset`, {}],
      [`GET /v1/bins/${bin.id}/requests`],
      [`DELETE /v1/bins/${bin.id}/requests`],
      [`GET /v1/bins/${bin.id}/requests/${id}`],
      [`DELETE /v1/bins/${bin.id}/requests/${id}`],
      [`GET /v1/bins/${bin.id}/requests/${id}/raw`],
      [`PUT /v1/bins/${bin.id}/requests/${id}/note`, { text: "x" }],
      [`POST /v1/bins/${bin.id}/requests/${id}/forward`, { url: "http://127.0.0.1:1/" }],
    ];
    for (const [what, body] of hidden) {
      const refused = await server.ask(what, { key: rival, ...(body && { body }) });
      assert.deepEqual([refused.status, refused.body.code], [404, "bin-not-found"], what);
    }
    assert.deepEqual((await server.ask("GET /v1/bins", { key: rival })).body.data, []);
    assert.equal((await server.ask("GET /v1/bins?tenant=acme", { key: rival })).status, 403);
    // A request of one bin is none of another's, also where both are one tenant's.
    const other = await aBin(server, {}, { key: acme });
    const foreign = await server.ask(`GET /v1/bins/${other.id}/requests/${id}`, { key: acme });
    assert.deepEqual([foreign.status, foreign.body.code], [404, "bin-request-not-found"]);
    assert.deepEqual((await server.ask("GET /v1/events", { key: acme })).body.data, []);
  });

  it("is there again after a restart, with what came to it, and goes on in its sequence", async (context) => {
    const app = { store: { folder: temporaryFolder("bins"), bytesMax: null }, adminKey: "k".repeat(40) };
    const ends: (() => Promise<void>)[] = [];
    const once = await aServer({ after: (end: () => Promise<void>) => ends.push(end) } as never, { app });
    const bin = await aBin(once, { answer: [{ status: 500, times: 2 }, { status: 202 }] });
    assert.equal((await send(bin.url)).status, 500);
    for (const end of ends) await end();
    const again = await aServer(context, { app });
    const statuses = [];
    for (let count = 0; count < 2; count++) statuses.push((await send(`${again.url}/in/${bin.name}`)).status);
    assert.deepEqual(statuses, [500, 202]);
    const { data } = (await again.ask(`GET /v1/bins/${bin.id}/requests`)).body;
    const answered = data.map((request: { answered: { status: number } }) => request.answered.status);
    assert.deepEqual(answered, [202, 500, 500]);
  });
});

describe("what a browser makes of a bin's answer", () => {
  it("is nothing that runs, whatever was chosen", async (context) => {
    const server = await aServer(context);
    const body = "<script>alert(1)</script>";
    const bin = await aBin(server, { answer: { status: 200, headers: { "Content-Type": "text/html" }, body } });
    const { headers, text } = await send(bin.url);
    assert.equal(text, body);
    assert.equal(headers.get("content-type"), "text/html");
    assert.equal(headers.get("content-security-policy"), "sandbox; default-src 'none'");
    assert.equal(headers.get("x-content-type-options"), "nosniff");
  });

  it("is text where a page of the dashboard's origin loads it as a part of itself", async (context) => {
    const server = await aServer(context);
    const answer = { status: 200, headers: { "content-type": "text/javascript" }, body: "alert(1)" };
    const bin = await aBin(server, { answer });
    const typeFor = (url: string, site: string, dest: string): Promise<string | undefined> =>
      new Promise((resolve, reject) => {
        const authorization = `Bearer ${server.key}`;
        const headers = { authorization, "sec-fetch-site": site, "sec-fetch-dest": dest };
        const asked = nodeRequest(url, { headers }, (response) => {
          response.resume();
          resolve(response.headers["content-type"]);
        });
        asked.on("error", reject).end();
      });
    for (const dest of ["script", "style", "worker", "serviceworker", "iframe", "object"]) {
      assert.equal(await typeFor(bin.url, "same-origin", dest), "text/plain; charset=utf-8", dest);
    }
    assert.equal(await typeFor(bin.url, "same-origin", "empty"), "text/javascript");
    assert.equal(await typeFor(bin.url, "cross-site", "script"), "text/javascript");
    // The same for the body of a received event, which others chose as well.
    await send(bin.url, { method: "POST", body: "alert(1)", headers: { "content-type": "text/javascript" } });
    const [id] = await bin.ids();
    const raw = `${server.url}/v1/events/${id}/request?body=raw&tenant=_${bin.id}`;
    assert.equal(await typeFor(raw, "same-origin", "script"), "application/octet-stream");
    assert.equal(await typeFor(raw, "same-origin", "empty"), "text/javascript");
  });

  it("never has a header that acts on the whole origin, or on the connection", async (context) => {
    const server = await aServer(context);
    const names = ["Set-Cookie", "Clear-Site-Data", "Service-Worker-Allowed", "Strict-Transport-Security"];
    names.push(
      "Content-Security-Policy",
      "X-Content-Type-Options",
      "Transfer-Encoding",
      "Content-Length",
      "Connection",
    );
    names.push("Proxy-Authenticate", "X-Accel-Redirect", "Alt-Svc", "Www-Authenticate", "Sec-Fetch-Site", "Refresh");
    names.push("X-LiteSpeed-Location", "X-Sendfile2", "X-Sendfile");
    for (const name of names) {
      const refused = await server.ask("POST /v1/bins", {
        body: { answer: { status: 200, headers: { [name]: "x" } } },
      });
      assert.deepEqual([refused.status, refused.body.code], [400, "header-refused"], name);
      assert.equal(refused.body.field, `/answer/0/headers/${name.toLowerCase()}`);
    }
    const parts = { "Content-Type": "Multipart/x-mixed-replace; boundary=x" };
    const inParts = await server.ask("POST /v1/bins", { body: { answer: { status: 200, headers: parts } } });
    assert.deepEqual([inParts.status, inParts.body.code], [400, "header-refused"], "parts with headers of their own");
    for (const headers of [{ "a b": "x" }, { a: "x\r\nset-cookie: y" }, { a: "\u0100" }, { "": "x" }]) {
      const refused = await server.ask("POST /v1/bins", { body: { answer: { status: 200, headers } } });
      assert.equal(refused.status, 400, JSON.stringify(headers));
    }
  });

  it("is a download where it is the body of a request, under a name that we choose", async (context) => {
    const server = await aServer(context);
    const bin = await aBin(server);
    const headers = { "content-type": "text/html", "content-disposition": 'inline; filename="x.html"' };
    await send(bin.url, { method: "POST", body: "<script>alert(1)</script>", headers });
    const [id] = await bin.ids();
    const raw = await server.ask(`GET /v1/bins/${bin.id}/requests/${id}/raw`);
    assert.equal(raw.headers.get("content-type"), "application/octet-stream");
    assert.equal(raw.headers.get("content-disposition"), `attachment; filename="${id}.bin"`);
    assert.equal(raw.headers.get("content-security-policy"), "sandbox; default-src 'none'");
    assert.equal(raw.headers.get("x-content-type-options"), "nosniff");
  });
});
