/** What comes of a key's text when it ends: also for what is under way with it, and for the key of the configuration. */
import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { aMovedClock } from "./a-moved-clock.ts";
import { aServer, type TestServer } from "./a-server.ts";
import { anApp } from "./an-app.ts";
import { aFolder } from "./cli-run.ts";

const made = async ({ ask }: TestServer, members: object = {}) =>
  (await ask("POST /v1/keys", { body: { name: "test", scopes: ["read"], ...members } })).body;

/** A stream of events that came with this key; `isCut` once the server has cut it off. */
async function aStreamWith(key: string, server: TestServer, context: TestContext) {
  const gone = new AbortController();
  const headers = { authorization: `Bearer ${key}`, accept: "text/event-stream" };
  const response = await fetch(`${server.url}/v1/events?after=latest`, { headers, signal: gone.signal });
  assert.equal(response.status, 200);
  context.after(() => gone.abort());
  const state = { isCut: false };
  response.text().catch(() => {
    state.isCut = true;
  });
  return state;
}

it("a stream that came with the text of before a rotation is cut off, and one with the new text is not", async (context) => {
  const server = await aServer(context);
  const { id, key } = await made(server);
  const stream = await aStreamWith(key, server, context);
  const rotated = (await server.ask(`POST /v1/keys/${id}/rotate`, { body: {} })).body;
  await eventually("the stream with the old text is cut off", () => stream.isCut);
  const next = await aStreamWith(rotated.key, server, context);
  await server.ask(`POST /v1/keys/${id}/rotate`, { body: { grace_ms: 60_000 } });
  assert.equal(next.isCut, false);
  await server.ask(`POST /v1/keys/${id}/rotate`, { body: { grace_ms: 60_000 } });
  await eventually("its text is two rotations old", () => next.isCut);
});

it("a stream whose key expires, or whose text comes to the end of its grace, is cut off", async (context) => {
  const { clock, forward } = aMovedClock();
  const server = await aServer(context, { app: { machine: { clock } } });
  const soon = new Date(clock.wallMs() + 120_000).toISOString();
  const expiring = await aStreamWith((await made(server, { expires_at: soon })).key, server, context);
  const { id, key } = await made(server);
  const old = await aStreamWith(key, server, context);
  const lasting = await aStreamWith((await made(server)).key, server, context);
  await server.ask(`POST /v1/keys/${id}/rotate`, { body: { grace_ms: 60_000 } });
  assert.deepEqual([expiring.isCut, old.isCut], [false, false]);
  forward(60_000);
  await eventually("the grace has ended", () => old.isCut);
  assert.equal(expiring.isCut, false);
  forward(60_000);
  await eventually("the key has expired", () => expiring.isCut);
  assert.equal(lasting.isCut, false);
});

it("the key of the configuration is let in at every start, whatever became of its text before", async () => {
  const folder = aFolder();
  const { clock, forward } = aMovedClock();
  const text = "trot_the_operators_own_key";
  const started = (adminKey: string | null) =>
    anApp({ store: { folder, bytesMax: null }, adminKey, machine: { clock } });
  const rules = (app: Awaited<ReturnType<typeof started>>, of: string): boolean => {
    const record = app.registry.keys.authenticate(of);
    return record?.tenant === null && record.scopes.includes("admin");
  };

  const first = await started(text);
  const { keys } = first.registry;
  const { record, text: newText } = await keys.rotate(keys.authenticate(text)?.id ?? "", 1000, null);
  const expiresAtMs = clock.wallMs() + 1000;
  const less = await keys.create({ name: "less", scopes: ["read"], tenant: "acme", expiresAtMs: null }, null);
  const ending = await keys.create({ name: "ending", scopes: ["admin"], tenant: null, expiresAtMs }, null);
  await first.close();
  forward(2000);

  for (const chosen of [text, less.text, ending.text, text]) {
    const app = await started(chosen);
    assert.equal(rules(app, chosen), true);
    assert.equal(rules(app, newText), true, "the rotated key goes on with its new text");
    await app.close();
  }
  const again = await started(null);
  await again.registry.keys.revoke(record.id, null);
  assert.equal(rules(again, text), true, "the two have no text in common any more");
  assert.equal(again.registry.keys.list({ by: null, limit: 10 }).keys.length, 3);
  await again.close();
});
