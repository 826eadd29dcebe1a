/** The catalogue of event types over HTTP, and what it refuses of what is published. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { temporaryFolder } from "../../src/testing/temporary-folder.ts";
import { type Answer, aServer, type TestServer } from "./a-server.ts";

const order = {
  type: "object",
  required: ["amount"],
  properties: { amount: { type: "integer", minimum: 0 } },
};
const aType = (members: object = {}): object => ({
  group: "orders",
  validate: "reject",
  versions: [{ version: "1", schema: order, example: { amount: 1 } }],
  ...members,
});

const put = (server: TestServer, body: object, name = "order.paid"): Promise<Answer> =>
  server.ask(`PUT /v1/event-types/${encodeURIComponent(name)}`, { body });
const publish = (server: TestServer, body: unknown): Promise<Answer> => server.ask("POST /v1/events", { body });
const namesOf = async (server: TestServer, query = ""): Promise<string[]> =>
  (await server.ask(`GET /v1/event-types${query}`)).body.data.map(({ name }: { name: string }) => name);

it("an event type is made, read, replaced whole, and taken out again", async (context) => {
  const server = await aServer(context);
  const made = await put(server, aType({ description: "Paid in full." }));
  assert.equal(made.status, 201);
  const { created_at: createdAt, updated_at: updatedAt, ...members } = made.body;
  assert.deepEqual(members, {
    name: "order.paid",
    description: "Paid in full.",
    group: "orders",
    archived: false,
    validate: "reject",
    versions: [{ version: "1", description: "", schema: order, example: { amount: 1 }, transforms: {} }],
  });
  assert.equal(createdAt, updatedAt);
  assert.deepEqual((await server.ask("GET /v1/event-types/order.paid")).body, made.body);
  const replaced = await put(server, {});
  assert.equal(replaced.status, 200);
  assert.deepEqual([replaced.body.group, replaced.body.versions, replaced.body.validate], [null, [], "none"]);
  assert.equal(replaced.body.created_at, createdAt);
  assert.equal((await server.ask("DELETE /v1/event-types/order.paid")).status, 204);
  assert.equal((await server.ask("GET /v1/event-types/order.paid")).body.code, "event-type-not-found");
  assert.equal((await server.ask("DELETE /v1/event-types/order.paid")).body.code, "event-type-not-found");
});

it("lists go by name, a page at a time, by group, and leave out what is archived", async (context) => {
  const server = await aServer(context);
  for (const name of ["b", "a/x:y", "c.d"]) await put(server, aType(), name);
  await put(server, aType({ group: "other" }), "other");
  await put(server, aType({ archived: true }), "old");
  assert.deepEqual(await namesOf(server), ["a/x:y", "b", "c.d", "other"]);
  assert.deepEqual(await namesOf(server, "?group=orders"), ["a/x:y", "b", "c.d"]);
  assert.deepEqual(await namesOf(server, "?archived=true"), ["old"]);
  assert.deepEqual(await namesOf(server, "?archived=all&limit=9"), ["a/x:y", "b", "c.d", "old", "other"]);
  const first = (await server.ask("GET /v1/event-types?limit=2")).body;
  assert.deepEqual([first.next_cursor, first.has_more], ["b", true]);
  assert.deepEqual(await namesOf(server, `?limit=2&after=${first.next_cursor}`), ["c.d", "other"]);
  assert.equal((await server.ask("GET /v1/event-types/a%2Fx:y")).body.name, "a/x:y");
});

it("what does not fit its own schema, or is none, is refused, and the member is named", async (context) => {
  const server = await aServer(context);
  const versions = (...given: object[]): object => ({ versions: given });
  const cases: [object, string, string][] = [
    [versions({ version: "1", schema: { type: "text" } }), "event-type-invalid", "/versions/0/schema/type"],
    [versions({ version: "1", schema: 7 }), "event-type-invalid", "/versions/0/schema"],
    [versions({ version: "1", schema: order, example: {} }), "event-type-invalid", "/versions/0/example/amount"],
    [versions({ version: "1" }, { version: "1" }), "event-type-invalid", "/versions/1/version"],
    [versions({ version: "1", transforms: { 2: "data" } }), "event-type-invalid", "/versions/0/transforms/2"],
    [
      versions({ version: "1" }, { version: "2", transforms: { 1: "(" } }),
      "transform-invalid",
      "/versions/1/transforms/1",
    ],
    [versions({ version: "1", example: "x".repeat(20_000) }), "event-type-invalid", "/versions/0/example"],
    [versions({ version: "\n" }), "event-type-invalid", "/versions/0/version"],
    [versions({ version: "1", schemas: {} }), "unknown-field", "/versions/0/schemas"],
    [{ validate: "warn" }, "invalid-body", "/validate"],
  ];
  for (const [body, code, field] of cases) {
    const refused = await put(server, body);
    assert.deepEqual([refused.status, refused.body.code, refused.body.field], [400, code, field], refused.text);
  }
  assert.equal((await put(server, {}, "no type")).body.code, "event-type-invalid");
  assert.deepEqual(await namesOf(server, "?archived=all"), []);
});

it("an event that does not fit is refused with the place and the rule; what fits, and other types, are stored", async (context) => {
  const server = await aServer(context);
  await put(server, aType());
  const refused = await publish(server, { type: "order.paid", data: { amount: -1 } });
  assert.equal(refused.status, 400);
  assert.deepEqual([refused.body.code, refused.body.field], ["data-invalid", "/data/amount"]);
  assert.match(refused.body.detail, /`\/data\/amount` must be >= 0 .*`minimum`.*`order\.paid`, version 1/);
  const unknown = await publish(server, { type: "order.paid", version: "9", data: { amount: 1 } });
  assert.deepEqual([unknown.body.code, unknown.body.field], ["version-unknown", "/version"]);
  assert.equal((await publish(server, { type: "order.paid", version: "1", data: { amount: 1 } })).status, 201);
  assert.equal((await publish(server, { type: "order.lost", data: "anything" })).status, 201);
  await put(server, aType({ validate: "none" }));
  assert.equal((await publish(server, { type: "order.paid", version: "9", data: 1 })).status, 201);
  await put(server, aType({ archived: true }));
  assert.equal((await publish(server, { type: "order.paid", data: { amount: 2 } })).status, 201);
  assert.equal((await publish(server, { type: "order.paid", data: 1 })).body.code, "data-invalid");
});

it("of an array all are refused and each error has its index; of NDJSON only the lines that do not fit", async (context) => {
  const server = await aServer(context);
  await put(server, aType());
  const good = { type: "order.paid", data: { amount: 1 } };
  const bad = { type: "order.paid", data: { amount: "1" } };
  const refused = await publish(server, [good, bad, { type: "free", data: 1 }, bad]);
  assert.deepEqual([refused.status, refused.body.code, refused.body.field], [400, "data-invalid", "/1/data/amount"]);
  assert.deepEqual(
    refused.body.errors.map(({ index, code, field }: Record<string, unknown>) => [index, code, field]),
    [
      [1, "data-invalid", "/data/amount"],
      [3, "data-invalid", "/data/amount"],
    ],
  );
  assert.deepEqual((await server.ask("GET /v1/events")).body.data, []);
  const raw = [good, bad, good].map((event) => JSON.stringify(event)).join("\n");
  const headers = { "content-type": "application/x-ndjson" };
  const lines = (await server.ask("POST /v1/events", { raw, headers })).text.trim().split("\n");
  const answers = lines.map((line) => JSON.parse(line));
  assert.equal(answers[1].error.code, "data-invalid");
  assert.deepEqual(answers.at(-1), { done: true, stored: 2, duplicates: 0, refused: 1 });
});

it("events without a version are of the first: another version that is added changes nothing for them", async (context) => {
  const server = await aServer(context);
  const second = { version: "2", schema: { type: "object", required: ["total"] } };
  await put(server, aType({ versions: [{ version: "1", schema: order }, second] }));
  assert.equal((await publish(server, { type: "order.paid", data: { amount: 1 } })).status, 201);
  assert.equal((await publish(server, { type: "order.paid", data: { total: 1 } })).body.field, "/data/amount");
  assert.equal((await publish(server, { type: "order.paid", version: "2", data: { total: 1 } })).status, 201);
});

it("the catalogue is there again after a restart, and is held", async (context) => {
  const folder = temporaryFolder("types");
  const options = { app: { store: { folder, bytesMax: null } } };
  const cleanUp: (() => unknown)[] = [];
  const before = await aServer({ after: (work: () => unknown) => void cleanUp.push(work) } as never, options);
  await put(before, aType());
  for (const work of cleanUp) await work();
  const server = await aServer(context, { app: { ...options.app, adminKey: before.key } });
  assert.deepEqual(await namesOf(server), ["order.paid"]);
  assert.equal((await publish(server, { type: "order.paid", data: {} })).body.code, "data-invalid");
});

it("the catalogue has a limit", async (context) => {
  const server = await aServer(context);
  const { eventTypes } = server.app;
  const none = { description: "", group: null, archived: false, validate: "none", versions: [] } as const;
  for (let i = 0; i < 1000; i++) await eventTypes.put({ ...none, name: `t${i}` });
  const refused = await put(server, {});
  assert.deepEqual([refused.status, refused.body.code], [409, "event-type-limit"]);
  assert.equal((await put(server, { group: "x" }, "t7")).status, 200);
});

it("a key of one tenant reads the catalogue of all, and does not change it", async (context) => {
  const server = await aServer(context);
  await put(server, aType());
  const made = await server.ask("POST /v1/keys", {
    body: { name: "acme", scopes: ["read", "manage"], tenant: "acme" },
  });
  const key = made.body.key as string;
  assert.equal((await server.ask("GET /v1/event-types/order.paid", { key })).status, 200);
  assert.equal((await server.ask("GET /v1/event-types", { key })).body.data.length, 1);
  assert.equal((await server.ask("PUT /v1/event-types/order.paid", { key, body: {} })).body.code, "tenant-refused");
  assert.equal((await server.ask("DELETE /v1/event-types/order.paid", { key })).body.code, "tenant-refused");
});
