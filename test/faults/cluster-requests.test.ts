/** Requests that pass from one process to another, and what goes wrong on the way. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Handler } from "../../src/core/handler.ts";
import { limits } from "../../src/core/limits.ts";
import { type ForwardedRequest, readAnswer, readRequest, requestBytes } from "../../src/http/forwarded-request.ts";
import { httpLimits } from "../../src/http/http-limits.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { type Answer, anEvent, type TestServer } from "../flows/a-server.ts";
import { adminKey, runsAll } from "../flows/a-server-cluster.ts";
import { aRequestSetting, seek } from "./a-request-setting.ts";

const [taken, passed] = [limits.requestTakenWithinMs + 1, limits.requestHeldMs + 1];

/** Puts a request into the store, as a process would that has lost its mind; answers what comes back. */
async function answerTo({ app }: TestServer, content: Uint8Array) {
  const { requests } = app.store;
  assert.ok(requests);
  const about = { tenant: "default", endpoint: "ep_1" };
  await requests.ask({ id: `req_${content.length}`, from: "prc_test", shard: 1, ...about, content });
  return eventually("an answer", async () => {
    const [end] = await requests.ended("prc_test");
    return end?.outcome === "answered" ? readAnswer(end.content) : undefined;
  });
}

it("body and headers arrive as they were sent, and no secret passes", async (context) => {
  const { api, shared, ids, startHolder } = await aRequestSetting(context);
  await runsAll(await startHolder());
  const contents: Uint8Array[] = [];
  const { set } = shared.requests;
  shared.requests.set = (id, kept) => {
    contents.push(kept.request.content);
    return set.call(shared.requests, id, kept);
  };
  const raw = Buffer.from('\t{"to" :\r\n "\\u006catest"}  \n');
  const headers = { accept: "application/json;q=0.5", "x-odd": "odd", cookie: "secret=1" };
  const { status, headers: answered } = await api.ask(`POST /v1/endpoints/${ids[0]}/seek?a=%20b`, { raw, headers });
  assert.deepEqual([status, answered.get("content-type")], [200, "application/json; charset=utf-8"]);
  const request = readRequest(contents[0] ?? new Uint8Array());
  assert.deepEqual(Buffer.from(request?.body ?? []), raw);
  assert.equal(request?.url, `/v1/endpoints/${ids[0]}/seek?a=%20b`);
  assert.deepEqual(request?.headers, { accept: headers.accept, "content-type": "application/json" });
  const text = Buffer.from(contents[0] ?? []).toString();
  assert.ok(!text.includes(adminKey) && !text.includes("secret") && text.includes("key_"));
});

it("who runs the endpoint keeps the key to its scopes and its tenant, and lets nobody in by a header", async (context) => {
  const { api, ids, forward, startHolder } = await aRequestSetting(context);
  const holder = await startHolder();
  await runsAll(holder);
  const makeKey = async (body: object): Promise<string> => (await api.ask("POST /v1/keys", { body })).body.id;
  const ofOther = await makeKey({ name: "a", scopes: ["manage"], tenant: "other" });
  const reading = await makeKey({ name: "b", scopes: ["read"] });
  const able = await makeKey({ name: "c", scopes: ["manage"] });
  const asked = async (keyId: string, headers: Record<string, string> = {}) => {
    const request: ForwardedRequest = {
      ...{ method: "POST", url: `/v1/endpoints/${ids[0]}/seek`, keyId, head: 0 },
      headers: { "content-type": "application/json", ...headers },
      body: Buffer.from('{"to":"latest"}'),
    };
    const answer = await answerTo(api, requestBytes(request));
    return [answer?.status, JSON.parse(Buffer.from(answer?.body ?? []).toString()).code];
  };
  assert.deepEqual(await asked(able), [200, undefined]);
  assert.deepEqual(await asked(ofOther), [404, "endpoint-not-found"]);
  assert.deepEqual(await asked(reading), [403, "forbidden"]);
  assert.deepEqual(await asked("key_unknown", { authorization: `Bearer ${adminKey}` }), [401, "unauthenticated"]);
  assert.deepEqual(await asked("anonymous"), [401, "unauthenticated"]);
  await api.ask(`DELETE /v1/keys/${able}`);
  assert.deepEqual(await asked(able), [401, "unauthenticated"]);
  const expires = new Date(Date.now() + 5000).toISOString();
  const brief = await makeKey({ name: "d", scopes: ["manage"], expires_at: expires });
  assert.deepEqual(await asked(brief), [200, undefined]);
  forward(6000);
  assert.deepEqual(await asked(brief), [401, "unauthenticated"]);
  for (const token of ["", "x", "undefined", "__proto__"]) {
    const headers = { "trotline-forwarded": token };
    assert.equal((await holder.ask(`POST /v1/endpoints/${ids[0]}/pause`, { key: null, headers })).status, 401);
  }
});

it("a request waits for an endpoint that nobody runs yet, and is done by whoever does", async (context) => {
  const { api, shared, ids, startHolder } = await aRequestSetting(context);
  const asked = seek(api, ids[0]);
  await eventually("it waits", () => shared.requests.size === 1);
  await startHolder();
  assert.equal((await asked).status, 200);
  assert.equal(shared.requests.size, 0, "nothing stays");
});

it("where nobody comes to run the endpoint, the answer says that nothing was done", async (context) => {
  const { api, shared, ids, forward, startHolder } = await aRequestSetting(context);
  const asked = seek(api, ids[0]);
  await eventually("it waits", () => shared.requests.size === 1);
  forward(taken);
  const { status, body, headers } = await asked;
  assert.deepEqual([status, body.code, headers.get("retry-after")], [503, "shard-elsewhere", "1"]);
  assert.match(body.detail, /nothing was done/);
  await startHolder();
  assert.equal((await seek(api, ids[0])).status, 200, "and the next is done");
});

it("a holder that dies while it works is told as one that may have done it: request-unanswered", async (context) => {
  let isDead = false;
  const dying = async (): Promise<void> => {
    if (isDead) throw new Error("dead");
  };
  const setting = await aRequestSetting(context, { requests: () => ({ renew: dying, answer: dying, putBack: dying }) });
  const { cluster, api, ids, forward, startHolder } = setting;
  await runsAll(await startHolder());
  await api.ask("POST /v1/events", { body: anEvent({ id: "e1" }) });
  await eventually("it was sent", () => cluster.sent.length === 1);
  cluster.hold();
  const asked = api.ask(`POST /v1/endpoints/${ids[0]}/deliveries/e1/retry`);
  await eventually("it is sent again", () => cluster.sent.length === 2);
  isDead = true;
  forward(passed);
  const { status, body } = await asked;
  assert.deepEqual([status, body.code, body.retryable], [504, "request-unanswered", false]);
  cluster.release();
});

it("a holder that was stopped for longer than it is waited for does nothing of what it took", async (context) => {
  let isStopped = true;
  const setting = await aRequestSetting(context, {
    requests: (requests) => ({
      take: async (by) => {
        const found = await requests.take(by);
        return isStopped ? found.map((one) => ({ ...one, remainingMs: 0 })) : found;
      },
    }),
  });
  const { cluster, api, shared, ids, forward, startHolder } = setting;
  await runsAll(await startHolder());
  await api.ask("POST /v1/events", { body: anEvent({ id: "e1" }) });
  await eventually("it was sent", () => cluster.sent.length === 1);
  const retry = (): Promise<Answer> => api.ask(`POST /v1/endpoints/${ids[0]}/deliveries/e1/retry`);
  const asked = retry();
  await eventually("it is taken", () => [...shared.requests.values()].some(({ taker }) => taker !== null));
  isStopped = false;
  forward(passed);
  assert.equal((await asked).body.code, "request-unanswered");
  assert.equal((await retry()).status, 200);
  assert.equal(cluster.sent.length, 2, "the first was never done");
});

it("an answer that is none is told as such", async (context) => {
  const junk = Buffer.from('{"status":"fine"}\n');
  const { api, ids, startHolder } = await aRequestSetting(context, {
    requests: (requests) => ({ answer: (id, by) => requests.answer(id, by, junk) }),
  });
  await runsAll(await startHolder());
  const { status, body } = await seek(api, ids[0]);
  assert.deepEqual([status, body.code], [504, "request-unanswered"]);
});

it("what was taken by one who does not run the endpoint any more is put back, and done", async (context) => {
  const lose: (() => void)[] = [];
  const setting = await aRequestSetting(context, {
    requests: (requests) => ({
      take: async (by) => {
        const found = await requests.take(by);
        if (found.length > 0) lose.pop()?.();
        return found;
      },
    }),
  });
  const { api, ids, startHolder } = setting;
  const { shards, registry } = (await startHolder()).app;
  await eventually("it runs", () => shards.values().every(({ state }) => state === "running") && shards.runs(1));
  let isLost = false;
  lose.push(() => {
    const held = shards.of(registry.requireEndpoint(ids[0] ?? "").number);
    if (held !== undefined) shards.drop(held);
    isLost = held !== undefined;
  });
  assert.equal((await seek(api, ids[0])).status, 200);
  assert.ok(isLost);
});

it("who does it knows the log as far as who asked", async (context) => {
  const { api, ids, startHolder } = await aRequestSetting(context);
  await runsAll(await startHolder());
  const { id: keyId } = (await api.ask("POST /v1/keys", { body: { name: "a", scopes: ["manage"] } })).body;
  const request = {
    ...{ method: "POST", url: `/v1/endpoints/${ids[0]}/seek`, keyId, head: 1 },
    ...{ headers: { "content-type": "application/json" }, body: Buffer.from('{"to":"latest"}') },
  };
  const asked = answerTo(api, requestBytes(request));
  await new Promise((resolve) => setTimeout(resolve, 50));
  const { cursor } = (await api.ask("POST /v1/events", { body: anEvent() })).body;
  const answer = await asked;
  assert.equal(JSON.parse(Buffer.from(answer?.body ?? []).toString()).cursor, cursor);
});

it("junk among the requests ends no process, and is answered", async (context) => {
  const { api, ids, startHolder } = await aRequestSetting(context);
  await runsAll(await startHolder());
  const head = { method: "POST", url: "/v1/recover", headers: {}, keyId: "key_x", head: 0, hasBody: true };
  const lines = [
    "junk",
    "[]",
    "null",
    "{}",
    ...[{ method: "FOO" }, { method: "GET", url: "/healthz" }, { method: "POST /" }, { method: 7 }].map((odd) => ({
      ...head,
      ...odd,
    })),
    ...[{ url: "//other/v1" }, { url: "recover" }, { url: "/%" }, { url: `/${"a".repeat(9000)}` }, { url: null }].map(
      (odd) => ({ ...head, ...odd }),
    ),
    ...[{ headers: null }, { headers: { a: 1 } }, { keyId: null }, { keyId: "__proto__" }, { head: "x" }].map(
      (odd) => ({ ...head, ...odd }),
    ),
  ];
  const contents = lines.map((line) => Buffer.from(typeof line === "string" ? line : `${JSON.stringify(line)}\n{`));
  contents.push(Buffer.alloc(0), Buffer.from([0xff, 0x0a, 0xff]));
  const timers = context.mock.method(globalThis, "setTimeout");
  for (const content of contents) {
    const answer = await answerTo(api, content);
    assert.ok((answer?.status ?? 0) >= 400, content.toString());
  }
  assert.equal((await seek(api, ids[0])).status, 200);
  const drops = timers.mock.calls.filter(({ arguments: [, ms] }) => ms === httpLimits.droppedBodyTimeoutMs);
  assert.equal(drops.length, 0, "nobody waits for the rest of a body that came whole");
});

it("what a program writes is followed where it runs, and its test runs there", async (context) => {
  const ran: string[] = [];
  const note: Handler = (event) => {
    ran.push(event.type);
  };
  const { api, startHolder } = await aRequestSetting(context, { app: { handlers: { note } } });
  const { id } = (await api.ask("POST /v1/endpoints", { body: { kind: "handler", handler: "note" } })).body;
  const holder = await startHolder();
  await runsAll(holder);
  const refused = await api.ask(`GET /v1/endpoints/${id}/output`);
  assert.deepEqual([refused.status, refused.body.code], [503, "shard-elsewhere"]);
  const headers = { authorization: `Bearer ${holder.key}` };
  const followed = await fetch(`${holder.url}/v1/endpoints/${id}/output`, { headers });
  assert.equal(followed.status, 200);
  const { status, body } = await api.ask(`POST /v1/endpoints/${id}/test`);
  assert.deepEqual([status, body.delivered, ran], [200, true, ["trotline.test"]]);
  const { shards, registry } = holder.app;
  const held = shards.of(registry.requireEndpoint(id).number);
  assert.ok(held);
  shards.drop(held);
  assert.match(await followed.text(), /event: started/, "it ends where it does not run any more");
});
