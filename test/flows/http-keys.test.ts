/** Who may ask: every route needs a key with its scope, and without keys only programs of this machine are served. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { request } from "node:http";
import { it, type TestContext } from "node:test";
import { startServer } from "../../src/http/server.ts";
import { aServer, type TestServer } from "./a-server.ts";
import { anApp } from "./an-app.ts";

const publicRoutes = ["GET /healthz", "GET /readyz"];
const filled = (url: string): string => url.replace(/:\w+/g, "x");

it("every route but the two probes answers 401 without a key, and with a wrong one", async (context) => {
  const { server, ask } = await aServer(context);
  const routes = server.routes.map((route) => `${route.method} ${filled(route.url)}`);
  assert.equal(routes.length, 33, routes.join());
  for (const route of routes) {
    if (publicRoutes.includes(route)) {
      assert.equal((await ask(route, { key: null })).status, 200, route);
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

async function addKey(server: TestServer, scopes: string[]): Promise<string> {
  const key = `trot_${scopes.join("_")}_key_for_this_test`;
  const hash = createHash("sha256").update(key).digest("hex");
  await server.app.store.registry.putKey({ id: `key_${scopes}`, name: "test", hash, scopes, createdAtMs: 1 });
  return key;
}

it("a key may do what its scope names, and is told which scope it lacks", async (context) => {
  const scopes = ["publish", "read", "manage"];
  const first = await aServer(context);
  const keys = await Promise.all(scopes.map((scope) => addKey(first, [scope])));
  // A second app on the same store, because keys are read at its start.
  const app = await anApp({ machine: { store: first.app.store } });
  const server = await startServer(app, { host: "127.0.0.1", port: 0, auth: "keys", shutdownGraceMs: 1000 });
  context.after(() => server.close());
  for (const route of server.routes) {
    if (route.access === "public") continue;
    for (const [index, scope] of scopes.entries()) {
      const response = await fetch(server.url + filled(route.url), {
        method: route.method,
        headers: { authorization: `Bearer ${keys[index]}` },
      });
      const isAllowed: boolean = route.access === "any" || route.access === scope;
      const what = `${route.method} ${route.url} with ${scope}`;
      assert.equal(response.status === 403, !isAllowed, what);
      const text = await response.text();
      if (!isAllowed) assert.match(text, new RegExp(`scope \`${route.access}\``), what);
      else assert.notEqual(response.status, 401, what);
    }
  }
});

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
