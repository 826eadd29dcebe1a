/**
 * Keys that are bound to a tenant: every route of the server, with every scope, for what is the tenant's, what is
 * another's, and what nobody has. The routes are the server's own list, so that a new one fails here until it has a rule.
 */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { encodeRequest } from "../../src/core/received-request.ts";
import { tenantRule } from "../../src/http/tenancy.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { aReceipt, aReceivedEvent, aReceivedRequest, aRequest } from "../conformance/builders.ts";
import { aBin, send } from "./a-bin.ts";
import { type Answer, anEvent, aServer, type TestServer } from "./a-server.ts";

const scopes = ["publish", "read", "manage", "admin"] as const;
type Scope = (typeof scopes)[number];

/** What one tenant has: an id of each thing that a path can name, by the path's first part. */
type Things = Readonly<Record<string, string>>;

const nobodys: Things = {
  events: "evt_nobody",
  endpoints: "ep_nobody",
  attempts: "att_000000000zzzz",
  replays: "rpl_nobody",
  consumers: "reader-nobody",
  keys: "key_nobody",
  deliveries: "evt_nobody",
  "event-types": "nothing.such",
  sources: "src_nobody",
  secrets: "sec_nobody",
  receipts: "rcp_nobody",
  bins: "bin_nobody",
  requests: "evt_nobody_sent",
};

/** Bodies of the requests that need one. */
const bodies: Readonly<Record<string, (things: Things, receiverUrl: string) => object>> = {
  "POST /v1/events": () => anEvent(),
  "POST /v1/endpoints": (_things, url) => ({ url }),
  "PATCH /v1/endpoints/:id": () => ({ description: "changed" }),
  "POST /v1/endpoints/:id/seek": () => ({ to: "latest" }),
  "PUT /v1/consumers/:name": () => ({ lease_ms: 5000 }),
  "POST /v1/consumers/:name/ack": () => ({ cursor: "earliest", lease: "lease_x" }),
  "POST /v1/consumers/:name/seek": () => ({ to: "latest" }),
  "POST /v1/consumers/:name/release": () => ({ lease: "lease_x" }),
  "PUT /v1/event-types/:name": () => ({ description: "A payment." }),
  "POST /v1/filters/test": () => ({ filter: "true" }),
  "POST /v1/transforms/dry-run": () => ({}),
  "POST /v1/endpoints/:id/recover": () => ({ since: "earliest" }),
  "POST /v1/recover": () => ({ since: "earliest" }),
  "POST /v1/portal-links": () => ({ name: "made" }),
  "POST /v1/keys": () => ({ name: "made", scopes: ["read"] }),
  "POST /v1/sources": () => ({ name: `made_${crypto.randomUUID()}`, scheme: { preset: "github" } }),
  "PATCH /v1/sources/:id": () => ({ description: "changed" }),
  "PATCH /v1/bins/:id": () => ({ description: "changed" }),
  "PUT /v1/bins/:id/requests/:event_id/note": () => ({ text: "noted" }),
  "POST /v1/bins/:id/requests/:event_id/forward": (_things, url) => ({ url }),
};

/** The path with the ids of these things in it. */
function filled(url: string, things: Things): string {
  const parts = url.split("/");
  const named = parts.map((part, index) => {
    if (!part.startsWith(":")) return part;
    const thing = things[parts[index - 1] ?? ""];
    assert.ok(thing !== undefined, `${url}: this test does not know what ${part} names`);
    return thing;
  });
  return named.join("/");
}

interface Scene {
  readonly server: TestServer;
  readonly receiverUrl: string;
  readonly acme: Things;
  readonly globex: Things;
  /** Keys by scope, of `acme` and of no tenant. */
  readonly bound: Readonly<Record<Scope, string>>;
  readonly unbound: Readonly<Record<Scope, string>>;
}

async function aScene(context: TestContext): Promise<Scene> {
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  const server = await aServer(context);
  const keysOf = async (tenant: string | undefined): Promise<Record<Scope, string>> => {
    const made = scopes.map(async (scope) => {
      const body = { name: scope, scopes: [scope], tenant };
      return [scope, (await server.ask("POST /v1/keys", { body })).body.key];
    });
    return Object.fromEntries(await Promise.all(made));
  };
  return {
    server,
    receiverUrl: receiver.url,
    acme: await thingsOf(server, "acme", receiver.url),
    globex: await thingsOf(server, "globex", receiver.url),
    bound: await keysOf("acme"),
    unbound: await keysOf(undefined),
  };
}

async function thingsOf(server: TestServer, tenant: string, url: string): Promise<Things> {
  const { ask, app } = server;
  const made = async (what: string, body: object) => {
    const answer = await ask(what, { body });
    assert.ok(answer.status < 300, answer.text);
    return answer.body;
  };
  await made("PUT /v1/event-types/order.paid", {});
  const endpoint = await made("POST /v1/endpoints", { tenant, url });
  const event = aReceivedEvent({ id: `evt_of_${tenant}`, tenant });
  await app.store.events.append(aRequest([event]));
  const attempt = await eventually("an attempt", async () => {
    return (await ask(`GET /v1/attempts?endpoint_id=${endpoint.id}`)).body.data[0];
  });
  const replay = await made(`POST /v1/endpoints/${endpoint.id}/replay`, { from: "latest" });
  const consumer = await made(`PUT /v1/consumers/reader-${tenant}?tenant=${tenant}`, {});
  const key = await made("POST /v1/keys", { name: `key of ${tenant}`, scopes: ["read"], tenant });
  const source = await made("POST /v1/sources", { name: `from-${tenant}`, tenant, scheme: { preset: "github" } });
  const second = await made(`POST /v1/sources/${source.id}/secrets`, {});
  const number = app.sources.require(source.id).number;
  const receipt = aReceipt({ sourceNumber: number, request: encodeRequest(aReceivedRequest(), new Uint8Array(0)) });
  await app.sources.note([receipt]);
  const bin = await aBin(server, { tenant });
  await send(bin.url);
  return {
    events: event.id,
    endpoints: endpoint.id,
    attempts: attempt.id,
    replays: replay.id,
    consumers: consumer.name,
    keys: key.id,
    deliveries: event.id,
    "event-types": "order.paid",
    sources: source.id,
    secrets: second.data[0].id,
    receipts: receipt.id,
    bins: bin.id,
    requests: (await bin.ids())[0] ?? "",
  };
}

/** What must not tell a foreign thing from one that does not exist: all but the ids that the request itself named. */
function comparable({ status, headers, body }: Answer, things: Things): unknown {
  let text = JSON.stringify({ ...body, request_id: "" });
  for (const id of Object.values(things)) text = text.replaceAll(id, "ID");
  text = text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME");
  const shownHeaders = [...headers].filter(([name]) => !["date", "content-length"].includes(name));
  return { status, text, headers: shownHeaders };
}

const routes = await (async () => {
  const context = { after: (end: () => Promise<void>) => (ends = end) };
  let ends = async (): Promise<void> => {};
  const { server } = await aServer(context as never);
  await ends();
  return server.routes;
})();

/** No route may keep this test: an answer that does not end by itself, such as a stream, is a failure. */
const secondsMax = 60;

describe("every route", { timeout: routes.length * secondsMax * 1000 }, () => {
  for (const { method, url, access } of routes.filter((route) => route.access !== "public")) {
    const route = `${method} ${url}`;

    it(`${route} asks for its scope, and keeps to the tenant of the key`, {
      timeout: secondsMax * 1000,
    }, async (context) => {
      const rule = tenantRule(method, url);
      assert.ok(rule !== undefined, "it needs a rule in src/http/tenancy.ts");
      const scene = await aScene(context);
      const { ask } = scene.server;
      const asking = (key: string, things: Things, query = "", more = {}) =>
        ask(`${method} ${filled(url, things)}${query}`, {
          key,
          ...((bodies[route] !== undefined || query !== "") && method !== "GET" && method !== "DELETE"
            ? { body: { ...bodies[route]?.(things, scene.receiverUrl), ...more } }
            : {}),
        });

      // A link reads as well: the scope of its address alone makes none.
      const asked = route === "POST /v1/portal-links" ? null : access;
      const allowed = scopes.filter((scope) => asked === "any" || scope === asked || scope === "admin");
      for (const scope of scopes.filter((one) => !allowed.includes(one))) {
        for (const key of [scene.bound[scope], scene.unbound[scope]]) {
          const refused = await asking(key, scene.acme);
          assert.deepEqual([refused.status, refused.body.code], [403, "forbidden"], scope);
        }
      }

      for (const scope of allowed) {
        const key = scene.bound[scope];
        if (rule === "unbound") {
          const refused = await asking(key, scene.acme);
          assert.deepEqual([refused.status, refused.body.code], [403, "tenant-refused"], refused.text);
          continue;
        }
        if (rule === "query" || rule === "body" || route === "POST /v1/keys" || route === "POST /v1/events") {
          const [query, more] = rule === "query" ? ["?tenant=globex", {}] : ["", { tenant: "globex" }];
          const refused = await asking(key, scene.acme, query, more);
          assert.deepEqual([refused.status, refused.body.code], [403, "tenant-refused"], refused.text);
          assert.equal(refused.body.field, rule === "query" ? "tenant" : "/tenant");
        }
        if (url.includes("/:") && rule !== "shared") {
          const isPut = method === "PUT"; // It makes what does not exist.
          const foreign = await asking(key, scene.globex);
          const missing = await asking(key, nobodys);
          assert.deepEqual(comparable(foreign, scene.globex), comparable(missing, nobodys));
          if (!isPut) assert.equal(foreign.status, 404, foreign.text);
        }
        const own = await asking(key, scene.acme);
        const first = scope === allowed[0];
        if (first) assert.ok(![400, 401, 403, 404].includes(own.status), `${scope}: ${own.text}`);
        else assert.ok(![400, 401, 403].includes(own.status), `${scope}: ${own.text}`);
        const { "event-types": _, ...foreigns } = scene.globex;
        for (const foreign of ["globex", ...Object.values(foreigns)]) {
          assert.ok(!own.text.includes(foreign), `it shows ${foreign}: ${own.text}`);
        }
      }

      for (const scope of allowed) {
        const answer = await asking(
          scene.unbound[scope],
          scene.globex,
          url.includes("consumers/") ? "?tenant=globex" : "",
        );
        assert.ok(![401, 403].includes(answer.status), `${scope} of no tenant: ${answer.text}`);
      }
    });
  }
});

it("a key of a tenant publishes for it without naming it, and for no other, in each form", async (context) => {
  const { server, bound } = await aScene(context);
  const key = bound.publish;
  const publish = (raw: string, headers = {}) => server.ask("POST /v1/events", { key, raw, headers });
  const one = await publish(JSON.stringify(anEvent({ id: "one" })));
  assert.equal(one.status, 201);
  const found = await server.ask("GET /v1/events/one?tenant=acme");
  assert.equal(found.body.tenant, "acme");
  assert.equal((await publish(JSON.stringify([anEvent({ tenant: "acme" })]))).status, 201);
  const batch = await publish(JSON.stringify([anEvent(), anEvent({ tenant: "globex" })]));
  assert.deepEqual([batch.status, batch.body.code, batch.body.field], [403, "tenant-refused", "/1/tenant"]);
  const lines = [anEvent({ id: "line" }), anEvent({ tenant: "default" })].map((event) => JSON.stringify(event));
  const streamed = await publish(lines.join("\n"), { "content-type": "application/x-ndjson" });
  assert.match(streamed.text, /"tenant-refused"/);
  assert.equal((await server.ask("GET /v1/events/line?tenant=acme")).status, 200);
  assert.equal((await server.ask("GET /v1/events/line")).status, 404);
});

it("a key of a tenant reads its feed in every form, and places of other tenants are no places", async (context) => {
  const { server, bound, globex, acme } = await aScene(context);
  const read = (query: string, headers = {}) => server.ask(`GET /v1/events${query}`, { key: bound.read, headers });
  for (const accept of ["application/json", "application/x-ndjson", "application/cloudevents-batch+json"]) {
    const page = await read("", { accept });
    assert.equal(page.status, 200, page.text);
    assert.match(page.text, new RegExp(acme.events ?? ""), accept);
    assert.doesNotMatch(page.text, /globex/, accept);
  }
  const stripe = await read("", { "stripe-version": "2026-01-01" });
  assert.match(stripe.text, new RegExp(acme.events ?? ""));
  assert.doesNotMatch(stripe.text, /globex/);
  const retrieved = (id = "") =>
    server.ask(`GET /v1/events/${id}`, { key: bound.read, headers: { "stripe-version": "2026-01-01" } });
  assert.equal((await retrieved(acme.events)).status, 200);
  assert.equal((await retrieved(globex.events)).status, 404);
  const foreign = await read(`?after=${globex.events}`);
  assert.equal(foreign.body.code, "cursor-invalid");
});

it("attempts are listed by tenant, also those whose endpoint was deleted", async (context) => {
  const { server, bound, acme, globex } = await aScene(context);
  const ids = async (query = "", key = bound.read) => {
    const { body } = await server.ask(`GET /v1/attempts${query}`, { key });
    return body.data.map(({ id }: { id: string }) => id);
  };
  assert.deepEqual(await ids(), [acme.attempts]);
  assert.deepEqual(await ids("?status=delivered"), [acme.attempts]);
  assert.deepEqual(await ids("?tenant=globex", server.key), [globex.attempts]);
  assert.deepEqual(await ids("", server.key), [globex.attempts, acme.attempts]);
  const foreign = await server.ask(`GET /v1/attempts?endpoint_id=${globex.endpoints}`, { key: bound.read });
  assert.deepEqual([foreign.status, foreign.body.code], [404, "endpoint-not-found"]);
  for (const { endpoints } of [acme, globex]) await server.ask(`DELETE /v1/endpoints/${endpoints}`);
  assert.deepEqual(await ids(), [acme.attempts]);
  assert.equal((await server.ask(`GET /v1/attempts/${acme.attempts}`, { key: bound.read })).status, 200);
  assert.equal((await server.ask(`GET /v1/attempts/${globex.attempts}`, { key: bound.read })).status, 404);
});

it("a key of the operations tenant reads it, and publishes nothing into it", async (context) => {
  const { ask } = await aServer(context);
  const make = (scopes: string[]) => ask("POST /v1/keys", { body: { name: "ops", scopes, tenant: "_operations" } });
  const { key } = (await make(["read"])).body;
  assert.equal((await ask("GET /v1/events", { key })).status, 200);
  assert.equal((await make(["publish"])).body.field, "/scopes");
  const admin = (await make(["admin"])).body.key;
  const refused = await ask("POST /v1/events", { key: admin, body: anEvent() });
  assert.deepEqual([refused.status, refused.body.code], [403, "tenant-refused"]);
});
