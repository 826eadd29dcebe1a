/** People at a browser sign in with a key: the cookie that carries it, whose pages it counts for, and how it ends. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { guessLimit } from "../../src/http/sign-in-guesses.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { HandClock } from "../conformance/store-kinds.ts";
import { anEvent, aServer, type TestServer } from "./a-server.ts";

const isOwn = (server: TestServer): Record<string, string> => ({ origin: server.url, "sec-fetch-site": "same-origin" });

/** The header `Cookie` of whoever signed in. */
async function signIn(server: TestServer, key = server.key): Promise<string> {
  const answer = await server.ask("POST /v1/session", { key: null, body: { key }, headers: isOwn(server) });
  assert.equal(answer.status, 200, answer.text);
  return (answer.headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "";
}

const withCookie = (server: TestServer, cookie: string, what: string, more: object = {}) =>
  server.ask(what, {
    key: null,
    ...more,
    headers: { cookie, ...isOwn(server), ...(more as { headers?: object }).headers },
  });

it("whoever has no key is told whether one is needed, and nothing else", async (context) => {
  const server = await aServer(context, { server: { portalName: "Acme" } });
  const { status, body, headers } = await server.ask("GET /v1/session", { key: null });
  const brand = { name: "Acme", colour: null, logo: null };
  assert.deepEqual([status, body], [200, { auth: "keys", signed_in: false, brand }]);
  assert.equal(headers.get("cache-control"), "no-store");
  for (const headers of [{ cookie: "trotline_session=trot_wrong" }, { authorization: "Bearer trot_wrong" }]) {
    assert.equal((await server.ask("GET /v1/session", { key: null, headers })).body.signed_in, false);
  }
});

it("a key signs in: a cookie that no script reads, that goes to /v1 alone, and is told nowhere else", async (context) => {
  const server = await aServer(context);
  const answer = await server.ask("POST /v1/session", { key: null, body: { key: server.key }, headers: isOwn(server) });
  const cookie = answer.headers.get("set-cookie") ?? "";
  assert.equal(
    cookie,
    `trotline_session=${server.key}; Path=/v1; HttpOnly; SameSite=Strict; Max-Age=${30 * 24 * 3600}`,
  );
  assert.ok(!answer.text.includes(server.key));
  const { body } = await withCookie(server, cookie.split(";", 1)[0] ?? "", "GET /v1/session");
  assert.deepEqual(body, answer.body);
  const { key, version, ...rest } = body;
  assert.deepEqual(rest, { auth: "keys", signed_in: true, brand: null, store: "memory", public_url: null });
  assert.match(version, /^\d+\.\d+\.\d+/);
  assert.deepEqual(Object.keys(key), ["id", "name", "scopes", "tenant", "expires_at"]);
  assert.deepEqual([key.scopes, key.tenant, key.expires_at], [["admin"], null, null]);
});

it("who is signed in may do what the key may, also publish by the short way", async (context) => {
  const server = await aServer(context);
  const cookie = await signIn(server);
  const made = await withCookie(server, cookie, "POST /v1/events", { body: anEvent({ id: "one" }) });
  assert.equal(made.status, 201, made.text);
  assert.equal((await withCookie(server, cookie, "GET /v1/events/one")).status, 200);
  const { key } = (await server.ask("POST /v1/keys", { body: { name: "r", scopes: ["read"] } })).body;
  const reader = await signIn(server, key);
  const refused = await withCookie(server, reader, "POST /v1/events", { body: anEvent() });
  assert.deepEqual([refused.status, refused.body.code], [403, "forbidden"]);
});

it("a key in the header goes before the session, also one that does not work", async (context) => {
  const server = await aServer(context);
  const cookie = await signIn(server);
  for (const authorization of ["Bearer trot_wrong", "Basic x", ""]) {
    const answer = await withCookie(server, cookie, "GET /v1/endpoints", { headers: { authorization } });
    assert.equal(answer.status, 401, authorization);
  }
  const foreign = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
  const own = await server.ask("GET /v1/endpoints", { headers: { cookie, ...foreign } });
  assert.equal(own.status, 200, "a page that has a key of its own needs no session");
});

const foreignPages: Readonly<Record<string, (url: URL) => Record<string, string>>> = {
  "of another site": () => ({ origin: "https://evil.example" }),
  "of another port": ({ hostname }) => ({ origin: `http://${hostname}:1` }),
  "of another scheme's port": ({ hostname }) => ({ origin: `https://${hostname}` }),
  "of no origin": () => ({ origin: "null" }),
  "that says nothing": () => ({}),
  "of another site, by its kind alone": () => ({ "sec-fetch-site": "cross-site" }),
  "of a neighbour, by its kind alone": () => ({ "sec-fetch-site": "same-site" }),
  "typed by hand": () => ({ "sec-fetch-site": "none" }),
  "of this origin, called by another": ({ origin }) => ({ origin, "sec-fetch-site": "cross-site" }),
};

for (const [what, headersOf] of Object.entries(foreignPages)) {
  it(`a page ${what} changes nothing by somebody's session`, async (context) => {
    const server = await aServer(context);
    const cookie = await signIn(server);
    const headers = { cookie, ...headersOf(new URL(server.url)) };
    for (const path of ["POST /v1/events", "POST /v1/keys", "DELETE /v1/keys/key_x", "POST /v1/endpoints/ep_x/pause"]) {
      const body = path.startsWith("POST") ? { body: anEvent() } : {};
      const { status, body: problem } = await server.ask(path, { key: null, headers, ...body });
      assert.deepEqual([status, problem.code], [403, "origin-refused"], path);
    }
    assert.equal(server.app.store.events.bounds().head, 0);
  });
}

it("a page of another site reads nothing by somebody's session either, where the browser says whose it is", async (context) => {
  const server = await aServer(context);
  const cookie = await signIn(server);
  const read = async (headers: Record<string, string>) =>
    (await server.ask("GET /v1/endpoints", { key: null, headers: { cookie, ...headers } })).status;
  assert.equal(await read({ origin: "https://evil.example" }), 403);
  assert.equal(await read({ "sec-fetch-site": "cross-site" }), 403);
  assert.equal(await read({ "sec-fetch-site": "same-site" }), 403);
  assert.equal(await read({ "sec-fetch-site": "none" }), 200, "somebody typed the address");
  assert.equal(await read({}), 200);
  const answer = await server.ask("GET /v1/endpoints", { key: null, headers: { cookie } });
  assert.equal(answer.headers.get("access-control-allow-origin"), null);
});

it("nobody is signed in, or out, by a page of another site", async (context) => {
  const server = await aServer(context);
  const foreign: Record<string, string>[] = [
    { origin: "https://evil.example" },
    { origin: "null" },
    { "sec-fetch-site": "cross-site" },
    { origin: server.url, "sec-fetch-site": "same-site" },
  ];
  for (const headers of foreign) {
    const signedIn = await server.ask("POST /v1/session", { key: null, body: { key: server.key }, headers });
    const signedOut = await server.ask("DELETE /v1/session", { key: null, headers });
    for (const answer of [signedIn, signedOut]) {
      assert.deepEqual([answer.status, answer.body.code], [403, "origin-refused"], JSON.stringify(headers));
      assert.equal(answer.headers.get("set-cookie"), null);
    }
  }
  const program = await server.ask("POST /v1/session", { key: null, body: { key: server.key } });
  assert.equal(program.status, 200, "a program is no page");
});

it("where others come by TLS the cookie is for TLS alone, and pages without it are another site's", async (context) => {
  const publicUrl = "https://hooks.example.com";
  const server = await aServer(context, { app: { publicUrl } });
  const signedIn = await server.ask("POST /v1/session", {
    key: null,
    body: { key: server.key },
    headers: { origin: publicUrl },
  });
  const [pair, ...attributes] = (signedIn.headers.get("set-cookie") ?? "").split("; ");
  assert.equal(pair, `__Secure-trotline_session=${server.key}`);
  assert.ok(attributes.includes("Secure") && attributes.includes("HttpOnly"));
  const publish = async (cookie: string, origin: string) =>
    (await server.ask("POST /v1/events", { key: null, body: anEvent(), headers: { cookie, origin } })).status;
  assert.equal(await publish(pair ?? "", publicUrl), 201);
  assert.equal(await publish(pair ?? "", "http://hooks.example.com"), 403);
  assert.equal(
    await publish(`trotline_session=${server.key}`, publicUrl),
    401,
    "anybody on the way could set that one",
  );
});

it("of two cookies of the name one is somebody else's: both are none", async (context) => {
  const server = await aServer(context);
  const cookie = await signIn(server);
  const answer = await withCookie(server, `${cookie}; trotline_session=trot_other`, "GET /v1/endpoints");
  assert.equal(answer.status, 401);
  assert.equal((await withCookie(server, `a=b; ${cookie};c=d`, "GET /v1/endpoints")).status, 200);
});

it("a key that is no key signs nobody in, and who guesses has to wait; whoever has a key is not kept out", async (context) => {
  const clock = new HandClock();
  const options = { app: { machine: { clock } }, server: { trustedProxies: ["loopback"] } };
  const server = await aServer(context, options);
  const guess = (address: string, key = "trot_guess") =>
    server.ask("POST /v1/session", { key: null, body: { key }, headers: { "x-forwarded-for": address } });
  for (let guesses = 0; guesses < guessLimit.burst; guesses++) {
    const { status, body, headers } = await guess("192.0.2.1");
    assert.deepEqual([status, body.code, body.field], [401, "unauthenticated", "/key"]);
    assert.equal(headers.get("set-cookie"), null);
  }
  const refused = await guess("192.0.2.1");
  assert.deepEqual([refused.status, refused.body.code], [429, "too-many-guesses"]);
  assert.equal(refused.headers.get("retry-after"), String(1 / guessLimit.perSecond));
  assert.equal((await guess("192.0.2.1", server.key)).status, 200, "behind the same proxy, but no guess");
  assert.equal((await guess("198.51.100.7")).status, 401, "another address");
  clock.nowMs += 1000 / guessLimit.perSecond;
  assert.equal((await guess("192.0.2.1")).status, 401, "after the wait");
});

it("a session ends with its key: what it waits for is cut off", async (context) => {
  const server = await aServer(context);
  const { id, key } = (await server.ask("POST /v1/keys", { body: { name: "r", scopes: ["read"] } })).body;
  const cookie = await signIn(server, key);
  const waiting = fetch(`${server.url}/v1/events?wait=60&after=latest`, { headers: { cookie, ...isOwn(server) } }).then(
    () => "answered",
    () => "cut off",
  );
  await eventually("it waits", () => server.app.feed.waiting === 1);
  await server.ask(`DELETE /v1/keys/${id}`);
  assert.equal(await waiting, "cut off");
  assert.equal((await withCookie(server, cookie, "GET /v1/endpoints")).status, 401);
  assert.equal((await withCookie(server, cookie, "GET /v1/session")).body.signed_in, false);
});

it("the cookie lives no longer than the key", async (context) => {
  const server = await aServer(context);
  const expires_at = new Date(Date.now() + 60_000).toISOString();
  const { key } = (await server.ask("POST /v1/keys", { body: { name: "r", scopes: ["read"], expires_at } })).body;
  const { headers } = await server.ask("POST /v1/session", { key: null, body: { key } });
  const seconds = Number(/Max-Age=(\d+)/.exec(headers.get("set-cookie") ?? "")?.[1]);
  assert.ok(seconds > 30 && seconds <= 60, String(seconds));
});

it("who signs out has no cookie any more, and the key goes on", async (context) => {
  const server = await aServer(context);
  const cookie = await signIn(server);
  const answer = await withCookie(server, cookie, "DELETE /v1/session");
  assert.equal(answer.status, 204);
  assert.match(answer.headers.get("set-cookie") ?? "", /^trotline_session=; Path=\/v1; .*Max-Age=0$/);
  assert.equal((await server.ask("GET /v1/endpoints")).status, 200);
});

it("without keys everybody on this machine is signed in, and nobody gets a cookie", async (context) => {
  const server = await aServer(context, { server: { auth: "none" } });
  for (const what of ["GET /v1/session", "POST /v1/session"]) {
    const body = what.startsWith("POST") ? { body: { key: "anything" } } : {};
    const answer = await server.ask(what, { key: null, ...body });
    assert.deepEqual([answer.body.auth, answer.body.signed_in, answer.body.key], ["none", true, null]);
    assert.equal(answer.headers.get("set-cookie"), null);
  }
  const foreign = { origin: "https://evil.example" };
  assert.equal((await server.ask("GET /v1/session", { key: null, headers: foreign })).body.signed_in, false);
});

it("without keys a page of another site takes no consumer's lease by loading its address", async (context) => {
  const server = await aServer(context, { server: { auth: "none" } });
  await server.ask("PUT /v1/consumers/c", { key: null, body: {} });
  await server.ask("POST /v1/events", { key: null, body: anEvent() });
  const read = async (site: string) => {
    const headers = { "sec-fetch-site": site, "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" };
    const { status, body } = await server.ask("GET /v1/consumers/c/events", { key: null, headers });
    return [status, body.code];
  };
  assert.deepEqual(await read("cross-site"), [421, "host-refused"]);
  assert.deepEqual(await read("same-site"), [421, "host-refused"]);
  assert.deepEqual(await read("same-origin"), [200, undefined]);
});

it("a session takes no consumer's lease where nothing says that a page of this server asks", async (context) => {
  const server = await aServer(context);
  const cookie = await signIn(server);
  await server.ask("PUT /v1/consumers/c", { body: {} });
  await server.ask("POST /v1/events", { body: anEvent() });
  const read = async (headers: Record<string, string>) => {
    const answer = await server.ask("GET /v1/consumers/c/events", { key: null, headers: { cookie, ...headers } });
    return [answer.status, answer.body.code];
  };
  assert.deepEqual(await read({}), [403, "origin-refused"]);
  assert.deepEqual(await read({ "sec-fetch-site": "none" }), [403, "origin-refused"], "a link in a letter");
  assert.deepEqual(await read({ "sec-fetch-site": "same-origin" }), [200, undefined]);
});

it("the document says that requests come with a key or a session", async (context) => {
  const { ask } = await aServer(context);
  const { body: document } = await ask("GET /openapi.json");
  assert.deepEqual(document.security, [{ key: [] }, { session: [] }]);
  const { type, in: place, name } = document.components.securitySchemes.session;
  assert.deepEqual([type, place, name], ["apiKey", "cookie", "trotline_session"]);
});
