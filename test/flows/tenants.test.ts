/** Which tenants there are: those that something configured names. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { HandClock } from "../conformance/store-kinds.ts";
import { aServer, type TestServer } from "./a-server.ts";

const names = async ({ ask }: TestServer, query = "", key?: string): Promise<string[]> =>
  (await ask(`GET /v1/tenants${query}`, key === undefined ? {} : { key })).body.data.map(
    ({ name }: { name: string }) => name,
  );

async function aFullServer(...context: Parameters<typeof aServer>) {
  const server = await aServer(...context);
  const { ask } = server;
  const made = [
    await ask("POST /v1/endpoints", { body: { tenant: "acme", url: "http://127.0.0.1:9/" } }),
    await ask("POST /v1/sources", { body: { name: "from-globex", tenant: "globex", scheme: { preset: "github" } } }),
    await ask("PUT /v1/consumers/reader?tenant=initech", { body: {} }),
    await ask("POST /v1/keys", { body: { name: "k", scopes: ["read"], tenant: "umbrella" } }),
    await ask("POST /v1/bins", { body: { tenant: "hooli" } }),
    await ask("POST /v1/keys", { body: { name: "ops", scopes: ["read"], tenant: "_operations" } }),
  ];
  for (const { status, text } of made) assert.equal(status, 201, text);
  return { server, boundKey: made[3]?.body.key as string };
}

it("tenants are those that endpoints, sources, bins, consumers and keys name, and the default one", async (context) => {
  const { server } = await aFullServer(context);
  const { body } = await server.ask("GET /v1/tenants");
  assert.deepEqual(body.data, [
    { name: "acme", endpoints: 1 },
    { name: "default", endpoints: 0 },
    { name: "globex", endpoints: 0 },
    { name: "hooli", endpoints: 0 },
    { name: "initech", endpoints: 0 },
    { name: "umbrella", endpoints: 0 },
  ]);
  assert.deepEqual([body.has_more, body.next_cursor], [false, null]);
});

it("they come by page, and a new one within a second", async (context) => {
  const clock = new HandClock();
  const { server } = await aFullServer(context, { app: { machine: { clock } } });
  const first = (await server.ask("GET /v1/tenants?limit=2")).body;
  assert.deepEqual([first.has_more, first.next_cursor], [true, "default"]);
  assert.deepEqual(await names(server, "?limit=2&after=default"), ["globex", "hooli"]);
  assert.deepEqual(await names(server, "?after=initech"), ["umbrella"]);
  await server.ask("POST /v1/endpoints", { body: { tenant: "zeta", url: "http://127.0.0.1:9/" } });
  clock.nowMs += 1000;
  assert.deepEqual(await names(server, "?after=initech"), ["umbrella", "zeta"]);
});

it("a key that is bound to a tenant sees that one", async (context) => {
  const { server, boundKey } = await aFullServer(context);
  assert.deepEqual(await names(server, "", boundKey), ["umbrella"]);
});
