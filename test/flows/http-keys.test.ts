/** Who may ask: every route needs a key with its scope, and without keys only programs of this machine are served. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { request } from "node:http";
import { it, type TestContext } from "node:test";
import { limits } from "../../src/core/limits.ts";
import { startServer } from "../../src/http/server.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { HandClock } from "../conformance/store-kinds.ts";
import { anEvent, aServer, type TestServer } from "./a-server.ts";
import { anApp } from "./an-app.ts";
import { aFolder } from "./cli-run.ts";

/** What they answer without a key; there is no source `x`. */
const publicRoutes: Readonly<Record<string, number>> = {
  "GET /healthz": 200,
  "GET /readyz": 200,
  "GET /.well-known/jwks.json": 200,
  "POST /in/x": 404,
  "POST /v1/session": 400,
  "GET /v1/session": 200,
  "DELETE /v1/session": 204,
};
const filled = (url: string): string => url.replace(/:\w+/g, "x");

it("every route but those that are public answers 401 without a key, and with a wrong one", async (context) => {
  const { server, ask } = await aServer(context);
  const routes = server.routes.map((route) => `${route.method} ${filled(route.url)}`);
  assert.ok(routes.length >= 38, routes.join());
  for (const route of routes) {
    if (publicRoutes[route] !== undefined) {
      assert.equal((await ask(route, { key: null })).status, publicRoutes[route], route);
      continue;
    }
    for (const key of [null, "trot_wrong", ""]) {
      const answer = await ask(route, { key });
      assert.equal(answer.status, 401, route);
      assert.equal(answer.body.code, "unauthenticated", route);
      assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer/);
    }
  }
});

it("HEAD needs a key where GET does", async (context) => {
  const { ask } = await aServer(context);
  assert.equal((await ask("HEAD /v1/endpoints", { key: null })).status, 401);
  assert.equal((await ask("HEAD /v1/endpoints")).status, 200);
});

it("the scheme of the key is read in any case, and no other scheme is taken", async (context) => {
  const { ask, key } = await aServer(context);
  const withHeader = (authorization: string) => ask("GET /v1/endpoints", { key: null, headers: { authorization } });
  assert.equal((await withHeader(`bearer ${key}`)).status, 200);
  assert.equal((await withHeader(`BEARER  ${key}`)).status, 200);
  for (const header of [key, `Basic ${key}`, `Bearer${key}`, "Bearer ", `Bearer ${"x".repeat(2000)}`]) {
    assert.equal((await withHeader(header)).status, 401, header.slice(0, 40));
  }
});

const newKey = (members: object = {}): object => ({ name: "test", scopes: ["read"], ...members });

async function make({ ask }: TestServer, members: object = {}, key?: string) {
  const { status, body, text } = await ask("POST /v1/keys", {
    body: newKey(members),
    ...(key !== undefined && { key }),
  });
  assert.equal(status, 201, text);
  return body;
}

const isTaken = async ({ ask }: TestServer, key: string): Promise<boolean> =>
  (await ask("GET /v1/endpoints?limit=1", { key })).status === 200;

it("a key is answered once, when it is made: never again, nor its hash, nor to anyone", async (context) => {
  const server = await aServer(context);
  const made = await make(server, { name: "billing", scopes: ["read", "publish"] });
  assert.match(made.key, /^trot_[A-Za-z0-9_-]{32}$/);
  assert.equal(await isTaken(server, made.key), true);
  const one = await server.ask(`GET /v1/keys/${made.id}`);
  const { key: _, last_used_at: __, ...rest } = made;
  const { last_used_at: usedAt, ...shown } = one.body;
  assert.deepEqual(shown, rest);
  assert.deepEqual(
    [shown.name, shown.scopes, shown.tenant, shown.status],
    ["billing", ["read", "publish"], null, "active"],
  );
  assert.ok(Date.now() - Date.parse(usedAt) < 60_000, "it is known at once when it was used");
  const list = await server.ask("GET /v1/keys");
  const hash = createHash("sha256").update(made.key).digest("hex");
  for (const text of [one.text, list.text]) {
    assert.ok(!text.includes(made.key) && !text.includes(hash));
  }
});

it("keys are listed by page, oldest first, and by tenant", async (context) => {
  const server = await aServer(context);
  const ids = [];
  for (const tenant of ["acme", "globex", "acme"]) ids.push((await make(server, { tenant })).id);
  const found: string[] = [];
  for (let after = ""; ; ) {
    const { body } = await server.ask(`GET /v1/keys?limit=1&tenant=acme${after}`);
    found.push(...body.data.map(({ id }: { id: string }) => id));
    if (!body.has_more) break;
    after = `&after=${body.next_cursor}`;
  }
  assert.deepEqual(found.sort(), [ids[0], ids[2]].sort());
  assert.equal((await server.ask("GET /v1/keys")).body.data.length, 4);
});

it("a key that is deleted ends at once: also a stream, and a request that waits, that came with it", async (context) => {
  const server = await aServer(context);
  const { id, key } = await make(server, { scopes: ["read", "publish", "manage"] });
  await server.ask("PUT /v1/consumers/reader", { body: {} });
  const held = ["/v1/events?wait=60&after=latest", "/v1/consumers/reader/events?wait=60", "/v1/events?after=latest"];
  const ended = held.map((path, index) => {
    const accept = index === 2 ? "text/event-stream" : "application/json";
    const headers = { authorization: `Bearer ${key}`, accept };
    return fetch(server.url + path, { headers })
      .then((response) => response.text())
      .then(
        () => "answered",
        () => "cut off",
      );
  });
  const endless = new TransformStream<Uint8Array>();
  const writer = endless.writable.getWriter();
  const line = Buffer.from(`${JSON.stringify(anEvent({ tenant: "other" }))}\n`);
  const publishing = fetch(`${server.url}/v1/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/x-ndjson" },
    body: endless.readable,
    duplex: "half",
  } as RequestInit)
    .then((response) => response.text())
    .then(
      () => "answered",
      () => "cut off",
    );
  void writer.write(line).catch(() => {});
  await eventually("all are held", () => server.app.feed.waiting >= 2 && server.app.store.events.bounds().head === 1);
  assert.equal((await server.ask(`DELETE /v1/keys/${id}`)).status, 204);
  assert.equal(await isTaken(server, key), false);
  assert.deepEqual(await Promise.all([...ended, publishing]), ["cut off", "cut off", "cut off", "cut off"]);
  const gone = await server.ask(`DELETE /v1/keys/${id}`);
  assert.deepEqual([gone.status, gone.body.code], [404, "key-not-found"]);
});

it("a key that was rotated has a new text; the old one works until its grace ends, and keeps its id", async (context) => {
  const clock = new HandClock();
  const server = await aServer(context, { app: { machine: { clock } } });
  const { id, key: first } = await make(server);
  const rotate = async (grace?: number) => {
    const { body } = await server.ask(`POST /v1/keys/${id}/rotate`, { body: { grace_ms: grace } });
    assert.equal(body.id, id);
    return body;
  };
  const second = await rotate(5000);
  assert.equal(Date.parse(second.previous_until), clock.nowMs + 5000);
  assert.deepEqual([await isTaken(server, first), await isTaken(server, second.key)], [true, true]);
  clock.nowMs += 4999;
  assert.equal(await isTaken(server, first), true);
  clock.nowMs += 1;
  assert.deepEqual([await isTaken(server, first), await isTaken(server, second.key)], [false, true]);
  assert.equal((await server.ask(`GET /v1/keys/${id}`)).body.previous_until, null);
  const third = await rotate(60_000);
  const fourth = await rotate(60_000);
  const taken = await Promise.all([second, third, fourth].map(({ key }) => isTaken(server, key)));
  assert.deepEqual(taken, [false, true, true], "one text from before at most");
  const fifth = await rotate();
  assert.equal(await isTaken(server, fourth.key), false, "without a grace the old one ends at once");
  assert.equal(await isTaken(server, fifth.key), true);
});

it("a key ends when it expires, and no clock that is set back gives it another second", async (context) => {
  const clock = new SteppingClock();
  const server = await aServer(context, { app: { machine: { clock } } });
  const expiresAt = new Date(clock.wallMs() + 10_000).toISOString();
  const { id, key } = await make(server, { expires_at: expiresAt });
  clock.pass(9_999);
  assert.equal(await isTaken(server, key), true);
  clock.stepWall(-3_600_000);
  clock.pass(1);
  assert.equal(await isTaken(server, key), false);
  assert.equal((await server.ask(`GET /v1/keys/${id}`)).body.status, "expired");
  const refused = await server.ask(`POST /v1/keys/${id}/rotate`);
  assert.deepEqual([refused.status, refused.body.code], [409, "key-expired"]);
  clock.stepWall(3_600_000);
  assert.equal(await isTaken(server, key), false);
  const { key: forward } = await make(server, { expires_at: new Date(clock.wallMs() + 60_000).toISOString() });
  clock.stepWall(60_000);
  assert.equal(await isTaken(server, forward), false, "a time of the wall that is past is past");
});

it("last use and expiry outlive a restart, also one with a clock that was set back", async () => {
  const folder = aFolder();
  const clock = new SteppingClock();
  const startedMs = clock.wallMs();
  const start = async (machine: SteppingClock) => {
    const app = await anApp({
      store: { folder, bytesMax: null },
      adminKey: "trot_the_operators_own_key",
      machine: { clock: machine },
    });
    const server = await startServer(app, { host: "127.0.0.1", port: 0, auth: "keys", shutdownGraceMs: 1000 });
    const ask = async (key: string, path: string, init: RequestInit = {}) => {
      const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
      const response = await fetch(server.url + path, { headers, ...init });
      // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of every shape
      const body: any = await response.json();
      return { status: response.status, body };
    };
    return { ask, stop: () => server.close().then(() => app.close()) };
  };
  const first = await start(clock);
  const admin = "trot_the_operators_own_key";
  const expires_at = new Date(startedMs + 10_000).toISOString();
  const body = JSON.stringify(newKey({ expires_at }));
  const { body: made } = await first.ask(admin, "/v1/keys", { method: "POST", body });
  clock.pass(9_000);
  assert.equal((await first.ask(made.key, "/v1/endpoints")).status, 200);
  await first.stop();
  const setBack = new SteppingClock(startedMs - 3_600_000);
  const second = await start(setBack);
  const { body: known } = await second.ask(admin, `/v1/keys/${made.id}`);
  assert.equal(Date.parse(known.last_used_at), startedMs + 9_000);
  assert.equal((await second.ask(made.key, "/v1/endpoints")).status, 200);
  setBack.pass(1_000);
  assert.equal(
    (await second.ask(made.key, "/v1/endpoints")).status,
    401,
    "an hour was won by the clock, and counts not",
  );
  await second.stop();
});

it("a key makes no key with more than it has: neither another tenant, nor a longer life", async (context) => {
  const server = await aServer(context);
  const soon = new Date(Date.now() + 60_000).toISOString();
  const later = new Date(Date.now() + 120_000).toISOString();
  const bound = await make(server, { scopes: ["admin"], tenant: "acme" });
  assert.equal((await make(server, {}, bound.key)).tenant, "acme", "its own tenant where it names none");
  const expiring = await make(server, { scopes: ["admin"], expires_at: soon });
  const made = await make(server, {}, expiring.key);
  assert.equal(Date.parse(made.expires_at), Date.parse(soon), "as long as its own where it names no end");
  const refused = await server.ask("POST /v1/keys", { body: newKey({ expires_at: later }), key: expiring.key });
  assert.deepEqual([refused.status, refused.body.code], [403, "key-beyond-own"]);
  const lasting = await make(server, { scopes: ["admin"] });
  const taken = await server.ask(`POST /v1/keys/${lasting.id}/rotate`, { key: expiring.key });
  assert.deepEqual([taken.status, taken.body.code], [403, "key-beyond-own"], "a rotation answers a key, too");
  assert.equal((await server.ask(`POST /v1/keys/${expiring.id}/rotate`, { key: expiring.key })).status, 200);
});

it("the last key that manages all keys cannot be deleted, also not by two at once", async (context) => {
  const server = await aServer(context);
  const { data } = (await server.ask("GET /v1/keys")).body;
  await make(server, { scopes: ["admin"], tenant: "acme" });
  await make(server, { scopes: ["read"] });
  const refused = await server.ask(`DELETE /v1/keys/${data[0].id}`);
  assert.deepEqual([refused.status, refused.body.code], [409, "key-last-admin"]);
  const other = await make(server, { scopes: ["admin"] });
  const both = await Promise.all([
    server.ask(`DELETE /v1/keys/${data[0].id}`),
    server.ask(`DELETE /v1/keys/${other.id}`, { key: other.key }),
  ]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [204, 409]);
});

it("what a key cannot be is refused with the member's name", async (context) => {
  const { ask } = await aServer(context);
  const wrong: [object, string][] = [
    [{ name: "" }, "/name"],
    [{ name: "x".repeat(limits.keyNameLength + 1) }, "/name"],
    [{ scopes: [] }, "/scopes"],
    [{ scopes: ["read", "read"] }, "/scopes"],
    [{ scopes: ["root"] }, "/scopes/0"],
    [{ tenant: "-" }, "/tenant"],
    [{ tenant: "_other" }, "/tenant"],
    [{ expires_at: "tomorrow" }, "/expires_at"],
    [{ expires_at: "2026-02-30T00:00:00Z" }, "/expires_at"],
    [{ expires_at: "2020-01-01T00:00:00Z" }, "/expires_at"],
  ];
  for (const [members, field] of wrong) {
    const { status, body } = await ask("POST /v1/keys", { body: newKey(members) });
    assert.deepEqual([status, body.code, body.field], [400, "invalid-body", field], JSON.stringify(members));
  }
  const { data } = (await ask("GET /v1/keys")).body;
  const graces = [-1, limits.keyGraceMsMax + 1, 0.5];
  for (const grace_ms of graces) {
    const { body } = await ask(`POST /v1/keys/${data[0].id}/rotate`, { body: { grace_ms } });
    assert.equal(body.field, "/grace_ms");
  }
});

it("one key too many of a tenant is refused, and the others' are not counted", async (context) => {
  const server = await aServer(context);
  const { keys } = server.app.registry;
  const request = { name: "one", scopes: ["read"], tenant: "acme", expiresAtMs: null } as const;
  for (let made = 0; made < limits.keysPerTenant; made++) await keys.create(request, null);
  const refused = await server.ask("POST /v1/keys", { body: newKey({ tenant: "acme" }) });
  assert.deepEqual([refused.status, refused.body.code], [409, "key-limit"]);
  await make(server, { tenant: "globex" });
  await make(server);
});

/** A wall clock that people set, and a steady one beside it. */
class SteppingClock {
  #wallMs: number;
  #steadyMs: number;

  constructor(startMs = 1_780_000_000_000) {
    this.#wallMs = startMs;
    this.#steadyMs = startMs;
  }

  wallMs = (): number => this.#wallMs;
  steadyMs = (): number => this.#steadyMs;

  pass(ms: number): void {
    this.#wallMs += ms;
    this.#steadyMs += ms;
  }

  stepWall(ms: number): void {
    this.#wallMs += ms;
  }
}

/** A request with headers that fetch would not let through. */
function askRaw(url: string, headers: Record<string, string>): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    request(`${url}/v1/endpoints`, { headers }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    })
      .on("error", reject)
      .end();
  });
}

const withoutKeys = (context: TestContext) => aServer(context, { server: { auth: "none" } });

it("without keys, programs of this machine are served", async (context) => {
  const { url } = await withoutKeys(context);
  const { port } = new URL(url);
  for (const host of [
    `127.0.0.1:${port}`,
    `localhost:${port}`,
    "localhost",
    `[::1]:${port}`,
    `app.localhost:${port}`,
  ]) {
    assert.equal((await askRaw(url, { host })).status, 200, host);
  }
  assert.equal((await askRaw(url, { host: `localhost:${port}`, origin: `http://localhost:${port}` })).status, 200);
});

it("without keys, a web page of another site is refused, by its name and by its origin", async (context) => {
  const { url } = await withoutKeys(context);
  const { host } = new URL(url);
  const refused: Record<string, string>[] = [
    { host: "evil.example" },
    { host: "127.0.0.1.evil.example" },
    { host: "localhost.evil.example:3400" },
    { host, origin: "https://evil.example" },
    { host, origin: "null" },
    { host, origin: "http://localhost:1" },
  ];
  for (const headers of refused) {
    const { status, text } = await askRaw(url, headers);
    assert.equal(status, 421, JSON.stringify(headers));
    assert.match(text, /"code":"host-refused"/);
  }
});

it("the server does not start without keys on an address beyond loopback", async (context) => {
  const app = await anApp();
  context.after(() => app.close());
  for (const host of ["0.0.0.0", "::", "192.0.2.1", "example.org"]) {
    const start = startServer(app, { host, port: 0, auth: "none", shutdownGraceMs: 0 });
    await assert.rejects(start, { code: "bind-unauthenticated" }, host);
  }
});
