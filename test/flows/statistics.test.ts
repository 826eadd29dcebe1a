/** Statistics over HTTP, of attempts that the test knows. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import { Trotline } from "../../src/sdk/client.ts";
import type { Statistics } from "../../src/sdk/wire-stats.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { aServer, type TestServer } from "./a-server.ts";

async function aReceiver(context: TestContext): Promise<TestReceiver> {
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  return receiver;
}

async function anEndpoint(server: TestServer, body: object): Promise<string> {
  const made = await server.ask("POST /v1/endpoints", { body });
  assert.equal(made.status, 201, made.text);
  return made.body.id;
}

async function publish(server: TestServer, events: readonly object[]): Promise<void> {
  const answer = await server.ask("POST /v1/events", { body: events });
  assert.equal(answer.status, 201, answer.text);
}

async function read(server: TestServer, query = "", key = server.key): Promise<Statistics> {
  const { status, body, text } = await server.ask(`GET /v1/stats?${query}`, { key });
  assert.equal(status, 200, text);
  return body;
}

/** Once as many attempts are counted as the test made. */
const whenCounted = (server: TestServer, attempts: number): Promise<Statistics> =>
  eventually(`${attempts} attempts are counted`, async () => {
    await server.app.observing.roll.look();
    const statistics = await read(server);
    return statistics.total.attempts >= attempts && statistics;
  });

const countsOf = ({ sent, delivered, attempts }: Statistics["total"]): number[] => [sent, delivered, attempts];

const keyOf = async (server: TestServer, body: object): Promise<string> =>
  (await server.ask("POST /v1/keys", { body: { name: "one", scopes: ["read"], ...body } })).body.key;

it("deliveries, attempts, errors and delays are those that were made", async (context) => {
  const server = await aServer(context);
  const receiver = await aReceiver(context);
  let received = 0;
  // The first of each four fails, and is sent again at once.
  receiver.answer(() => (received++ % 4 === 0 ? 503 : 200));
  const id = await anEndpoint(server, { url: receiver.url, retry_delays_ms: [1000], max_in_flight: 1, types: ["a.*"] });
  const occurred = new Date(Date.now() - 60_000).toISOString();
  await publish(
    server,
    ["a.x", "a.y", "a.x"].map((type) => ({ type, data: {}, occurred_at: occurred })),
  );
  const { total, groups, bucket, now } = await whenCounted(server, 4);
  assert.deepEqual(countsOf(total), [3, 3, 4]);
  assert.equal(total.success_rate, 1);
  assert.equal(total.attempts_per_delivery, 4 / 3);
  assert.deepEqual(total.errors, { http_status: 1 });
  const { from_occurred: fromOccurred, from_accepted: fromAccepted, from_attempt: fromAttempt } = total.delay_ms;
  assert.ok(fromOccurred !== null && fromAccepted !== null && fromAttempt !== null);
  assert.ok(fromOccurred.p50 >= 60_000 * (1 - 1 / 32), "a minute before it was published");
  assert.ok(fromAccepted.max >= 1000 * 0.8, "one waited for its retry");
  assert.ok(fromAttempt.max <= fromAccepted.max && fromAccepted.max < fromOccurred.max);
  assert.equal(bucket, "5m");
  assert.equal(groups.length, 1);
  assert.deepEqual(
    groups[0]?.buckets.reduce((sum, { sent }) => sum + sent, 0),
    3,
  );
  assert.deepEqual(
    [now.endpoints, now.enabled, now.backlog, now.lag_ms, now.oldest_undelivered_at],
    [1, 1, 0, 0, null],
  );
  const byType = await read(server, `group_by=type&endpoint_id=${id}`);
  assert.deepEqual(
    byType.groups.map(({ key, total: { sent } }) => [key, sent]),
    [
      ["a.x", 2],
      ["a.y", 1],
    ],
  );
  const byEndpoint = await read(server, "group_by=endpoint&type=a.x&bucket=1h");
  assert.deepEqual(
    byEndpoint.groups.map(({ key, total: { sent } }) => [key, sent]),
    [[id, 2]],
  );
});

it("replays and tests are in none of the counts", async (context) => {
  const server = await aServer(context);
  const receiver = await aReceiver(context);
  const id = await anEndpoint(server, { url: receiver.url });
  await publish(server, [{ type: "a", data: {} }]);
  await whenCounted(server, 1);
  assert.equal((await server.ask(`POST /v1/endpoints/${id}/test`, { body: {} })).status, 200);
  const replay = await server.ask(`POST /v1/endpoints/${id}/replay`, { body: { from: "earliest" } });
  assert.equal(replay.status, 201, replay.text);
  await eventually("the replay has ended", async () => {
    return (await server.ask(`GET /v1/replays/${replay.body.id}`)).body.status === "completed";
  });
  await publish(server, [{ type: "a", data: {} }]);
  const { total } = await whenCounted(server, 2);
  assert.equal(receiver.requests.length, 4);
  assert.deepEqual(countsOf(total), [2, 2, 2]);
});

it("what waits now is told, with the age of what is oldest; a paused endpoint is counted apart", async (context) => {
  const server = await aServer(context);
  const receiver = await aReceiver(context);
  receiver.answer(500);
  const id = await anEndpoint(server, { url: receiver.url, retry_delays_ms: [600_000] });
  await publish(server, [{ type: "a", data: {} }]);
  const { now, total } = await whenCounted(server, 1);
  assert.equal(total.success_rate, 0);
  assert.deepEqual([now.failing, now.parked, now.backlog], [1, 1, 1]);
  assert.ok(now.oldest_undelivered_at !== null && now.lag_ms >= 0);
  assert.equal((await server.ask(`POST /v1/endpoints/${id}/pause`, { body: {} })).status, 200);
  const paused = (await read(server)).now;
  assert.deepEqual([paused.enabled, paused.paused, paused.failing, paused.backlog], [0, 1, 0, 0]);
});

it("a key of one tenant sees that tenant's alone", async (context) => {
  const server = await aServer(context);
  const receiver = await aReceiver(context);
  const ids = [];
  for (const tenant of ["acme", "other"]) ids.push(await anEndpoint(server, { url: receiver.url, tenant }));
  await publish(
    server,
    ["acme", "other", "other"].map((tenant) => ({ tenant, type: "a", data: {} })),
  );
  await whenCounted(server, 3);
  const key = await keyOf(server, { tenant: "acme" });
  assert.deepEqual(countsOf((await read(server, "", key)).total), [1, 1, 1]);
  const byTenant = await read(server, "group_by=tenant", key);
  assert.deepEqual(
    byTenant.groups.map((group) => group.key),
    ["acme"],
  );
  assert.equal(byTenant.now.endpoints, 1);
  const whole = await read(server, "group_by=tenant");
  assert.deepEqual(
    whole.groups.map((group) => group.key),
    ["other", "acme"],
  );
  const elsewhere = await server.ask(`GET /v1/stats?endpoint_id=${ids[1]}`, { key });
  assert.equal(elsewhere.body.code, "endpoint-not-found");
  const named = await server.ask("GET /v1/stats?tenant=other", { key });
  assert.equal(named.body.code, "tenant-refused");
});

it("what was counted is counted once, across a restart", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "trotline-statistics-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const receiver = await aReceiver(context);
  const app = { store: { folder, bytesMax: null } };
  const first = await aServer({ after: () => {} }, { app });
  await anEndpoint(first, { url: receiver.url });
  await publish(
    first,
    Array.from({ length: 50 }, () => ({ type: "a", data: {} })),
  );
  const before = await whenCounted(first, 50);
  await publish(first, [{ type: "a", data: {} }]);
  await eventually("all is sent", () => receiver.requests.length === 51);
  await first.server.close();
  await first.app.close();
  const second = await aServer(context, { app: { ...app, adminKey: "trot_key_of_the_second_start_0123456789" } });
  const after = await whenCounted(second, 51);
  assert.deepEqual(countsOf(before.total), [50, 50, 50]);
  assert.deepEqual(countsOf(after.total), [51, 51, 51]);
});

it("statistics of a deleted endpoint stay, and nobody is named", async (context) => {
  const server = await aServer(context);
  const receiver = await aReceiver(context);
  const id = await anEndpoint(server, { url: receiver.url });
  await publish(server, [{ type: "a", data: {} }]);
  await whenCounted(server, 1);
  assert.equal((await server.ask(`DELETE /v1/endpoints/${id}`)).status, 204);
  const { groups } = await read(server, "group_by=endpoint");
  assert.deepEqual(
    groups.map(({ key, is_others: isOthers, total }) => [key, isOthers, total.sent]),
    [[null, false, 1]],
  );
});

it("a range that cannot be answered is refused with a code", async (context) => {
  const server = await aServer(context);
  const week = new Date(Date.now() - 7 * 86_400_000).toISOString();
  const day = new Date(Date.now() - 86_400_000).toISOString();
  for (const [query, field] of [
    [`from=${day}&to=${week}`, "from"],
    ["from=1990-01-01T00:00:00Z", "from"],
    [`from=${week}&bucket=1m`, "bucket"],
    [`from=${day}&bucket=1m`, "bucket"],
  ]) {
    const { status, body } = await server.ask(`GET /v1/stats?${query}`);
    assert.deepEqual([status, body.code, body.field], [400, "statistics-range-refused", field], query);
  }
  for (const query of ["bucket=2m", "from=yesterday", "group_by=id", "endpoints=1"]) {
    const { status, body } = await server.ask(`GET /v1/stats?${query}`);
    assert.deepEqual([status, body.code], [400, "invalid-query"], query);
  }
  assert.equal((await read(server, `from=${week}`)).bucket, "1h");
  assert.equal((await read(server, "from=2026-01-01T00:00:00Z&to=2026-12-01T00:00:00Z")).bucket, "1d");
});

it("the client asks for what the server knows", async (context) => {
  const server = await aServer(context);
  const client = new Trotline({ url: server.url, key: server.key });
  const { total, group_by: groupBy, as_of: asOf } = await client.stats({ groupBy: "type", bucket: "1h" });
  assert.deepEqual([total.sent, total.success_rate, groupBy], [0, null, "type"]);
  assert.ok(asOf !== null && Date.parse(asOf) <= Date.now());
});
