/** Links to the portal: what whoever has one may do, at every address of the server, and how it ends. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { limits } from "../../src/core/limits.ts";
import { HandClock } from "../conformance/store-kinds.ts";
import { anEvent, aServer, type TestServer } from "./a-server.ts";

/** All that a link lets its holder do. What is not here, the server refuses; what is public, everybody may. */
const ofPortal: ReadonlySet<string> = new Set([
  "GET /v1/events",
  "GET /v1/events/:id",
  "GET /v1/event-types",
  "GET /v1/event-types/:name",
  "POST /v1/filters/test",
  "POST /v1/transforms/dry-run",
  "GET /v1/endpoints",
  "POST /v1/endpoints",
  "GET /v1/endpoints/:id",
  "PATCH /v1/endpoints/:id",
  "DELETE /v1/endpoints/:id",
  "GET /v1/endpoints/:id/types",
  "POST /v1/endpoints/:id/pause",
  "POST /v1/endpoints/:id/resume",
  "POST /v1/endpoints/:id/test",
  "GET /v1/endpoints/:id/secrets",
  "POST /v1/endpoints/:id/secrets/rotate",
  "POST /v1/endpoints/:id/transform/dry-run",
  "POST /v1/endpoints/:id/deliveries/:event_id/retry",
  "POST /v1/endpoints/:id/deliveries/:event_id/skip",
  "POST /v1/endpoints/:id/replay",
  "POST /v1/endpoints/:id/recover",
  "GET /v1/replays",
  "GET /v1/replays/:id",
  "POST /v1/replays/:id/pause",
  "POST /v1/replays/:id/resume",
  "POST /v1/replays/:id/cancel",
  "GET /v1/attempts",
  "GET /v1/attempts/:id",
  "GET /v1/stats",
]);

async function aLink(server: TestServer, members: object = {}, key?: string) {
  const answer = await server.ask("POST /v1/portal-links", {
    body: { tenant: "acme", ...members },
    ...(key !== undefined && { key }),
  });
  assert.equal(answer.status, 201, answer.text);
  return answer.body;
}

it("a link lets its holder do what the portal shows, and nothing at any other address", async (context) => {
  const server = await aServer(context);
  const { token } = await aLink(server);
  for (const { method, url, access } of server.server.routes) {
    if (access === "public") continue;
    const route = `${method} ${url}`;
    const path = `${method} ${url.replace(/:\w+/g, "x")}`;
    const { status, body } = await server.ask(path, { key: token, ...(method === "POST" && { body: {} }) });
    if (ofPortal.has(route)) assert.ok(status !== 401 && status !== 403, `${route}: ${status}`);
    else assert.deepEqual([status, body?.code], [403, "forbidden"], route);
  }
  const signedIn = await server.ask("POST /v1/session", { key: null, body: { key: token } });
  assert.deepEqual([signedIn.status, signedIn.body.code], [403, "forbidden"], "nor does it become a session");
  const published = await server.ask("POST /v1/events", { key: token, body: anEvent() });
  assert.deepEqual([published.status, published.body.code], [403, "forbidden"], "nor by the short way");
});

it("a link shows its own tenant: another's things are not there", async (context) => {
  const server = await aServer(context);
  const { token, url, tenant } = await aLink(server);
  assert.deepEqual([url, tenant], [`${server.url}/portal#token=${token}`, "acme"]);
  const make = async (tenant: string, key = server.key) =>
    (await server.ask("POST /v1/endpoints", { key, body: { tenant, url: "http://127.0.0.1:9/" } })).body.id;
  const foreign = await make("globex");
  const own = await make("acme", token);
  const listed = (await server.ask("GET /v1/endpoints", { key: token })).body.data;
  assert.deepEqual(
    listed.map(({ id }: { id: string }) => id),
    [own],
  );
  assert.equal((await server.ask(`GET /v1/endpoints/${foreign}`, { key: token })).status, 404);
  assert.equal((await server.ask(`POST /v1/endpoints/${foreign}/secrets/rotate`, { key: token })).status, 404);
  const named = await server.ask("GET /v1/endpoints?tenant=globex", { key: token });
  assert.deepEqual([named.status, named.body.code], [403, "tenant-refused"]);
  const command = { kind: "command", command: { program: "/bin/true" } };
  assert.equal((await server.ask("POST /v1/endpoints", { key: token, body: command })).status, 403);
  const { key } = (await server.ask("GET /v1/session", { key: token })).body;
  assert.deepEqual([key.scopes, key.tenant], [["portal"], "acme"]);
});

it("a link shows what was received, and not the requests that it came in", async (context) => {
  const server = await aServer(context);
  const source = { name: "in", tenant: "acme", scheme: { unverified: true } };
  assert.equal((await server.ask("POST /v1/sources", { body: source })).status, 201);
  await server.ask("POST /in/in", { key: null, body: {}, headers: { "x-of-the-provider": "secret" } });
  const { token } = await aLink(server);
  const list = await server.ask("GET /v1/events", { key: token });
  assert.equal(list.body.data.length, 1);
  assert.ok(!list.text.includes("x-of-the-provider"));
  for (const accept of ["application/json", "application/x-ndjson"]) {
    const asked = await server.ask("GET /v1/events?include=request", { key: token, headers: { accept } });
    assert.deepEqual([asked.status, asked.body?.code], [403, "forbidden"], accept);
  }
});

it("a link ends by itself, and before where its key is deleted", async (context) => {
  const clock = new HandClock();
  const server = await aServer(context, { app: { machine: { clock } } });
  const works = async (key: string) => (await server.ask("GET /v1/endpoints", { key })).status === 200;
  const minute = await aLink(server, { expires_in_ms: 60_000 });
  const hour = await aLink(server, { name: "for Mira" });
  assert.equal(Date.parse(hour.expires_at), clock.nowMs + limits.portalLinkAgeMsDefault);
  const { name, scopes, tenant } = (await server.ask(`GET /v1/keys/${hour.key_id}`)).body;
  assert.deepEqual([name, scopes, tenant], ["for Mira", ["portal"], "acme"]);
  clock.nowMs += 59_999;
  assert.deepEqual([await works(minute.token), await works(hour.token)], [true, true]);
  clock.nowMs += 1;
  assert.deepEqual([await works(minute.token), await works(hour.token)], [false, true]);
  await server.ask(`DELETE /v1/keys/${hour.key_id}`);
  assert.equal(await works(hour.token), false);
});

it("links that have ended are forgotten as others are made, and take nobody's room", async (context) => {
  const clock = new HandClock();
  const server = await aServer(context, { app: { machine: { clock } } });
  const { keys } = server.app.registry;
  const link = { name: "l", scopes: ["portal"], tenant: "acme", expiresAtMs: clock.nowMs + 60_000 } as const;
  for (let made = 0; made < limits.portalLinksPerTenant; made++) await keys.create(link, null);
  const refused = await server.ask("POST /v1/portal-links", { body: { tenant: "acme" } });
  assert.deepEqual([refused.status, refused.body.code], [409, "key-limit"]);
  await aLink(server, { tenant: "globex" });
  const key = { name: "key", scopes: ["read"], tenant: "acme" };
  assert.equal((await server.ask("POST /v1/keys", { body: key })).status, 201, "keys are counted by themselves");
  clock.nowMs += 60_000;
  const before = keys.count;
  await aLink(server);
  assert.ok(keys.count < before);
});

it("who makes a link gives nothing that they have not: no other tenant, no longer life, and no reading", async (context) => {
  const server = await aServer(context);
  const newKey = async (members: object) =>
    (await server.ask("POST /v1/keys", { body: { name: "k", ...members } })).body.key;
  const expires_at = new Date(Date.now() + 300_000).toISOString();
  const manager = await newKey({ scopes: ["read", "manage"], tenant: "acme", expires_at });
  const made = await aLink(server, { tenant: undefined }, manager);
  assert.deepEqual([made.tenant, Date.parse(made.expires_at)], ["acme", Date.parse(expires_at)]);
  const asked = (body: object, key: string) => server.ask("POST /v1/portal-links", { body, key });
  assert.equal((await asked({ expires_in_ms: 600_000 }, manager)).body.code, "key-beyond-own");
  assert.equal((await asked({ tenant: "globex" }, manager)).body.code, "tenant-refused");
  assert.equal((await asked({}, await newKey({ scopes: ["read"] }))).body.code, "forbidden");
  assert.equal((await asked({}, await newKey({ scopes: ["manage"] }))).body.code, "forbidden");
  assert.equal((await asked({}, made.token)).body.code, "forbidden", "a link makes no links");
  const scoped = await server.ask("POST /v1/keys", { body: { name: "x", scopes: ["portal"], tenant: "acme" } });
  assert.deepEqual([scoped.status, scoped.body.field], [400, "/scopes/0"]);
});

it("what a link cannot be is refused with the member's name", async (context) => {
  const server = await aServer(context);
  const wrong: [object, string][] = [
    [{ expires_in_ms: limits.portalLinkAgeMsMin - 1 }, "/expires_in_ms"],
    [{ expires_in_ms: limits.portalLinkAgeMsMax + 1 }, "/expires_in_ms"],
    [{ tenant: "-" }, "/tenant"],
    [{ name: "" }, "/name"],
  ];
  for (const [members, field] of wrong) {
    const { status, body } = await server.ask("POST /v1/portal-links", { body: members });
    assert.deepEqual([status, body.code, body.field], [400, "invalid-body", field], JSON.stringify(members));
  }
});

it("a link leads to where others reach the server", async (context) => {
  const server = await aServer(context, { app: { publicUrl: "https://hooks.example.com/base" } });
  const { url, token } = await aLink(server);
  assert.equal(url, `https://hooks.example.com/base/portal#token=${token}`);
});
