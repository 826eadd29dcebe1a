/** Requests that pass between processes are bounded, and those of one endpoint or tenant leave room for the others'. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { it } from "node:test";
import { limits } from "../../src/core/limits.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { type Answer, anEvent } from "../flows/a-server.ts";
import { runsAll } from "../flows/a-server-cluster.ts";
import { aRequestSetting, seek } from "./a-request-setting.ts";

const codesOf = (answers: readonly Answer[]): unknown[] => answers.map(({ status, body }) => body?.code ?? status);

it("a receiver that does not answer keeps whoever runs it from nothing that is asked of other endpoints", async (context) => {
  const { cluster, api, shared, ids, startHolder } = await aRequestSetting(context, { endpoints: 2 });
  await runsAll(await startHolder());
  const events = Array.from({ length: limits.requestsDone }, (_, index) => anEvent({ id: `e${index}` }));
  await api.ask("POST /v1/events", { body: events });
  await eventually("all were sent", () => cluster.sent.length === 2 * events.length);
  cluster.hold();
  const retries = events.map((_, index) => api.ask(`POST /v1/endpoints/${ids[0]}/deliveries/e${index}/retry`));
  const share = 2 * events.length + limits.requestsDonePerEndpoint;
  await eventually("all wait", () => shared.requests.size === events.length && cluster.sent.length >= share);
  assert.equal((await seek(api, ids[1])).status, 200);
  assert.ok(cluster.sent.length < share + 16, "they have their share, and a handful more");
  cluster.release();
  assert.deepEqual(new Set(codesOf(await Promise.all(retries))), new Set([200]), "the others follow");
});

it("what one tenant asks of endpoints that nobody runs fills neither the database nor the room of others", async (context) => {
  const { api, shared, forward, ids } = await aRequestSetting(context);
  const body = { url: "http://127.0.0.1:9/other", tenant: "other" };
  const { id: other } = (await api.ask("POST /v1/endpoints", { body })).body;
  const raw = `{"to":"latest"}${" ".repeat(200 * 1024)}`;
  const room = Math.floor(limits.requestsAskedBytes / 2 / raw.length);
  const asked: Answer[] = [];
  const all = Array.from({ length: room + 10 }, async () => {
    asked.push(await api.ask(`POST /v1/endpoints/${ids[0]}/seek`, { raw }));
  });
  await eventually("what is too much is refused", () => asked.length >= 10);
  assert.deepEqual(new Set(codesOf(asked)), new Set(["overloaded"]));
  assert.equal(asked[0]?.headers.get("retry-after"), "1");
  assert.ok([...shared.requests.values()].reduce((sum, one) => sum + one.request.content.length, 0) < 8 * 1024 * 1024);
  const waiting = seek(api, other);
  await eventually("another tenant's waits", () => shared.requests.size === room + 1);
  forward(limits.requestTakenWithinMs + 1);
  assert.deepEqual(codesOf([await waiting]), ["shard-elsewhere"]);
  await Promise.all(all);
  assert.equal(shared.requests.size, 0);
});

it("a request that names the whole address is passed on, as it is done where it arrives", async (context) => {
  const { api, ids, startHolder } = await aRequestSetting(context);
  await runsAll(await startHolder());
  const { hostname, port } = new URL(api.url);
  const asking = request({
    ...{ hostname, port, method: "POST", path: `http://events.example/v1/endpoints/${ids[0]}/seek` },
    headers: { authorization: `Bearer ${api.key}`, "content-type": "application/json" },
  });
  asking.end('{"to":"latest"}');
  const [answer] = await once(asking, "response");
  answer.resume();
  assert.equal(answer.statusCode, 200);
});
