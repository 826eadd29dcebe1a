/** The feed for clients of Stripe's API, with their official one: it must not be able to tell the difference. */
import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import Stripe from "stripe";
import type { App, AppOptions } from "../../src/app.ts";
import type { DeliveryView } from "../../src/outbound/deliveries.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { aKey } from "../conformance/builders.ts";
import { anEvent, aServer, type TestServer } from "./a-server.ts";
import { publish } from "./an-app.ts";

interface Customer extends TestServer {
  readonly stripe: Stripe;
}

function aClient(url: string, key: string, config: Stripe.StripeConfig = {}): Stripe {
  const { hostname, port } = new URL(url);
  return new Stripe(key, { host: hostname, port, protocol: "http", maxNetworkRetries: 0, ...config });
}

async function aCustomer(context: TestContext, app: Partial<AppOptions> = {}): Promise<Customer> {
  const server = await aServer(context, { app });
  return { ...server, stripe: aClient(server.url, server.key) };
}

const stripeHeaders = { "stripe-version": "2026-10-28.endive" };
const idsOf = (events: readonly { id: string }[]): string[] => events.map(({ id }) => id);

/** `evt_1` to `evt_<count>`, all at once. */
async function publishNumbered(app: App, count: number, members: (number: number) => object = () => ({})) {
  for (let from = 1; from <= count; from += 1000) {
    const length = Math.min(1000, count - from + 1);
    await publish(
      app,
      Array.from({ length }, (_, index) => anEvent({ id: `evt_${from + index}`, ...members(from + index) })),
    );
  }
}

const numbered = (from: number, to: number): string[] =>
  Array.from({ length: Math.abs(to - from) + 1 }, (_, index) => `evt_${from < to ? from + index : from - index}`);

it("an event has the shape of Stripe's, and its data is as it came", async (context) => {
  const { app, stripe, ask } = await aCustomer(context);
  const published =
    '{"id":"evt_1","type":"invoice.paid","version":"2026-01-01","data":{"object":{"n":1.0},"previous_attributes":{}}}';
  await app.publisher.publish(Buffer.from(published), { keyId: "key_test", idempotencyKey: null });
  const event = await stripe.events.retrieve("evt_1");
  const stored = await app.store.events.find("default", "evt_1");
  assert.deepEqual(JSON.parse(JSON.stringify(event)), {
    id: "evt_1",
    object: "event",
    api_version: "2026-01-01",
    created: Math.floor((stored?.acceptedAtMs ?? 0) / 1000),
    data: { object: { n: 1 }, previous_attributes: {} },
    livemode: false,
    pending_webhooks: 0,
    request: { id: null, idempotency_key: null },
    type: "invoice.paid",
  });
  assert.equal(event.lastResponse.statusCode, 200);
  assert.equal(event.lastResponse.apiVersion, Stripe.API_VERSION);
  const { text } = await ask("GET /v1/events/evt_1", { headers: stripeHeaders });
  assert.ok(text.includes('"data":{"object":{"n":1.0},"previous_attributes":{}},'), text);
  assert.equal((await ask("GET /v1/events/evt_1")).body.tenant, "default", "others are answered as ever");
});

it("data without an object of its own becomes that object", async (context) => {
  const { app, ask } = await aCustomer(context);
  const cases: [data: string, shown: string][] = [
    ['{"amount":1.50}', '{"object":{"amount":1.50}}'],
    ['{"object":"charge","id":1}', '{"object":{"object":"charge","id":1}}'],
    ['{"object":null}', '{"object":{"object":null}}'],
    ["[1]", '{"object":[1]}'],
    ["null", '{"object":null}'],
    ['"text"', '{"object":"text"}'],
    ['{"\\u006fbject":{}}', '{"\\u006fbject":{}}'],
    ['{"object":1,"object":{"a":[]}}', '{"object":1,"object":{"a":[]}}'],
    ['{ "a" : {"object":{}} }', '{"object":{ "a" : {"object":{}} }}'],
  ];
  for (const [index, [data, shown]] of cases.entries()) {
    const body = Buffer.from(`{"id":"evt_${index}","type":"a","data":${data}}`);
    await app.publisher.publish(body, { keyId: "key_test", idempotencyKey: null });
    const { text } = await ask(`GET /v1/events/evt_${index}`, { headers: stripeHeaders });
    assert.ok(text.includes(`"data":${shown},"livemode"`), text);
  }
});

it("a list is newest first, and is paged by ids", async (context) => {
  const { app, stripe } = await aCustomer(context);
  const empty = await stripe.events.list();
  assert.deepEqual(JSON.parse(JSON.stringify(empty)), { object: "list", url: "/v1/events", has_more: false, data: [] });
  await publishNumbered(app, 25);
  await publish(app, anEvent({ tenant: "other" }));
  const first = await stripe.events.list();
  assert.deepEqual(idsOf(first.data), numbered(25, 16));
  assert.equal(first.has_more, true);
  const older = await stripe.events.list({ limit: 15, starting_after: "evt_16" });
  assert.deepEqual([idsOf(older.data), older.has_more], [numbered(15, 1), false]);
  const newer = await stripe.events.list({ limit: 4, ending_before: "evt_16" });
  assert.deepEqual([idsOf(newer.data), newer.has_more], [numbered(20, 17), true]);
  const newest = await stripe.events.list({ limit: 5, ending_before: "evt_20" });
  assert.deepEqual([idsOf(newest.data), newest.has_more], [numbered(25, 21), false]);
  assert.deepEqual((await stripe.events.list({ ending_before: "evt_25" })).data, []);
  assert.deepEqual((await stripe.events.list({ starting_after: "evt_1" })).data, []);
});

it("the client pages through the whole list by itself, in both directions", async (context) => {
  const { app, stripe } = await aCustomer(context);
  await publishNumbered(app, 250);
  const all = await stripe.events.list({ limit: 100 }).autoPagingToArray({ limit: 1000 });
  assert.deepEqual(idsOf(all), numbered(250, 1));
  const iterated: string[] = [];
  for await (const { id } of stripe.events.list({ limit: 7, ending_before: "evt_100" })) iterated.push(id);
  assert.deepEqual(iterated, numbered(101, 250), "oldest first, which is the order in which to catch up");
});

it("types are chosen by `type` or `types`", async (context) => {
  const { app, stripe } = await aCustomer(context);
  const types = ["invoice.paid", "invoice.item.added", "charge.failed"];
  await publishNumbered(app, 9, (number) => ({ type: types[number % 3] }));
  const list = async (params: object) => idsOf((await stripe.events.list(params)).data);
  assert.deepEqual(await list({ type: "invoice.paid" }), ["evt_9", "evt_6", "evt_3"]);
  assert.deepEqual(await list({ type: "invoice.*", limit: 3 }), ["evt_9", "evt_7", "evt_6"]);
  assert.deepEqual(await list({ types: ["charge.failed", "invoice.paid"], limit: 2 }), ["evt_9", "evt_8"]);
  const paged = stripe.events.list({ types: ["charge.failed"], limit: 1 });
  assert.deepEqual(idsOf(await paged.autoPagingToArray({ limit: 10 })), ["evt_8", "evt_5", "evt_2"]);
  assert.deepEqual(await list({ type: "nothing" }), []);
});

it("`created` bounds the list by the second", async (context) => {
  const second = 1_800_000_000;
  let nowMs = second * 1000;
  const { app, stripe } = await aCustomer(context, {
    machine: { clock: { wallMs: () => nowMs, steadyMs: () => nowMs } },
  });
  for (const [index, atMs] of [0, 999, 1000, 1999, 2000].entries()) {
    nowMs = second * 1000 + atMs;
    await publish(app, anEvent({ id: `evt_${index + 1}`, occurred_at: "2020-01-01T00:00:00Z" }));
  }
  const list = async (params: object) => idsOf((await stripe.events.list(params)).data);
  assert.deepEqual(await list({ created: second + 1 }), ["evt_4", "evt_3"]);
  assert.deepEqual(await list({ created: { gt: second } }), ["evt_5", "evt_4", "evt_3"]);
  assert.deepEqual(await list({ created: { gte: second + 2 } }), ["evt_5"]);
  assert.deepEqual(await list({ created: { lt: second + 1 } }), ["evt_2", "evt_1"]);
  assert.deepEqual(await list({ created: { lte: second + 1, gt: second } }), ["evt_4", "evt_3"]);
  assert.deepEqual(await list({ created: { lt: second } }), []);
  assert.deepEqual(await list({ created: { gt: second + 2 } }), []);
  assert.deepEqual(await list({ created: { lt: second + 2 }, ending_before: "evt_3" }), ["evt_4"]);
  assert.equal((await stripe.events.list({ created: { lt: second + 1 }, limit: 1 })).has_more, true);
  assert.equal((await stripe.events.list({ created: { gte: second + 2 }, limit: 1 })).has_more, false);
  assert.equal((await stripe.events.list({ created: { gte: second + 1 }, limit: 2 })).has_more, true);
  assert.equal((await stripe.events.list({ created: { gte: second + 1 }, limit: 3 })).has_more, false);
});

it("`delivery_success` and `pending_webhooks` say what came of the deliveries", async (context) => {
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  receiver.answer((request) => (request.body.includes("bad") ? 500 : 200));
  const { app, stripe, ask } = await aCustomer(context);
  await ask("POST /v1/endpoints", { body: { url: receiver.url, types: ["order.*"] } });
  await ask("POST /v1/endpoints", { body: { url: receiver.url, types: ["order.paid"] } });
  await publishNumbered(app, 6, (number) => ({
    type: number === 6 ? "unheard" : number % 2 === 0 ? "order.paid" : "order.sent",
    data: number <= 3 ? "bad" : "good",
  }));
  await eventually("all was sent", () => receiver.requests.length === 7);
  const pending = async (id: string) => (await stripe.events.retrieve(id)).pending_webhooks;
  await eventually("all is settled", async () => (await pending("evt_4")) === 0 && (await pending("evt_5")) === 0);
  assert.deepEqual([await pending("evt_1"), await pending("evt_2"), await pending("evt_6")], [1, 2, 0]);
  const good = await stripe.events.list({ delivery_success: true });
  assert.deepEqual(idsOf(good.data), ["evt_6", "evt_5", "evt_4"]);
  const bad = await stripe.events.list({ delivery_success: false, limit: 2 });
  assert.deepEqual([idsOf(bad.data), bad.has_more], [["evt_3", "evt_2"], true]);
  assert.deepEqual(
    bad.data.map((event) => event.pending_webhooks),
    [1, 2],
  );
  const all = await stripe.events.list({ delivery_success: false, limit: 2 }).autoPagingToArray({ limit: 10 });
  assert.deepEqual(idsOf(all), ["evt_3", "evt_2", "evt_1"]);
});

it("a request looks up the deliveries of so many events and no more, and says where to go on", async (context) => {
  const { app, stripe } = await aCustomer(context);
  await publishNumbered(app, 3000);
  let seen = 0;
  app.deliveries.ofEvent = async (event) => {
    seen += 1;
    const state = event.position === 2500 ? "retrying" : "delivered";
    return [{ state } as DeliveryView];
  };
  const first = await stripe.events.list({ delivery_success: false });
  assert.deepEqual([idsOf(first.data), first.has_more, seen], [["evt_2500"], true, 1000]);
  const refusal = async (params: object): Promise<Stripe.errors.StripeError> => {
    const error = await stripe.events.list({ delivery_success: false, ...params }).catch((cause) => cause);
    assert.ok(error instanceof Stripe.errors.StripeInvalidRequestError);
    return error;
  };
  const older = await refusal({ starting_after: "evt_2500" });
  assert.equal(older.param, "starting_after");
  assert.match(older.message, /starting_after=evt_1500`/);
  assert.equal(seen, 2000);
  assert.match((await refusal({ ending_before: "evt_1" })).message, /ending_before=evt_1001`/);
  const end = await stripe.events.list({ delivery_success: false, starting_after: "evt_900" });
  assert.deepEqual([end.data, end.has_more], [[], false]);
});

it("a request reads so much of the log for rare types, and says where to go on", async (context) => {
  const { app, stripe } = await aCustomer(context);
  await publishNumbered(app, 100);
  const { pageBack } = app.feed;
  let pages = 0;
  app.feed.pageBack = (query) => {
    pages += 1;
    const cut = { ...query, before: Math.max(query.before, 2), limit: 1 };
    return pageBack.call(app.feed, cut).then((page) => ({ ...page, events: [] }));
  };
  await assert.rejects(stripe.events.list({ type: "order.*" }), /starting_after=evt_81`/);
  assert.equal(pages, 20);
});

it("a page ends where an answer has as many bytes as it may, and goes on", async (context) => {
  const { app, stripe } = await aCustomer(context);
  await publishNumbered(app, 30, () => ({ data: "x".repeat(250_000) }));
  const page = await stripe.events.list({ limit: 100 });
  assert.ok(page.data.length < 30 && page.data.length > 10, `${page.data.length}`);
  assert.equal(page.has_more, true);
  const all = await stripe.events.list({ limit: 100 }).autoPagingToArray({ limit: 100 });
  assert.deepEqual(idsOf(all), numbered(30, 1));
});

it("a consumer that pages newest first and then catches up sees every event once, while events come", async (context) => {
  const { app, stripe } = await aCustomer(context);
  await publishNumbered(app, 40);
  let published = 40;
  const publisher = (async () => {
    while (published < 340) {
      const ids = [1, 2, 3].map((each) => anEvent({ id: `evt_${published + each}` }));
      await publish(app, ids);
      published += 3;
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  const seen: string[] = [];
  let newest: string | undefined;
  for await (const { id } of stripe.events.list({ limit: 10 })) {
    newest ??= id;
    seen.push(id);
  }
  await eventually("it has caught up", async () => {
    for await (const { id } of stripe.events.list({ limit: 10, ending_before: newest as string })) {
      seen.push(id);
      newest = id;
    }
    return seen.length >= 340;
  });
  await publisher;
  assert.equal(seen.length, published);
  assert.deepEqual(new Set(seen), new Set(numbered(1, published)));
});

it("what Stripe's library throws is what it would throw for Stripe", async (context) => {
  const { app, stripe, url } = await aCustomer(context);
  await publish(app, anEvent({ id: "evt_1" }));
  const { errors } = Stripe;
  const thrown = async (promise: Promise<unknown>): Promise<Stripe.errors.StripeError> => {
    const error = await promise.then(
      () => null,
      (cause) => cause,
    );
    assert.ok(error instanceof errors.StripeError);
    return error;
  };
  const missing = await thrown(stripe.events.retrieve("evt_2"));
  assert.ok(missing instanceof errors.StripeInvalidRequestError);
  assert.deepEqual([missing.statusCode, missing.code, missing.param], [404, "resource_missing", "id"]);
  assert.equal(missing.rawType, "invalid_request_error");
  assert.match(missing.requestId ?? "", /^req_/);
  assert.match(missing.message, /evt_2/);

  const unknown = await thrown(aClient(url, "trot_wrong").events.list());
  assert.ok(unknown instanceof errors.StripeAuthenticationError);
  assert.equal(unknown.statusCode, 401);
  assert.ok(
    (await thrown(aClient(url, "trot_wrong").events.retrieve("evt_1"))) instanceof errors.StripeAuthenticationError,
  );

  const publisher = aKey({ scopes: ["publish"] });
  const { authenticate } = app.registry;
  app.registry.authenticate = (given) =>
    given === "trot_publisher" ? publisher : authenticate.call(app.registry, given);
  const forbidden = await thrown(aClient(url, "trot_publisher").events.list());
  assert.ok(forbidden instanceof errors.StripePermissionError);
  const foreign = await thrown(stripe.events.list({}, { stripeAccount: "acct_1" }));
  assert.ok(foreign instanceof errors.StripePermissionError);
  assert.ok(
    (await thrown(stripe.events.retrieve("evt_1", {}, { stripeAccount: "acct_1" }))) instanceof
      errors.StripePermissionError,
  );

  const nowhere = await thrown(stripe.charges.list());
  assert.ok(nowhere instanceof errors.StripeInvalidRequestError);
  assert.equal(nowhere.statusCode, 404);

  app.store.events.find = () => Promise.reject(new Error("secret"));
  const broken = await thrown(stripe.events.retrieve("evt_1"));
  assert.ok(broken instanceof errors.StripeAPIError);
  assert.deepEqual([broken.statusCode, broken.rawType, broken.code], [500, "api_error", "internal"]);
  assert.doesNotMatch(broken.message, /secret/);
});

it("the client sends again what may succeed later, and nothing else", async (context) => {
  const { app, url, key } = await aCustomer(context);
  await publish(app, anEvent({ id: "evt_1" }));
  const patient = aClient(url, key, { maxNetworkRetries: 2 });
  const { find } = app.store.events;
  let calls = 0;
  app.store.events.find = (tenant, id) => {
    calls += 1;
    return calls === 1 ? Promise.reject(new Error("not now")) : find.call(app.store.events, tenant, id);
  };
  assert.equal((await patient.events.retrieve("evt_1")).id, "evt_1");
  assert.equal(calls, 2);
  await assert.rejects(patient.events.retrieve("evt_2"));
  assert.equal(calls, 3);
});

it("parameters that Stripe does not know, or knows otherwise, are refused by name", async (context) => {
  const { app, ask } = await aCustomer(context);
  await publish(app, anEvent({ id: "evt_1" }));
  const many = Array.from({ length: 21 }, (_, index) => `types[${index}]=a`).join("&");
  const wrong: [query: string, param: string, code: string][] = [
    ["after=earliest", "after", "parameter_unknown"],
    ["wait=5", "wait", "parameter_unknown"],
    ["tenant=default", "tenant", "parameter_unknown"],
    ["limit[gt]=5", "limit[gt]", "parameter_unknown"],
    ["created[eq]=5", "created[eq]", "parameter_unknown"],
    ["types[a]=b", "types[a]", "parameter_unknown"],
    ["__proto__=1", "__proto__", "parameter_unknown"],
    ["limit=0", "limit", "parameter_invalid_integer"],
    ["limit=101", "limit", "parameter_invalid_integer"],
    ["limit=ten", "limit", "parameter_invalid_integer"],
    ["limit=", "limit", "parameter_invalid_empty"],
    ["ending_before=", "ending_before", "parameter_invalid_empty"],
    ["created=now", "created", "parameter_invalid_integer"],
    ["created[gte]=-1", "created[gte]", "parameter_invalid_integer"],
    ["created=1&created[gt]=1", "created[gt]", "parameters_exclusive"],
    ["starting_after=evt_1&ending_before=evt_1", "ending_before", "parameters_exclusive"],
    ["type=a&types[]=b", "types", "parameters_exclusive"],
    ["starting_after=evt_2", "starting_after", "resource_missing"],
    ["ending_before=a%20b", "ending_before", "resource_missing"],
    ["limit=1&limit=2", "limit", "invalid-query"],
    ["types=a", "types", "invalid-query"],
    ["type=a..b", "type", "invalid-query"],
    ["types[]=a&types[]=%2B", "types", "invalid-query"],
    [many, "types", "invalid-query"],
    ["delivery_success=yes", "delivery_success", "invalid-query"],
    ["expand[0]=data.object", "expand[0]", "invalid-query"],
  ];
  for (const [query, param, code] of wrong) {
    const { status, headers, body } = await ask(`GET /v1/events?${query}`, { headers: stripeHeaders });
    assert.deepEqual([status, body.error.type, body.error.code], [400, "invalid_request_error", code], query);
    assert.equal(body.error.param, param, query);
    assert.ok(body.error.message.length > 10);
    assert.match(headers.get("content-type") ?? "", /^application\/json/);
    assert.equal(headers.get("stripe-should-retry"), "false");
  }
  for (const name of ["tenant", "expand[]"]) {
    const { status, body } = await ask(`GET /v1/events/evt_1?${name}=default`, { headers: stripeHeaders });
    assert.deepEqual([status, body.error.param], [400, name]);
  }
  const encoded = await ask("GET /v1/events?types%5B%5D=order.paid&created%5Bgte%5D=1", { headers: stripeHeaders });
  assert.deepEqual(idsOf(encoded.body.data), ["evt_1"]);
});

it("HEAD is answered without a body", async (context) => {
  const { app, ask } = await aCustomer(context);
  await publish(app, anEvent({ id: "evt_1" }));
  for (const path of ["/v1/events", "/v1/events/evt_1"]) {
    const got = await ask(`GET ${path}`, { headers: stripeHeaders });
    const { status, headers, text } = await ask(`HEAD ${path}`, { headers: stripeHeaders });
    assert.deepEqual([status, text], [200, ""]);
    assert.equal(headers.get("content-length"), String(Buffer.byteLength(got.text)));
  }
});
