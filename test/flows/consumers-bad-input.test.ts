/** Whatever does not fit, asked of a consumer: a code of the catalogue, and nothing has moved. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { encodeCursor } from "../../src/core/cursor.ts";
import { cursorAt } from "../../src/core/epochs.ts";
import { limits } from "../../src/core/limits.ts";
import { aConsumer } from "./a-consumer.ts";
import { type Answer, anEvent, aServer, type TestServer } from "./a-server.ts";

const refusal = ({ status, body }: Answer): [status: number, code: string, field?: string] =>
  body.field === undefined ? [status, body.code] : [status, body.code, body.field];

async function threeEvents({ ask }: TestServer): Promise<string[]> {
  const { body } = await ask("POST /v1/events", { body: ["e1", "e2", "e3"].map((id) => anEvent({ id })) });
  return body.data.map((event: { cursor: string }) => event.cursor);
}

it("an unknown consumer is not found, whatever is asked of it", async (context) => {
  const server = await aServer(context);
  await aConsumer(server, "billing", "acme").put();
  for (const consumer of [aConsumer(server), aConsumer(server, "a b"), aConsumer(server, "billing", "no tenant")]) {
    const answers = [
      await consumer.get(),
      await consumer.fetch(),
      await consumer.ack("latest", "lease_x"),
      await consumer.ack("nonsense", "lease_x"),
      await consumer.seek("latest"),
      await consumer.seek("nonsense"),
      await consumer.release("lease_x"),
      await consumer.remove(),
    ];
    for (const answer of answers) assert.deepEqual(refusal(answer), [404, "consumer-not-found"]);
  }
});

it("a name has up to 64 letters, digits and a few signs", async (context) => {
  const server = await aServer(context);
  for (const name of ["a", "0:a.b-c_d", "n".repeat(limits.consumerNameLength)]) {
    assert.equal((await aConsumer(server, name).put()).status, 201, name);
    assert.equal((await aConsumer(server, name).get()).body.name, name);
  }
  for (const name of ["-a", ".a", "a b", "a/b", "é", "n".repeat(limits.consumerNameLength + 1)]) {
    assert.deepEqual(refusal(await aConsumer(server, name).put()), [400, "consumer-name-invalid", "name"], name);
  }
});

it("settings that do not fit are refused, with the member that does not", async (context) => {
  const server = await aServer(context);
  const cases: [body: object, status: number, code: string, field?: string][] = [
    [{ types: ["order.*", "a..b"] }, 400, "invalid-body", "/types/1"],
    [{ types: Array(limits.typePatternsPerQuery + 1).fill("a") }, 400, "invalid-body", "/types"],
    [{ types: "a" }, 400, "invalid-body", "/types"],
    [{ filter: "data.amount >" }, 400, "filter-invalid", "/filter"],
    [{ filter: "1 + 1" }, 400, "filter-invalid", "/filter"],
    [{ filter: "" }, 400, "invalid-body", "/filter"],
    [{ filter: `"${"a".repeat(limits.filterLength)}" == id` }, 400, "invalid-body", "/filter"],
    [{ subject: "a\nb" }, 400, "invalid-body", "/subject"],
    [{ subject: "s".repeat(limits.subjectLength + 1) }, 400, "invalid-body", "/subject"],
    [{ lease_ms: limits.leaseMsMin - 1 }, 400, "invalid-body", "/lease_ms"],
    [{ lease_ms: limits.leaseMsMax + 1 }, 400, "invalid-body", "/lease_ms"],
    [{ lease_ms: 1500.5 }, 400, "invalid-body", "/lease_ms"],
    [{ from: "nonsense" }, 400, "cursor-invalid"],
    [{ from: "time:yesterday" }, 400, "cursor-invalid"],
    [{ position: 1 }, 400, "unknown-field", "/position"],
  ];
  for (const [body, ...expected] of cases) {
    assert.deepEqual(refusal(await aConsumer(server).put(body)), expected, JSON.stringify(body).slice(0, 80));
  }
  assert.deepEqual(refusal(await aConsumer(server, "billing", "-").put()), [400, "invalid-query", "tenant"]);
  assert.equal((await aConsumer(server).get()).status, 404);
  await aConsumer(server).put({ lease_ms: limits.leaseMsMin });
  assert.deepEqual(refusal(await aConsumer(server).put({ lease_ms: 1 })), [400, "invalid-body", "/lease_ms"]);
  assert.deepEqual(refusal(await aConsumer(server).put({ filter: "(" })), [400, "filter-invalid", "/filter"]);
  const { body } = await aConsumer(server).get();
  assert.deepEqual([body.lease_ms, body.filter], [limits.leaseMsMin, null]);
});

it("a tenant has as many consumers as it may, and room again after one is deleted", async (context) => {
  const before = limits.consumersPerTenant;
  const settable = limits as { consumersPerTenant: number };
  settable.consumersPerTenant = 2;
  context.after(() => {
    settable.consumersPerTenant = before;
  });
  const server = await aServer(context);
  await aConsumer(server, "a").put();
  await aConsumer(server, "b").put();
  assert.deepEqual(refusal(await aConsumer(server, "c").put()), [409, "consumer-limit"]);
  assert.equal((await aConsumer(server, "a").put({ lease_ms: 2000 })).status, 200);
  assert.equal((await aConsumer(server, "c", "acme").put()).status, 201);
  await aConsumer(server, "a").remove();
  assert.equal((await aConsumer(server, "c").put()).status, 201);
});

it("parameters of a fetch are held to their limits", async (context) => {
  const server = await aServer(context);
  const consumer = aConsumer(server);
  await consumer.put();
  for (const [query, field] of [
    ["limit=0", "limit"],
    [`limit=${limits.listPageSizeMax + 1}`, "limit"],
    ["limit=x", "limit"],
    ["wait=-1", "wait"],
    [`wait=${limits.waitSecondsMax + 1}`, "wait"],
    ["wait=0.5", "wait"],
    ["lease=", "lease"],
    ["after=", "after"],
    ["types=a", "types"],
  ]) {
    assert.deepEqual(refusal(await consumer.fetch(query)), [400, "invalid-query", field], query);
  }
  assert.deepEqual(refusal(await server.ask("GET /v1/consumers?limit=1001")), [400, "invalid-query", "limit"]);
  assert.equal((await consumer.get()).body.leased_until, null);
});

it("a fetch is not answered to HEAD, which would take a lease", async (context) => {
  const server = await aServer(context);
  await aConsumer(server).put();
  assert.equal((await server.ask("HEAD /v1/consumers/billing/events")).status, 405);
  assert.equal((await aConsumer(server).get()).body.leased_until, null);
});

it("a lease that never was, and a cursor outside of what was fetched, move nothing", async (context) => {
  const server = await aServer(context);
  const consumer = aConsumer(server);
  await consumer.put({ from: "earliest" });
  const [first, second, third] = (await threeEvents(server)) as [string, string, string];
  const { lease } = (await consumer.fetch("limit=2")).body;
  assert.deepEqual(refusal(await consumer.ack(first, "lease_0")), [409, "lease-stale"]);
  assert.deepEqual(refusal(await consumer.ack(third, lease)), [409, "ack-beyond-fetched"]);
  assert.deepEqual(refusal(await consumer.fetch(`lease=${lease}&after=${third}`)), [409, "ack-beyond-fetched"]);
  assert.equal((await consumer.ack(second, lease)).status, 200);
  assert.deepEqual(refusal(await consumer.ack(first, lease)), [409, "ack-backwards"]);
  assert.deepEqual(refusal(await consumer.fetch(`lease=${lease}&after=${first}`)), [409, "ack-backwards"]);
  const repeated = await consumer.ack(second, lease);
  assert.deepEqual([repeated.status, repeated.body.cursor], [200, second]);
  assert.deepEqual(refusal(await consumer.fetch("lease=lease_0")), [409, "lease-stale"]);
});

it("reading ahead needs a lease under which was fetched", async (context) => {
  const server = await aServer(context);
  const consumer = aConsumer(server);
  await consumer.put({ from: "earliest" });
  const [first] = await threeEvents(server);
  assert.deepEqual(refusal(await consumer.fetch(`after=${first}`)), [409, "ack-beyond-fetched"]);
  assert.equal((await consumer.get()).body.leased_until, null);
});

it("cursors that are none, of another log, from the future or expired are told apart", async (context) => {
  const server = await aServer(context, { app: { retentionBytesMax: 1 } });
  const consumer = aConsumer(server);
  await consumer.put({ from: "earliest" });
  const cursors = await threeEvents(server);
  const { lease } = (await consumer.fetch()).body;
  const { epochs, head } = server.app.store.events.bounds();
  const everywhere = async (cursor: string): Promise<Answer[]> => [
    await aConsumer(server, "another").put({ from: cursor }),
    await consumer.fetch(`lease=${lease}&after=${encodeURIComponent(cursor)}`),
    await consumer.ack(cursor, lease),
    await consumer.seek(cursor),
  ];
  const cases: [cursor: string, status: number, code: string][] = [
    ["nonsense", 400, "cursor-invalid"],
    ["evt_unknown", 400, "cursor-invalid"],
    [`${cursors[0]}x`, 400, "cursor-invalid"],
    [encodeCursor({ epoch: "00000000ffff", position: 1 }), 409, "cursor-forked"],
    [encodeCursor({ epoch: epochs.at(-1)?.id ?? "", position: head + 1 }), 409, "cursor-forked"],
  ];
  for (const [cursor, ...expected] of cases) {
    for (const answer of await everywhere(cursor)) assert.deepEqual(refusal(answer), expected, cursor);
  }
  assert.equal((await consumer.ack(cursors[0] as string, lease)).status, 200, "it has its lease still");
  await server.app.retention.run();
  for (const answer of await everywhere(cursors[0] as string)) {
    assert.deepEqual(refusal(answer), [410, "cursor-expired"]);
    assert.equal(answer.body.resume, cursorAt(epochs, server.app.store.events.bounds().earliest - 1));
    assert.ok(answer.body.lost > 0);
  }
});

it("bodies that do not fit are refused", async (context) => {
  const server = await aServer(context);
  await aConsumer(server).put();
  const path = "/v1/consumers/billing";
  const cases: [request: string, body: object | undefined, code: string, field?: string][] = [
    [`POST ${path}/ack`, undefined, "empty-body"],
    [`POST ${path}/ack`, { cursor: "latest" }, "invalid-body", "/lease"],
    [`POST ${path}/ack`, { lease: "lease_0" }, "invalid-body", "/cursor"],
    [`POST ${path}/ack`, { cursor: "latest", lease: "l".repeat(65) }, "invalid-body", "/lease"],
    [`POST ${path}/ack`, { cursor: "latest", lease: "lease_0", to: "x" }, "unknown-field", "/to"],
    [`POST ${path}/seek`, undefined, "empty-body"],
    [`POST ${path}/seek`, { to: "" }, "invalid-body", "/to"],
    [`POST ${path}/seek`, { to: "c".repeat(161) }, "invalid-body", "/to"],
    [`POST ${path}/release`, {}, "invalid-body", "/lease"],
  ];
  for (const [request, body, ...expected] of cases) {
    const answer = await server.ask(request, body === undefined ? {} : { body });
    assert.deepEqual(refusal(answer), [400, ...expected], `${request} ${JSON.stringify(body)}`);
  }
  assert.deepEqual(refusal(await server.ask(`PUT ${path}?wait=1`, { body: {} })), [400, "invalid-query", "wait"]);
  assert.equal((await server.ask(`POST ${path}`, { body: {} })).body.code, "method-not-allowed");
});

it("a key needs `read` to read and to acknowledge, and `manage` to make, move and delete", async (context) => {
  const server = await aServer(context);
  await aConsumer(server).put({ from: "earliest" });
  const readOnly = ["GET /v1/consumers", "GET /v1/consumers/:name", "GET /v1/consumers/:name/events"];
  const reading = [...readOnly, "POST /v1/consumers/:name/ack", "POST /v1/consumers/:name/release"];
  const managing = ["PUT /v1/consumers/:name", "DELETE /v1/consumers/:name", "POST /v1/consumers/:name/seek"];
  const access = new Map(server.server.routes.map((route) => [`${route.method} ${route.url}`, route.access]));
  for (const route of reading) assert.equal(access.get(route), "read", route);
  for (const route of managing) assert.equal(access.get(route), "manage", route);
  const refused = await server.ask("GET /v1/consumers/billing/events", { key: null });
  assert.deepEqual(refusal(refused), [401, "unauthenticated"]);
});
