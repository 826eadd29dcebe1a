/** Filters of endpoints: which events they let through to a real receiver, and when. */
import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import type { AppOptions } from "../../src/app.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { type Answer, aServer, type TestServer } from "./a-server.ts";

interface Story extends TestServer {
  readonly receiver: TestReceiver;
  endpoint(members: object): Promise<Answer>;
  publish(...amounts: readonly unknown[]): Promise<Answer>;
  /** What came at a path, in order. */
  got(path?: string): unknown[];
}

async function aStory(context: TestContext, app: Partial<AppOptions> = {}): Promise<Story> {
  const server = await aServer(context, { app });
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  return {
    ...server,
    receiver,
    endpoint: (members) => server.ask("POST /v1/endpoints", { body: { url: receiver.url, ...members } }),
    publish: (...amounts) =>
      server.ask("POST /v1/events", { body: amounts.map((amount) => ({ type: "order.paid", data: { amount } })) }),
    got: (path) =>
      receiver.requests
        .filter((request) => path === undefined || request.path === path)
        .map(({ body }) => JSON.parse(body.toString()).data.amount),
  };
}

const caughtUp = (story: Story, id: string): Promise<unknown> =>
  eventually("caught up", async () => {
    const { lag, in_flight: inFlight } = (await story.ask(`GET /v1/endpoints/${id}`)).body;
    return lag === 0 && inFlight === 0;
  });

it("only what the filter takes is sent; the rest is passed by, and said to be skipped", async (context) => {
  const story = await aStory(context);
  const made = await story.endpoint({ filter: "data.amount > 10 && subject == ''" });
  assert.deepEqual([made.status, made.body.filter], [201, "data.amount > 10 && subject == ''"]);
  const published = await story.publish(1, 11, "12", 20, null);
  await caughtUp(story, made.body.id);
  assert.deepEqual(story.got().sort(), [11, 20]);
  const states: string[] = [];
  for (const { id } of published.body.data) {
    const { deliveries } = (await story.ask(`GET /v1/events/${id}`)).body;
    states.push(deliveries.map(({ state }: { state: string }) => state).join());
  }
  assert.deepEqual(states, ["skipped", "delivered", "skipped", "delivered", "skipped"]);
});

it("a filter that is changed holds for the next event, and null takes everything again", async (context) => {
  const story = await aStory(context);
  const { id } = (await story.endpoint({ filter: "data.amount == 1" })).body;
  await story.publish(1, 2);
  await caughtUp(story, id);
  await story.ask(`PATCH /v1/endpoints/${id}`, { body: { filter: "data.amount == 2" } });
  await story.publish(1, 2);
  await caughtUp(story, id);
  await story.ask(`PATCH /v1/endpoints/${id}`, { body: { filter: null } });
  await story.publish(3);
  await caughtUp(story, id);
  assert.deepEqual(story.got(), [1, 2, 3]);
});

it("a filter that cannot be used is refused when it is set, with its line and column", async (context) => {
  const story = await aStory(context);
  const { id } = (await story.endpoint({})).body;
  for (const refused of [
    await story.endpoint({ filter: "data.amount >\n  > 1" }),
    await story.ask(`PATCH /v1/endpoints/${id}`, { body: { filter: "data.amount >\n  > 1" } }),
  ]) {
    assert.deepEqual([refused.status, refused.body.code, refused.body.field], [400, "filter-invalid", "/filter"]);
    assert.match(refused.body.detail, /^Line 2, column 3/);
  }
  assert.equal((await story.endpoint({ filter: "" })).body.code, "invalid-body");
  assert.equal((await story.ask(`GET /v1/endpoints/${id}`)).body.filter, null);
});

it("a lane that is behind finds what its filter takes in the store, as in memory", async (context) => {
  const story = await aStory(context, { tailBytesMax: 2000 });
  await story.publish(...Array.from({ length: 900 }, (_, amount) => amount));
  const { id } = (await story.endpoint({ filter: "data.amount % 100 == 7", start_at: "earliest" })).body;
  await caughtUp(story, id);
  const expected = [7, 107, 207, 307, 407, 507, 607, 707, 807];
  assert.deepEqual(
    story.got().sort((left, right) => Number(left) - Number(right)),
    expected,
  );
});

it("a replay counts and sends what the filter takes now", async (context) => {
  const story = await aStory(context);
  const { id } = (await story.endpoint({})).body;
  await story.publish(1, 2, 3, 4);
  await caughtUp(story, id);
  await story.ask(`PATCH /v1/endpoints/${id}`, { body: { filter: "data.amount >= 3" } });
  const replay = (await story.ask(`POST /v1/endpoints/${id}/replay`, { body: {} })).body;
  assert.equal(replay.matched, 2);
  await eventually("completed", async () => {
    return (await story.ask(`GET /v1/replays/${replay.id}`)).body.status === "completed";
  });
  assert.deepEqual(story.got().slice(4).sort(), [3, 4]);
});

it("of two thousand endpoints with filters each gets its own events, and none is left behind", async (context) => {
  const story = await aStory(context);
  const { registry } = story.app;
  for (let i = 0; i < 2000; i++) {
    const url = `${story.receiver.url}/${i}`;
    await registry.createEndpoint({ tenant: "default", url, filter: `data.amount == ${i}` }, 0);
  }
  const amounts = Array.from({ length: 50 }, (_, index) => index * 40);
  await story.publish(...amounts);
  await eventually("all delivered", () => story.receiver.requests.length === 50);
  for (const amount of amounts) assert.deepEqual(story.got(`/${amount}`), [amount]);
  const { endpoints } = registry.listEndpoints({ limit: 3000 });
  await eventually("nobody is behind", () =>
    endpoints.every((endpoint) => story.app.deliveries.laneView(endpoint).lag === 0),
  );
  assert.equal(story.receiver.requests.length, 50);
});

it("filters that cost all they may do not hold up other endpoints", async (context) => {
  const story = await aStory(context);
  const list = Array.from({ length: 280 }, (_, index) => index);
  const body = Array.from({ length: 1000 }, () => ({ type: "list", data: { list } }));
  await story.ask("POST /v1/events", { body });
  const filter = "data.list.exists(x, data.list.exists(y, x + y > 1000))";
  const { id } = (await story.endpoint({ filter, types: ["list"], start_at: "earliest" })).body;
  await story.endpoint({ tenant: "other", url: `${story.receiver.url}/other` });
  await story.ask("POST /v1/events", { body: { tenant: "other", type: "a", data: { amount: 1 } } });
  await eventually("delivered", () => story.got("/other").length === 1);
  assert.ok((await story.ask(`GET /v1/endpoints/${id}`)).body.lag > 100, "the costly one still has much to look at");
  await story.ask(`DELETE /v1/endpoints/${id}`);
});

it("a filter can be tried on the newest events: what it takes, and on which it fails", async (context) => {
  const story = await aStory(context);
  await story.publish(5, 15, "x");
  await story.ask("POST /v1/events", { body: { type: "other", data: { amount: 99 } } });
  await story.ask("POST /v1/events", { body: { tenant: "acme", type: "order.paid", data: { amount: 99 } } });
  const test = (body: object): Promise<Answer> => story.ask("POST /v1/filters/test", { body });
  const tried = (await test({ filter: "data.amount > 10", types: ["order.*"] })).body;
  assert.equal(tried.taken, 1);
  assert.deepEqual(
    tried.data.map(({ type, outcome }: Record<string, unknown>) => [type, outcome]),
    [
      ["order.paid", "no_value"],
      ["order.paid", "taken"],
      ["order.paid", "left_out"],
    ],
  );
  const [newest] = (await test({ filter: "true", last: 1 })).body.data;
  assert.equal(newest.type, "other");
  const around = await story.ask(`GET /v1/events?after=${newest.cursor}`);
  assert.equal(around.body.data.length, 0, "its cursor is its place");
  assert.equal((await test({ filter: "true", tenant: "acme" })).body.taken, 1);
  const refused = await test({ filter: "data.amount > " });
  assert.deepEqual([refused.body.code, refused.body.field], ["filter-invalid", "/filter"]);
  assert.match(refused.body.detail, /^Line 1, column/);
  assert.equal((await test({ filter: "true", types: ["a..b"] })).body.field, "/types/0");
  assert.equal((await test({ filter: "true", last: 5000 })).body.code, "invalid-body");
});

it("types are given as a list or as a map, and read as a map over the catalogue", async (context) => {
  const story = await aStory(context);
  for (const name of ["order.paid", "order.lost", "invoice.paid"]) {
    await story.ask(`PUT /v1/event-types/${name}`, { body: {} });
  }
  await story.ask("PUT /v1/event-types/order.old", { body: { archived: true } });
  const chosen = { "order.paid": true, "order.lost": false, "invoice.paid": true };
  const { id, types } = (await story.endpoint({ types: chosen })).body;
  assert.deepEqual(types, ["order.paid", "invoice.paid"]);
  const path = `/v1/endpoints/${id}`;
  assert.deepEqual((await story.ask(`GET ${path}/types`)).body, { types: chosen });
  await story.ask(`PATCH ${path}`, { body: { types: ["order.*"] } });
  const wide = { "order.*": true, "order.paid": true, "order.lost": true, "invoice.paid": false };
  const map = (await story.ask(`GET ${path}/types`)).body;
  assert.deepEqual(map, { types: wide });
  assert.deepEqual((await story.ask(`PATCH ${path}`, { body: map })).body.types, ["order.*"]);
  const contradicting = await story.ask(`PATCH ${path}`, { body: { types: { "order.*": true, "order.paid": false } } });
  assert.deepEqual([contradicting.body.code, contradicting.body.field], ["invalid-body", "/types/order.paid"]);
  const nothing = await story.ask(`PATCH ${path}`, { body: { types: { "order.paid": false } } });
  assert.deepEqual([nothing.body.code, nothing.body.field], ["invalid-body", "/types"]);
  const wrong = await story.ask(`PATCH ${path}`, { body: { types: { "a..b": true } } });
  assert.deepEqual([wrong.body.code, wrong.body.field], ["invalid-body", "/types/a..b"]);
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`t${index}`, true]));
  assert.equal((await story.ask(`PATCH ${path}`, { body: { types: many } })).body.field, "/types");
});
