/** Named consumers over HTTP: made, read under a lease, acknowledged, moved. */
import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import { TrotlineError } from "../../src/core/errors.ts";
import { openMemoryStore } from "../../src/log/memory/store.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { HandClock, inFolder } from "../conformance/store-kinds.ts";
import { aConsumer, aWaitingClient, idsOf } from "./a-consumer.ts";
import { anEvent, aServer, type TestServer } from "./a-server.ts";

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A server whose time stands still until it is moved. */
async function aServerByHand(context: TestContext): Promise<TestServer & { clock: HandClock }> {
  const clock = new HandClock();
  const server = await aServer(context, { app: { machine: { clock } } });
  return { ...server, clock };
}

async function publishAll({ ask }: TestServer, ...ids: string[]): Promise<string[]> {
  const { body } = await ask("POST /v1/events", { body: ids.map((id) => anEvent({ id })) });
  return body.data.map((event: { cursor: string }) => event.cursor);
}

/** Events that are waited for are published when the fetch waits. */
const isWaiting = ({ app }: TestServer): Promise<boolean> => eventually("it waits", () => app.feed.waiting === 1);

it("a consumer with nothing said takes every default, and begins at the end of the log", async (context) => {
  const server = await aServer(context);
  const [, last] = await publishAll(server, "e1", "e2");
  const consumer = aConsumer(server);
  const made = await consumer.put();
  assert.equal(made.status, 201, made.text);
  const { created_at: createdAt, updated_at: updatedAt, ...rest } = made.body;
  assert.match(createdAt, rfc3339);
  assert.equal(updatedAt, createdAt);
  assert.deepEqual(rest, {
    name: "billing",
    tenant: "default",
    types: [],
    filter: null,
    subject: null,
    lease_ms: 60_000,
    cursor: last,
    head: last,
    lag_events: 0,
    lag_seconds: 0,
    oldest_unacknowledged_at: null,
    state: "ok",
    leased_until: null,
  });
  assert.deepEqual((await consumer.get()).body, made.body);
  await publishAll(server, "e3");
  assert.deepEqual(idsOf(await consumer.fetch()), ["e3"]);
});

it("PUT on a consumer that exists changes what it names, and keeps its position", async (context) => {
  const server = await aServer(context);
  const consumer = aConsumer(server);
  const settings = { types: ["order.*"], filter: "data.amount > 0", subject: "s", lease_ms: 5000 };
  const made = (await consumer.put({ ...settings, from: "earliest" })).body;
  for (const [name, value] of Object.entries(settings)) assert.deepEqual(made[name], value, name);
  await publishAll(server, "e1");
  const same = await consumer.put({ ...settings, from: "latest" });
  assert.equal(same.status, 200);
  assert.deepEqual([same.body.cursor, same.body.updated_at], [made.cursor, made.updated_at]);
  const changed = (await consumer.put({ filter: null, subject: null })).body;
  assert.deepEqual([changed.types, changed.filter, changed.subject], [["order.*"], null, null]);
  assert.deepEqual([changed.lease_ms, changed.cursor], [5000, made.cursor]);
  assert.deepEqual(idsOf(await consumer.fetch()), ["e1"]);
});

it("`from` names where a new one begins, in each of its forms", async (context) => {
  const server = await aServer(context);
  const [first] = await publishAll(server, "e1", "e2", "e3");
  const time = (ms: number): string => `time:${new Date(Date.now() + ms).toISOString()}`;
  const cases: [from: string | undefined, ids: string[]][] = [
    [undefined, []],
    ["latest", []],
    ["earliest", ["e1", "e2", "e3"]],
    [first as string, ["e2", "e3"]],
    ["e2", ["e3"]],
    [time(-3_600_000), ["e1", "e2", "e3"]],
    [time(3_600_000), []],
  ];
  for (const [index, [from, ids]] of cases.entries()) {
    const consumer = aConsumer(server, `c${index}`);
    assert.equal((await consumer.put({ from })).status, 201);
    assert.deepEqual(idsOf(await consumer.fetch()), ids, from);
  }
});

it("consumers are listed by name, of one tenant, in pages", async (context) => {
  const server = await aServer(context);
  const names = ["b", "a", "c", "A-1", "z"];
  for (const name of names) await aConsumer(server, name).put();
  await aConsumer(server, "other", "acme").put();
  const first = (await server.ask("GET /v1/consumers?limit=3")).body;
  const second = (await server.ask(`GET /v1/consumers?limit=3&after=${first.next_cursor}`)).body;
  assert.deepEqual([first.has_more, second.has_more, second.next_cursor], [true, false, null]);
  const listed = [...first.data, ...second.data].map(({ name }: { name: string }) => name);
  assert.deepEqual(listed, [...names].sort());
  const { body: others } = await server.ask("GET /v1/consumers?tenant=acme");
  assert.deepEqual(
    others.data.map((consumer: object) => consumer),
    [(await aConsumer(server, "other", "acme").get()).body],
  );
});

it("a fetch moves nothing: what is not acknowledged is answered again", async (context) => {
  const server = await aServer(context);
  const consumer = aConsumer(server);
  await consumer.put({ from: "earliest" });
  const cursors = await publishAll(server, "e1", "e2", "e3");
  const page = await consumer.fetch("limit=2");
  assert.equal(page.status, 200, page.text);
  assert.equal(page.headers.get("cache-control"), "no-store");
  assert.deepEqual(idsOf(page), ["e1", "e2"]);
  assert.deepEqual([page.body.next_cursor, page.body.has_more], [cursors[1], true]);
  assert.match(page.body.lease, /^lease_[0-9a-z]{26}$/);
  assert.match(page.body.lease_expires_at, rfc3339);
  const { lease } = page.body;
  assert.deepEqual(idsOf(await consumer.fetch(`lease=${lease}`)), ["e1", "e2", "e3"]);
  const acked = await consumer.ack(cursors[0] as string, lease);
  assert.deepEqual([acked.status, acked.body.cursor, acked.body.lag_events], [200, cursors[0], 2]);
  assert.deepEqual(idsOf(await consumer.fetch(`lease=${lease}`)), ["e2", "e3"]);
  assert.deepEqual(idsOf(await consumer.fetch(`lease=${lease}&after=${cursors[1]}`)), ["e3"]);
});

it("events are answered as the feed answers them, their data byte for byte", async (context) => {
  const server = await aServer(context);
  const consumer = aConsumer(server);
  await consumer.put({ from: "earliest" });
  const data = '{"a": 1.0,  "b":"\\u00e9"}';
  const raw = `{"id":"e1","type":"t","subject":"s","version":"2","occurred_at":"2026-01-01T00:00:00Z","data":${data}}`;
  const published = (await server.ask("POST /v1/events", { raw })).body;
  const page = await consumer.fetch();
  assert.ok(page.text.includes(`"data":${data}`), page.text);
  const { accepted_at: acceptedAt, data: _, ...event } = page.body.data[0];
  assert.match(acceptedAt, rfc3339);
  assert.deepEqual(event, {
    id: "e1",
    tenant: "default",
    type: "t",
    subject: "s",
    version: "2",
    occurred_at: "2026-01-01T00:00:00.000Z",
    cursor: published.cursor,
  });
});

it("one that takes little is answered its own, and acknowledges the rest with an empty page's cursor", async (context) => {
  const server = await aServer(context);
  const consumer = aConsumer(server);
  await consumer.put({ types: ["invoice.*"], from: "earliest" });
  const cursors = await publishAll(server, "e1", "e2");
  const page = await consumer.fetch();
  assert.deepEqual([idsOf(page), page.body.next_cursor, page.body.has_more], [[], cursors[1], false]);
  const before = (await consumer.get()).body;
  assert.deepEqual([before.lag_events, before.lag_seconds, before.oldest_unacknowledged_at], [2, 0, null]);
  const { body: after } = await consumer.ack(page.body.next_cursor, page.body.lease);
  assert.deepEqual([after.lag_events, after.cursor], [0, cursors[1]]);
});

it("another tenant's consumer of the same name is another", async (context) => {
  const server = await aServer(context);
  const [ours, theirs] = [aConsumer(server), aConsumer(server, "billing", "acme")];
  await ours.put({ from: "earliest" });
  await theirs.put({ from: "earliest" });
  await server.ask("POST /v1/events", { body: [anEvent({ id: "e1" }), anEvent({ id: "e2", tenant: "acme" })] });
  assert.deepEqual([idsOf(await ours.fetch()), idsOf(await theirs.fetch())], [["e1"], ["e2"]]);
  await theirs.remove();
  assert.deepEqual([(await ours.get()).status, (await theirs.get()).status], [200, 404]);
});

it("one client reads at a time; the next takes over when the lease has run out", async (context) => {
  const server = await aServerByHand(context);
  const consumer = aConsumer(server);
  await consumer.put({ from: "earliest", lease_ms: 10_000 });
  const cursors = await publishAll(server, "e1", "e2");
  const first = (await consumer.fetch()).body;
  server.clock.nowMs += 7500;
  const held = await consumer.fetch("wait=1");
  assert.deepEqual([held.status, held.body.code, held.headers.get("retry-after")], [409, "lease-held", "3"]);
  assert.equal((await consumer.get()).body.leased_until, first.lease_expires_at);
  server.clock.nowMs += 2500;
  assert.equal((await consumer.get()).body.leased_until, null);
  const second = (await consumer.fetch()).body;
  assert.notEqual(second.lease, first.lease);
  assert.equal((await consumer.ack(cursors[1] as string, first.lease)).body.code, "lease-stale");
  assert.equal((await consumer.fetch(`lease=${first.lease}`)).body.code, "lease-stale");
  assert.equal((await consumer.release(first.lease)).body.code, "lease-stale");
  assert.equal((await consumer.ack(cursors[0] as string, second.lease)).status, 200);
});

it("fetching and acknowledging renew the lease", async (context) => {
  const server = await aServerByHand(context);
  const consumer = aConsumer(server);
  const { body: made } = await consumer.put({ from: "earliest", lease_ms: 10_000 });
  await publishAll(server, "e1");
  const { lease, lease_expires_at: expiresAt } = (await consumer.fetch()).body;
  assert.equal(Date.parse(expiresAt), server.clock.nowMs + 10_000);
  server.clock.nowMs += 9999;
  assert.equal((await consumer.fetch(`lease=${lease}`)).status, 200);
  server.clock.nowMs += 9999;
  assert.equal((await consumer.ack(made.cursor, lease)).status, 200);
  server.clock.nowMs += 9999;
  const { body } = await consumer.ack("e1", lease);
  assert.equal(Date.parse(body.leased_until), server.clock.nowMs + 10_000);
  server.clock.nowMs += 10_000;
  assert.equal((await consumer.ack("e1", lease)).body.code, "lease-stale");
});

it("a lease that is given back is free at once", async (context) => {
  const server = await aServer(context);
  const consumer = aConsumer(server);
  await consumer.put();
  const { lease } = (await consumer.fetch()).body;
  const released = await consumer.release(lease);
  assert.deepEqual([released.status, released.text], [204, ""]);
  assert.equal((await consumer.fetch()).status, 200);
});

it("a fetch that waits is answered by the first event that it takes, and keeps its lease meanwhile", async (context) => {
  const server = await aServerByHand(context);
  const consumer = aConsumer(server);
  await consumer.put({ types: ["order.*"], lease_ms: 1000 });
  const waiting = consumer.fetch("wait=30");
  await isWaiting(server);
  server.clock.nowMs += 20_000;
  assert.equal((await consumer.fetch()).body.code, "lease-held");
  await server.ask("POST /v1/events", { body: anEvent({ id: "no", type: "invoice.paid" }) });
  await publishAll(server, "e1");
  const page = await waiting;
  assert.deepEqual(idsOf(page), ["e1"]);
  assert.equal(Date.parse(page.body.lease_expires_at), server.clock.nowMs + 1000);
  assert.equal((await consumer.ack("e1", page.body.lease)).status, 200);
});

it("a wait that brings nothing ends with an empty page that moves on", async (context) => {
  const server = await aServer(context);
  const consumer = aConsumer(server);
  await consumer.put({ types: ["invoice.*"] });
  const waiting = consumer.fetch("wait=1");
  await isWaiting(server);
  const [cursor] = await publishAll(server, "e1");
  const page = await waiting;
  assert.deepEqual([page.status, idsOf(page), page.body.next_cursor], [200, [], cursor]);
});

it("a seek ends the lease, and answers who waits under it", async (context) => {
  const server = await aServer(context);
  const consumer = aConsumer(server);
  await consumer.put({ from: "earliest" });
  const [first, , third] = await publishAll(server, "e1", "e2", "e3");
  const { lease } = (await consumer.fetch()).body;
  await consumer.ack(third as string, lease);
  const waiting = consumer.fetch(`wait=30&lease=${lease}`);
  await isWaiting(server);
  const sought = await consumer.seek(first as string);
  assert.deepEqual([sought.status, sought.body.cursor, sought.body.leased_until], [200, first, null]);
  const ended = await waiting;
  assert.deepEqual([ended.status, ended.body.code], [409, "lease-stale"]);
  assert.equal((await consumer.ack(third as string, lease)).body.code, "lease-stale");
  assert.deepEqual(idsOf(await consumer.fetch()), ["e2", "e3"]);
  const forward = await consumer.seek("latest");
  assert.deepEqual([forward.body.cursor, forward.body.lag_events], [third, 0]);
});

it("deleting a consumer answers who waits for it, and a new one of its name begins anew", async (context) => {
  const server = await aServer(context);
  const consumer = aConsumer(server);
  await consumer.put({ types: ["x"] });
  const waiting = consumer.fetch("wait=30");
  await isWaiting(server);
  const removed = await consumer.remove();
  assert.deepEqual([removed.status, removed.text], [204, ""]);
  const ended = await waiting;
  assert.deepEqual([ended.status, ended.body.code], [404, "consumer-not-found"]);
  await publishAll(server, "e1");
  const again = await consumer.put();
  assert.deepEqual([again.status, again.body.types, again.body.lag_events], [201, [], 0]);
});

it("a change of what it takes answers who waits, so that the next fetch waits for the right events", async (context) => {
  const server = await aServer(context);
  const consumer = aConsumer(server);
  await consumer.put({ types: ["x"] });
  const waiting = consumer.fetch("wait=30");
  await isWaiting(server);
  await consumer.put({ types: ["order.*"] });
  const page = await waiting;
  assert.deepEqual([page.status, idsOf(page)], [200, []]);
  await publishAll(server, "e1");
  assert.deepEqual(idsOf(await consumer.fetch(`lease=${page.body.lease}`)), ["e1"]);
});

it("a client that goes away while it waits for its first answer leaves no lease behind", async (context) => {
  const server = await aServer(context);
  const consumer = aConsumer(server);
  await consumer.put();
  const client = aWaitingClient(server, "wait=30");
  await isWaiting(server);
  client.leave();
  await eventually("nobody waits", () => server.app.feed.waiting === 0);
  assert.equal((await consumer.fetch()).status, 200);
});

it("the lease of a client that goes away while it waits runs out by its time", async (context) => {
  const server = await aServerByHand(context);
  const consumer = aConsumer(server);
  await consumer.put({ lease_ms: 10_000 });
  const { lease } = (await consumer.fetch()).body;
  const client = aWaitingClient(server, `wait=30&lease=${lease}`);
  await isWaiting(server);
  client.leave();
  await eventually("nobody waits", () => server.app.feed.waiting === 0);
  assert.equal((await consumer.fetch()).body.code, "lease-held");
  server.clock.nowMs += 10_000;
  assert.equal((await consumer.fetch()).status, 200);
});

it("acknowledgements that arrive together are each answered, and the furthest holds", async (context) => {
  const server = await aServer(context);
  const consumer = aConsumer(server);
  await consumer.put({ from: "earliest" });
  const cursors = await publishAll(server, "e1", "e2", "e3", "e4", "e5");
  const { lease } = (await consumer.fetch()).body;
  const answers = await Promise.all(cursors.map((cursor) => consumer.ack(cursor, lease)));
  // They may overtake each other on their way, and are behind then.
  for (const { status, body } of answers) assert.ok(status === 200 || body.code === "ack-backwards", body.code);
  assert.equal(answers.at(-1)?.status, 200);
  assert.equal((await consumer.get()).body.cursor, cursors.at(-1));
});

it("an acknowledgement that cannot be stored is refused and counts for nothing, and may be sent again", async (context) => {
  const store = openMemoryStore({ clock: new HandClock() });
  const put = store.consumers.put.bind(store.consumers);
  const server = await aServer(context, { app: { machine: { store } } });
  const consumer = aConsumer(server);
  const { body: made } = await consumer.put({ from: "earliest" });
  await publishAll(server, "e1", "e2");
  const { lease } = (await consumer.fetch()).body;
  store.consumers.put = async () => {
    throw new TrotlineError("store-full", "There is no room.");
  };
  const refused = await consumer.ack("e1", lease);
  assert.deepEqual([refused.status, refused.body.code, refused.body.retryable], [503, "store-full", true]);
  assert.equal((await consumer.get()).body.cursor, made.cursor);
  assert.deepEqual(idsOf(await consumer.fetch(`lease=${lease}`)), ["e1", "e2"]);
  assert.equal((await aConsumer(server, "another").put()).status, 503);
  assert.equal((await aConsumer(server, "another").get()).status, 404);
  store.consumers.put = put;
  assert.equal((await consumer.ack("e1", lease)).status, 200);
  assert.deepEqual(idsOf(await consumer.fetch(`lease=${lease}`)), ["e2"]);
});

it("who waits is answered at once when the server stops", async (context) => {
  const server = await aServer(context);
  const consumer = aConsumer(server);
  await consumer.put();
  const waiting = consumer.fetch("wait=60");
  await isWaiting(server);
  server.app.feed.close();
  const page = await waiting;
  assert.deepEqual([page.status, idsOf(page)], [200, []]);
});

it("positions and settings outlast a restart, leases do not", () =>
  inFolder(async (folder) => {
    const open = async (context: Pick<TestContext, "after">): Promise<TestServer> =>
      aServer(context, { app: { adminKey: "key_of_a_test", store: { folder, bytesMax: null } } });
    const closings: (() => unknown)[] = [];
    const context = { after: (close: () => unknown) => void closings.push(close) } as Pick<TestContext, "after">;
    const server = await open(context);
    const consumer = aConsumer(server);
    await consumer.put({ from: "earliest", types: ["order.*"], filter: "data.amount > 0", lease_ms: 5000 });
    const [first] = await publishAll(server, "e1", "e2");
    const { lease } = (await consumer.fetch()).body;
    const { body: acked } = await consumer.ack(first as string, lease);
    await closings.pop()?.();

    const again = await open(context);
    const resumed = aConsumer(again);
    const { leased_until: _, lag_seconds: __, ...rest } = acked;
    const { leased_until: leasedUntil, lag_seconds: ___, ...now } = (await resumed.get()).body;
    assert.deepEqual(now, rest);
    assert.equal(leasedUntil, null);
    assert.equal((await resumed.ack(first as string, lease)).body.code, "lease-stale");
    assert.deepEqual(idsOf(await resumed.fetch()), ["e2"]);
    await closings.pop()?.();
  }));
