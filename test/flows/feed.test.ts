/** Pages of the feed over HTTP: what is in them, in which order, and what is refused. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { limits } from "../../src/core/limits.ts";
import { anEvent, aServer, type TestServer } from "./a-server.ts";
import { publish } from "./an-app.ts";

const ids = ({ body }: { body: { data: { id: string }[] } }): string[] => body.data.map(({ id }) => id);

const numbered = (count: number, members: object = {}) =>
  Array.from({ length: count }, (_, index) => anEvent({ id: `evt_${index + 1}`, data: { n: index + 1 }, ...members }));

async function filled(context: Parameters<typeof aServer>[0], count: number): Promise<TestServer> {
  const server = await aServer(context);
  await publish(server.app, numbered(count));
  return server;
}

const query = (parameters: Record<string, string>): string => `GET /v1/events?${new URLSearchParams(parameters)}`;

it("an event of the feed has its members, and its data byte for byte", async (context) => {
  const { app, ask } = await aServer(context);
  const data = '{ "a" : 1.50,\n  "é\\u00e9": [ 1e2 ], "a": "twice" }';
  const raw = `{"id":"evt_1","type":"order.paid","subject":"o \\"1\\"","version":"2\\\\","occurred_at":"2026-01-31T12:00:00.5+01:00","data":${data}}`;
  await app.publisher.publish(Buffer.from(raw), { keyId: "key_test", idempotencyKey: null });
  const answer = await ask("GET /v1/events");
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "application/json; charset=utf-8");
  assert.equal(Number(answer.headers.get("content-length")), Buffer.byteLength(answer.text));
  assert.ok(answer.text.includes(`"data":${data}}`));
  const [event] = answer.body.data;
  const { accepted_at: acceptedAt, cursor, data: _, ...rest } = event;
  assert.deepEqual(rest, {
    id: "evt_1",
    tenant: "default",
    type: "order.paid",
    subject: 'o "1"',
    version: "2\\",
    occurred_at: "2026-01-31T11:00:00.500Z",
  });
  assert.ok(Math.abs(Date.parse(acceptedAt) - Date.now()) < 60_000);
  assert.equal(cursor, answer.body.next_cursor);
  assert.equal(answer.body.has_more, false);
  const single = await ask("GET /v1/events/evt_1");
  assert.deepEqual({ ...single.body, deliveries: undefined }, { ...event, deliveries: undefined });
  assert.ok(single.text.includes(`"data":${data},"deliveries":[]}`));
});

it("pages follow each other by cursor, to the end and on from there", async (context) => {
  const { app, ask } = await filled(context, 25);
  const seen: string[] = [];
  let page = await ask("GET /v1/events?limit=10");
  for (; page.body.has_more; page = await ask(query({ limit: "10", after: page.body.next_cursor }))) {
    seen.push(...ids(page));
  }
  seen.push(...ids(page));
  assert.deepEqual(
    seen,
    numbered(25).map((event) => (event as { id: string }).id),
  );
  const end = page.body.next_cursor;
  const empty = await ask(query({ after: end }));
  assert.deepEqual([empty.body.data, empty.body.next_cursor, empty.body.has_more], [[], end, false]);
  await publish(app, anEvent({ id: "evt_26" }));
  assert.deepEqual(ids(await ask(query({ after: end }))), ["evt_26"]);
});

it("begins at every kind of place", async (context) => {
  const { ask } = await filled(context, 5);
  const { body } = await ask("GET /v1/events");
  assert.deepEqual(ids(await ask("GET /v1/events?after=earliest")).length, 5);
  assert.deepEqual(ids(await ask("GET /v1/events?after=latest")), []);
  assert.deepEqual(ids(await ask("GET /v1/events?after=evt_3")), ["evt_4", "evt_5"]);
  assert.deepEqual(ids(await ask(query({ after: body.data[3].cursor }))), ["evt_5"]);
  assert.equal(ids(await ask("GET /v1/events?after=time:2020-01-01T00:00:00Z")).length, 5);
  assert.equal(ids(await ask("GET /v1/events?after=time:2199-01-01T00:00:00Z")).length, 0);
});

it("the newest come first with order=desc, down to the oldest", async (context) => {
  const { ask } = await filled(context, 12);
  const first = await ask("GET /v1/events?order=desc&limit=5");
  assert.deepEqual(ids(first), ["evt_12", "evt_11", "evt_10", "evt_9", "evt_8"]);
  assert.equal(first.body.has_more, true);
  const second = await ask(query({ order: "desc", limit: "5", after: first.body.next_cursor }));
  assert.deepEqual(ids(second), ["evt_7", "evt_6", "evt_5", "evt_4", "evt_3"]);
  const last = await ask(query({ order: "desc", limit: "5", after: second.body.next_cursor }));
  assert.deepEqual([ids(last), last.body.has_more], [["evt_2", "evt_1"], false]);
  const beyond = await ask(query({ order: "desc", after: last.body.next_cursor }));
  assert.deepEqual([ids(beyond), beyond.body.has_more], [[], false]);
  assert.deepEqual(ids(await ask("GET /v1/events?order=desc&after=evt_3")), ["evt_2", "evt_1"]);
  assert.equal(ids(await ask("GET /v1/events?order=desc&after=latest")).length, 12);
  assert.equal(ids(await ask("GET /v1/events?order=desc&after=time:2199-01-01T00:00:00Z")).length, 12);
  assert.deepEqual(ids(await ask("GET /v1/events?order=desc&after=earliest")), []);
});

it("an empty log has an empty page in both orders, whose cursor can be used", async (context) => {
  const { app, ask } = await aServer(context);
  for (const order of ["asc", "desc"]) {
    const { body } = await ask(query({ order }));
    assert.deepEqual([body.data, body.has_more], [[], false]);
    assert.equal((await ask(query({ order, after: body.next_cursor }))).status, 200);
  }
  const { body } = await ask("GET /v1/events");
  await publish(app, anEvent({ id: "evt_1" }));
  assert.deepEqual(ids(await ask(query({ after: body.next_cursor }))), ["evt_1"]);
});

it("answers only what was asked for: tenant, types, subject and filter, and its cursor passes what it left out", async (context) => {
  const { app, ask } = await aServer(context);
  await publish(app, [
    anEvent({ id: "a", type: "order.paid", subject: "o1", data: { total: 10 } }),
    anEvent({ id: "b", type: "order.sent", subject: "o1", data: { total: 20 } }),
    anEvent({ id: "c", type: "user.added", subject: "u1", data: { total: 30.5 } }),
    anEvent({ id: "d", type: "order.item.added", subject: "o2", data: {} }),
  ]);
  await publish(app, anEvent({ id: "e", tenant: "acme" }));
  const asked = async (parameters: Record<string, string>) => ids(await ask(query(parameters))).join("");
  assert.equal(await asked({}), "abcd");
  assert.equal(await asked({ tenant: "acme" }), "e");
  assert.equal(await asked({ tenant: "nobody" }), "");
  assert.equal(await asked({ types: "order.*" }), "abd");
  assert.equal(await asked({ types: "*.sent,user.added" }), "bc");
  assert.equal(await asked({ types: "*" }), "abcd");
  assert.equal(await asked({ subject: "o1" }), "ab");
  assert.equal(await asked({ filter: "data.total > 10" }), "bc");
  assert.equal(await asked({ filter: "data.total == 20", types: "order.*", subject: "o1" }), "b");
  assert.equal(await asked({ filter: 'type.startsWith("order.") && !has(data.total)' }), "d");
  assert.equal(await asked({ filter: "data.total > 10", order: "desc" }), "cb");
  const none = await ask(query({ types: "no.such" }));
  const all = await ask("GET /v1/events?tenant=acme");
  assert.deepEqual([none.body.data, none.body.next_cursor], [[], all.body.next_cursor]);
});

it("a page ends at its limit of bytes, and at as many events as one request looks at", async (context) => {
  const { app, ask } = await aServer(context, { app: { eventBytesMax: limits.pageBytes } });
  const large = "x".repeat(limits.pageBytes / 2);
  for (const id of ["l1", "l2", "l3"]) await publish(app, anEvent({ id, data: large }));
  const page = await ask("GET /v1/events");
  assert.deepEqual([ids(page), page.body.has_more], [["l1"], true]);
  for (let count = 0; count < limits.scannedPerPage; count += 1000) {
    await publish(
      app,
      Array.from({ length: 1000 }, () => anEvent({ data: 1 })),
    );
  }
  await publish(app, anEvent({ id: "found", type: "rare" }));
  const first = await ask("GET /v1/events?types=rare");
  assert.deepEqual([ids(first), first.body.has_more], [[], true]);
  const second = await ask(query({ types: "rare", after: first.body.next_cursor }));
  assert.deepEqual([ids(second), second.body.has_more], [["found"], false]);
});

it("a cursor that retention has passed is told what is lost, and where to go on", async (context) => {
  const { app, ask } = await filled(context, 10);
  const { body } = await ask("GET /v1/events?limit=3");
  await app.store.events.trim({ olderThanMs: Number.POSITIVE_INFINITY, bytesMax: null, rowsMax: 7 });
  const gone = await ask(query({ after: body.next_cursor }));
  assert.deepEqual([gone.status, gone.body.code, gone.body.lost], [410, "cursor-expired", 4]);
  assert.deepEqual(ids(await ask(query({ after: gone.body.resume }))), ["evt_8", "evt_9", "evt_10"]);
  assert.deepEqual(ids(await ask("GET /v1/events")), ["evt_8", "evt_9", "evt_10"]);
});

it("whatever does not fit is refused, and the parameter is named", async (context) => {
  const { ask } = await filled(context, 1);
  const cases: [parameters: Record<string, string>, code: string, field: string | undefined][] = [
    [{ limit: "0" }, "invalid-query", "limit"],
    [{ limit: "1001" }, "invalid-query", "limit"],
    [{ limit: "1.5" }, "invalid-query", "limit"],
    [{ limit: "" }, "invalid-query", "limit"],
    [{ wait: "61" }, "invalid-query", "wait"],
    [{ wait: "-1" }, "invalid-query", "wait"],
    [{ wait: "0.5" }, "invalid-query", "wait"],
    [{ order: "down" }, "invalid-query", "order"],
    [{ order: "desc", wait: "1" }, "invalid-query", "wait"],
    [{ types: "" }, "invalid-query", "types"],
    [{ types: "a,,b" }, "invalid-query", "types"],
    [{ types: "a b" }, "invalid-query", "types"],
    [{ types: Array.from({ length: 101 }, () => "a").join() }, "invalid-query", "types"],
    [{ tenant: "x".repeat(65) }, "invalid-query", "tenant"],
    [{ subject: "" }, "invalid-query", "subject"],
    [{ text: "" }, "invalid-query", "text"],
    [{ text: "x".repeat(limits.searchTextLength + 1) }, "invalid-query", "text"],
    [{ since: "yesterday" }, "invalid-query", "since"],
    [{ until: "2026-13-01T00:00:00Z" }, "invalid-query", "until"],
    [{ type: "order.paid" }, "invalid-query", "type"],
    [{ follow: "true" }, "invalid-query", "follow"],
    [{ timeout: "5" }, "invalid-query", "timeout"],
    [{ after: "" }, "invalid-query", "after"],
    [{ after: "nonsense" }, "cursor-invalid", undefined],
    [{ after: "time:yesterday" }, "cursor-invalid", undefined],
    [{ filter: "data.total >" }, "filter-invalid", "filter"],
    [{ filter: "data.x.matches('(a+)+')" }, "filter-invalid", "filter"],
    [{ filter: "1 + 1" }, "filter-invalid", "filter"],
    [{ filter: "x".repeat(limits.filterLength + 1) }, "invalid-query", "filter"],
  ];
  for (const [parameters, code, field] of cases) {
    const { status, body } = await ask(query(parameters));
    assert.deepEqual([status, body.code, body.field], [400, code, field], JSON.stringify(parameters));
  }
  const twice = await ask("GET /v1/events?limit=1&limit=2");
  assert.deepEqual([twice.status, twice.body.code], [400, "invalid-query"]);
  const { body } = await ask(query({ filter: "data.a == 1 &&\n  foo == 2" }));
  assert.match(body.detail, /^Line 2, column 3: .*`foo`/);
});

it("a client that says the charset, or anything else, of the form that it accepts is answered", async (context) => {
  const { ask } = await aServer(context);
  const cases: [accept: string, form: string][] = [
    ["application/json; charset=utf-8", "application/json; charset=utf-8"],
    ["text/plain, application/json;odata=verbose;q=0.8, */*;q=0.1", "application/json; charset=utf-8"],
    ['application/x-ndjson;note="a,b;q=0";q=0.9, application/json;q=0.5', "application/x-ndjson"],
  ];
  for (const [accept, form] of cases) {
    const { status, headers } = await ask("GET /v1/events", { headers: { accept } });
    assert.deepEqual([status, headers.get("content-type")], [200, form], accept);
  }
  const refused = await ask("GET /v1/events", { headers: { accept: "application/json; charset=utf-8; q=0" } });
  assert.equal(refused.status, 406);
});

it("needs a key that may read, and an answer that there is", async (context) => {
  const { ask } = await aServer(context);
  assert.equal((await ask("GET /v1/events", { key: null })).status, 401);
  assert.equal((await ask("GET /v1/events", { key: "nobody" })).status, 401);
  for (const accept of ["text/html", "application/xml, text/plain;q=0.5", "application/json;q=0"]) {
    const { status, body } = await ask("GET /v1/events", { headers: { accept } });
    assert.deepEqual([status, body.code], [406, "not-acceptable"], accept);
  }
  for (const accept of ["*/*", "application/*", "application/json", "text/html,*/*;q=0.1"]) {
    const { status, headers } = await ask("GET /v1/events", { headers: { accept } });
    assert.deepEqual([status, headers.get("content-type")], [200, "application/json; charset=utf-8"], accept);
  }
});
