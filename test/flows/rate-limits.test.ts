/** Rates of endpoints and of tenants, to real receivers: what they bound, what they leave alone, and who goes first. */
import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import type { AppOptions } from "../../src/app.ts";
import { burstOf } from "../../src/core/endpoint-pace.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { aMovedClock } from "./a-moved-clock.ts";
import { numbered } from "./a-replay.ts";
import { aServer } from "./a-server.ts";
import { assertRate, attemptsOf } from "./an-attempt-list.ts";

async function aSetting(context: TestContext, app: Partial<AppOptions> = {}) {
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  const server = await aServer(context, { app });
  const made = async (settings: object = {}): Promise<{ id: string; number: number }> => {
    const { id } = (await server.ask("POST /v1/endpoints", { body: { url: receiver.url, ...settings } })).body;
    return { id, number: server.app.registry.requireEndpoint(id).number };
  };
  const publish = (events: object[]) => server.ask("POST /v1/events", { body: events });
  const change = (id: string, body: object) => server.ask(`PATCH /v1/endpoints/${id}`, { body });
  return { ...server, receiver, made, publish, change };
}

it("an endpoint is sent to at its rate, after a first burst", async (context) => {
  const { app, receiver, made, publish } = await aSetting(context);
  const limit = { perSecond: 40, burst: 5 };
  const { number } = await made({ rate_limit: { per_second: limit.perSecond, burst: limit.burst } });
  const beganAtMs = performance.now();
  await publish(numbered(45));
  await eventually("all are delivered", () => receiver.requests.length === 45);
  assert.ok(performance.now() - beganAtMs >= 950, "forty of them took a second");
  assertRate(await attemptsOf(app, number), limit);
});

it("retries and a replay keep to it as first attempts do, all together", async (context) => {
  const { app, receiver, made, publish, ask } = await aSetting(context);
  const limit = { perSecond: 50, burst: 2 };
  const { id, number } = await made({
    rate_limit: { per_second: limit.perSecond, burst: limit.burst },
    retry_delays_ms: [1, 1, 1],
    retry_jitter: 0,
  });
  const refused = new Set<string>();
  receiver.answer(({ headers }) => {
    const eventId = String(headers["webhook-id"]);
    if (Number(eventId.slice(1)) % 2 === 0 || refused.has(eventId)) return 200;
    refused.add(eventId);
    return 500;
  });
  await publish(numbered(30));
  await eventually("all are delivered", () => receiver.requests.length === 45);
  const replay = (await ask(`POST /v1/endpoints/${id}/replay`)).body;
  await eventually("replayed", async () => (await ask(`GET /v1/replays/${replay.id}`)).body.status === "completed");
  const begun = await attemptsOf(app, number);
  const count = (trigger: string) => begun.filter((attempt) => attempt.trigger === trigger).length;
  assert.deepEqual([count("first"), count("retry"), count("replay")], [30, 15, 30]);
  assertRate(begun, limit);
  assert.ok(begun.at(-1)!.startedAtMs - begun[0]!.startedAtMs >= (1000 * (75 - 2)) / 50 - 50);
});

it("live events go before a replay that keeps to the same rate", async (context) => {
  const { app, receiver, made, publish, change, ask } = await aSetting(context);
  const { id, number } = await made();
  await publish(numbered(150));
  await eventually("delivered", () => receiver.requests.length === 150);
  await change(id, { rate_limit: { per_second: 100, burst: 1 } });
  const replay = (await ask(`POST /v1/endpoints/${id}/replay`)).body;
  const sent = async () => (await ask(`GET /v1/replays/${replay.id}`)).body.sent;
  for (let number = 151; number <= 155; number++) {
    const before = await sent();
    await eventually("the replay goes on", async () => (await sent()) > before);
    await publish(numbered(1, () => ({}), number));
  }
  await eventually("it has ended", async () => (await sent()) === 150);
  const begun = (await attemptsOf(app, number)).slice(150);
  const live = begun.filter(({ trigger }) => trigger === "first");
  assert.equal(live.length, 5);
  assertRate(begun, { perSecond: 100, burst: 1 });
  for (const { position, startedAtMs } of live) {
    const [event] = (await app.store.events.read({ after: position - 1, limit: 1, bytesMax: 1000 })).events;
    const between = begun.filter(
      (attempt) =>
        attempt.trigger === "replay" && attempt.startedAtMs > event!.acceptedAtMs && attempt.startedAtMs < startedAtMs,
    );
    assert.ok(between.length <= 5, `${between.length} attempts of the replay went before a live event`);
  }
});

it("one delivery by hand goes whatever the rate", async (context) => {
  const { receiver, made, publish, ask } = await aSetting(context);
  const { id } = await made({ rate_limit: { per_second: 0.01, burst: 1 } });
  await publish(numbered(3));
  await eventually("the first is delivered", () => receiver.requests.length === 1);
  for (let times = 2; times <= 4; times++) {
    assert.equal((await ask(`POST /v1/endpoints/${id}/deliveries/e3/retry`)).body.delivered, true);
    assert.equal(receiver.requests.length, times);
  }
  assert.equal((await ask(`GET /v1/endpoints/${id}`)).body.in_flight, 0);
});

it("a change of the rate holds at once, also for what waits already", async (context) => {
  const { receiver, made, publish, change } = await aSetting(context);
  const { id } = await made({ rate_limit: { per_second: 0.01, burst: 1 } });
  await publish(numbered(20));
  await eventually("the burst", () => receiver.requests.length === 1);
  await change(id, { rate_limit: { per_second: 1000, burst: 3 } });
  await eventually("the others", () => receiver.requests.length === 20);
  await change(id, { rate_limit: { per_second: 0.01, burst: 2 } });
  await publish(numbered(20, () => ({}), 21));
  await eventually("what is left of the burst", () => receiver.requests.length >= 21);
  await change(id, { rate_limit: null });
  await eventually("the others", () => receiver.requests.length === 40);
});

it("hours of rest give one burst and no more; a wall clock that steps changes nothing", async (context) => {
  const { clock, forward } = aMovedClock();
  let steppedMs = 0;
  const stepping = { wallMs: () => clock.wallMs() + steppedMs, steadyMs: () => clock.steadyMs() };
  const { receiver, made, publish } = await aSetting(context, { machine: { clock: stepping } });
  await made({ rate_limit: { per_second: 0.01, burst: 3 } });
  await publish(numbered(10));
  await eventually("the burst", () => receiver.requests.length === 3);
  for (const stepMs of [-3_600_000, 86_400_000]) {
    steppedMs = stepMs;
    await publish(numbered(1, () => ({}), stepMs > 0 ? 11 : 12));
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(receiver.requests.length, 3);
  }
  forward(6 * 3_600_000);
  await eventually("another burst", () => receiver.requests.length === 6);
  await publish(numbered(1, () => ({}), 13));
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(receiver.requests.length, 6);
  forward(100_000);
  await eventually("the next", () => receiver.requests.length === 7);
});

it("a tenant that floods keeps to its rate, shared by its endpoints in turns, and other tenants do not wait", async (context) => {
  const tenantRatePerSecond = 60;
  const { app, receiver, made, publish, ask } = await aSetting(context, { tenantRatePerSecond });
  const flooding: number[] = [];
  for (let count = 0; count < 3; count++) flooding.push((await made({ tenant: "flooding" })).number);
  const quiet = await made({ tenant: "quiet" });
  await publish(numbered(500, () => ({ tenant: "flooding" })));
  await eventually("it floods", () => receiver.requests.length > 10);
  for (let round = 0; round < 5; round++) {
    await publish([{ type: "a", data: round, tenant: "quiet" }]);
    await eventually("the quiet one's is delivered", async () => {
      const { lag, in_flight } = (await ask(`GET /v1/endpoints/${quiet.id}`)).body;
      return lag === 0 && in_flight === 0;
    });
  }
  await eventually("more", () => receiver.requests.length > 60);
  const begun = await attemptsOf(app);
  const ofFlooding = begun.filter(({ endpointNumber }) => flooding.includes(endpointNumber));
  assertRate(ofFlooding, { perSecond: tenantRatePerSecond, burst: burstOf(tenantRatePerSecond) });
  const each = flooding.map((number) => ofFlooding.filter(({ endpointNumber }) => endpointNumber === number).length);
  assert.ok(Math.max(...each) - Math.min(...each) <= 2, `${each}`);
  assert.equal(begun.length - ofFlooding.length, 5);
});

it("retries and replays of a tenant are of its rate, too", async (context) => {
  const { app, receiver, made, publish, ask } = await aSetting(context, { tenantRatePerSecond: 50 });
  const { id } = await made();
  await publish(numbered(20));
  await eventually("delivered", () => receiver.requests.length === 20);
  const replay = (await ask(`POST /v1/endpoints/${id}/replay`)).body;
  await eventually("replayed", async () => (await ask(`GET /v1/replays/${replay.id}`)).body.status === "completed");
  const begun = await attemptsOf(app);
  assert.equal(begun.length, 40);
  assertRate(begun, { perSecond: 50, burst: burstOf(50) });
});

it("an origin never has more in flight than it may, whoever's the endpoints are, and others do not wait for it", async (context) => {
  const capacity = { perProcess: 64, perTenant: 32, perOrigin: 3 };
  const { receiver, made, publish } = await aSetting(context, { capacity });
  const other = await startTestReceiver();
  context.after(() => other.close());
  const held: (() => void)[] = [];
  let isHeldMost = 0;
  receiver.answer({
    write: (response) => {
      held.push(() => response.writeHead(200).end());
      isHeldMost = Math.max(isHeldMost, held.length);
    },
  });
  for (const tenant of ["one", "other"]) await made({ tenant });
  await made({ tenant: "one", url: other.url });
  for (const tenant of ["one", "other"]) await publish(numbered(10, () => ({ tenant })));
  await eventually("the other origin has all", () => other.requests.length === 10);
  await eventually("as many as may are in flight", () => held.length === 3);
  await eventually("all are delivered", () => {
    held.shift()?.();
    return receiver.requests.length === 20 && held.length === 0;
  });
  assert.equal(isHeldMost, 3);
});

it("a lane that waits for a token takes no turns meanwhile", async (context) => {
  const clock = systemClock();
  const { app, receiver, made, publish } = await aSetting(context, { machine: { clock } });
  const { number } = await made({ rate_limit: { per_second: 0.05, burst: 1 } });
  await publish(numbered(50));
  await eventually("the burst", () => receiver.requests.length === 1);
  await app.dispatcher.journal.flushed();
  let asked = 0;
  const { rates } = app.dispatcher;
  const mayAtMs = rates.laneMayAtMs.bind(rates);
  rates.laneMayAtMs = (...given) => {
    asked += 1;
    return mayAtMs(...given);
  };
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(asked, 0);
  assert.ok(app.dispatcher.lanes.get(number)?.wakeAtMs, "it is to be woken");
});
