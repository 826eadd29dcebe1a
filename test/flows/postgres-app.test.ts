/** The whole program on PostgreSQL: what is published is delivered and read, and a restart goes on where it was. */
import assert from "node:assert/strict";
import { after, before, it, type TestContext } from "node:test";
import { startServer } from "../../src/http/server.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";
import { anEvent, aServer } from "./a-server.ts";
import { anApp } from "./an-app.ts";

const adminKey = "trot_a_key_of_this_test_only";
let database: PostgresServer;

before(async () => {
  database = await startPostgres();
});
after(() => database.remove());

/** Closed by the test itself, which starts it again. */
async function start(context: TestContext, url: string) {
  const app = await anApp({ store: { url, durability: "trusted" }, adminKey });
  const server = await startServer(app, { host: "127.0.0.1", port: 0, auth: "keys", shutdownGraceMs: 2000 });
  const ask = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(server.url + path, {
      method,
      headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, text, json: text.startsWith("{") ? JSON.parse(text) : null };
  };
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await server.close();
    await app.close();
  };
  context.after(close);
  return { ask, close };
}

it("publishes, delivers, retries and answers readers; after a restart it goes on where it was", async (context) => {
  const url = await database.createDatabase("app");
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  let isWell = false;
  const delivered: string[] = [];
  receiver.answer(({ headers, path }) => {
    const id = String(headers["webhook-id"]);
    if (path === "/failing" && !isWell) return 500;
    delivered.push(`${path} ${id}`);
    return 200;
  });
  const first = await start(context, url);
  for (const path of ["well", "failing"]) {
    const body = { url: `${receiver.url}/${path}`, retry_delays_ms: [300, 300, 300, 300, 300, 300, 300, 300] };
    assert.equal((await first.ask("POST", "/v1/endpoints", body)).status, 201);
  }
  const ids = ["a", "b", "c"];
  for (const id of ids) assert.equal((await first.ask("POST", "/v1/events", anEvent({ id }))).status, 201);
  await eventually("the one that is well has them", () => delivered.length === ids.length);
  const page = (await first.ask("GET", "/v1/events?limit=2")).json;
  assert.deepEqual(
    page.data.map((event: { id: string }) => event.id),
    ["a", "b"],
  );
  const metrics = (await first.ask("GET", "/metrics")).text;
  assert.ok(Number(/^trotline_store_statements_total (\d+)$/m.exec(metrics)?.[1]) > 10, metrics);
  await first.close();

  isWell = true;
  const second = await start(context, url);
  await eventually("what had failed is retried", () => delivered.length === 2 * ids.length);
  assert.equal(new Set(delivered).size, 2 * ids.length, "nothing is sent twice");
  const rest = (await second.ask("GET", `/v1/events?after=${page.next_cursor}`)).json;
  assert.deepEqual(
    rest.data.map((event: { id: string }) => event.id),
    ["c"],
  );
  const again = await second.ask("POST", "/v1/events", anEvent({ id: "a" }));
  assert.equal(again.json.duplicate, true, again.text);
});

it("a server can be stopped while its database is away", async (context) => {
  const own = await startPostgres();
  context.after(() => own.remove());
  const stops: (() => Promise<void>)[] = [];
  const server = await aServer(
    { after: (stop) => void stops.push(stop as () => Promise<void>) },
    { app: { store: { url: await own.createDatabase("gone"), durability: "trusted", deadlineMs: 1000 } } },
  );
  assert.equal((await server.ask("POST /v1/events", { body: anEvent() })).status, 201);
  await own.stop("immediate");
  for (const stop of stops) await stop();
});
