/** When a delivery is tried again, for how long, and what counts as delivered, as an endpoint's settings say. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { retryPresets } from "../../src/core/retry-schedule.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { aMovedClock } from "./a-moved-clock.ts";
import { anEvent, aServer } from "./a-server.ts";

const url = "https://example.com/hook";
const hourMs = 3_600_000;

async function aReceiver(context: Parameters<typeof aServer>[0]) {
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  return receiver;
}

it("a schedule is told as a list, a preset or a rule, and read as a list", async (context) => {
  const { ask } = await aServer(context);
  const made = async (body: object) => (await ask("POST /v1/endpoints", { body: { url, ...body } })).body;
  const plain = await made({});
  assert.deepEqual(
    [plain.retry_delays_ms, plain.retry_jitter, plain.retry_max_age_ms, plain.rate_limit, plain.success_statuses],
    [retryPresets.default, 0.2, null, null, []],
  );
  for (const [preset, delaysMs] of Object.entries(retryPresets)) {
    assert.deepEqual((await made({ retry: { preset } })).retry_delays_ms, delaysMs);
  }
  const rule = await made({ retry: { initial_ms: 1000, factor: 3, max_delay_ms: 20_000, retries: 5 } });
  assert.deepEqual(rule.retry_delays_ms, [1000, 3000, 9000, 20_000, 20_000]);
  assert.equal(rule.retry, undefined);
  assert.deepEqual((await made({ retry: { initial_ms: 10, retries: 3 } })).retry_delays_ms, [10, 20, 40]);
  const limited = await made({ rate_limit: { per_second: 0.5 }, retry_jitter: 0, retry_max_age_ms: 60_000 });
  assert.deepEqual(limited.rate_limit, { per_second: 0.5, burst: 2 });
  const change = async (body: object) => (await ask(`PATCH /v1/endpoints/${limited.id}`, { body })).body;
  await change({ rate_limit: { per_second: 1000, burst: 7 }, retry: { preset: "quick" } });
  const after = await change({ success_statuses: [302, 304, 302], retry_max_age_ms: null });
  assert.deepEqual(
    [after.rate_limit, after.retry_delays_ms, after.retry_jitter, after.retry_max_age_ms, after.success_statuses],
    [{ per_second: 1000, burst: 7 }, retryPresets.quick, 0, null, [302, 304]],
  );
  assert.equal((await change({ rate_limit: null })).rate_limit, null);
});

it("settings that do not fit are refused, each with the member that is wrong", async (context) => {
  const { ask } = await aServer(context);
  const refusals: [object, string][] = [
    [{ retry: { preset: "default" }, retry_delays_ms: [1] }, "/retry"],
    [{ retry: {} }, "/retry/initial_ms"],
    [{ retry: { initial_ms: 5 } }, "/retry/retries"],
    [{ retry: { preset: "none", retries: 3 } }, "/retry/retries"],
    [{ retry: { preset: "often" } }, "/retry/preset"],
    [{ retry: { initial_ms: 5, factor: 0.5, retries: 1 } }, "/retry/factor"],
    [{ retry: { initial_ms: 5, retries: 51 } }, "/retry/retries"],
    [{ retry_jitter: 1.1 }, "/retry_jitter"],
    [{ retry_max_age_ms: 999 }, "/retry_max_age_ms"],
    [{ rate_limit: { per_second: 0 } }, "/rate_limit/per_second"],
    [{ rate_limit: { per_second: 10_001 } }, "/rate_limit/per_second"],
    [{ rate_limit: { per_second: 1, burst: 0 } }, "/rate_limit/burst"],
    [{ rate_limit: { burst: 1 } }, "/rate_limit/per_second"],
    [{ success_statuses: [302, 410] }, "/success_statuses/1"],
    [{ success_statuses: [102] }, "/success_statuses/0"],
    [{ success_statuses: Array.from({ length: 51 }, (_, index) => 300 + index) }, "/success_statuses"],
  ];
  for (const [body, field] of refusals) {
    const refused = await ask("POST /v1/endpoints", { body: { url, ...body } });
    const got = [refused.status, refused.body.code, refused.body.field];
    assert.deepEqual(got, [400, "invalid-body", field], `${JSON.stringify(body)} ${refused.body.detail}`);
  }
});

it("no schedule outlasts retention, with its jitter, and a greatest age may shorten it; a change is judged as a whole", async (context) => {
  const { ask } = await aServer(context, { app: { retentionAgeMs: 100 * hourMs } });
  const tooLong = { retry_delays_ms: Array<number>(9).fill(10 * hourMs) };
  const refused = await ask("POST /v1/endpoints", { body: { url, ...tooLong } });
  assert.deepEqual([refused.status, refused.body.code], [400, "schedule-too-long"]);
  const { status, body } = await ask("POST /v1/endpoints", {
    body: { url, ...tooLong, retry_max_age_ms: 99 * hourMs },
  });
  assert.equal(status, 201);
  const change = async (settings: object) => (await ask(`PATCH /v1/endpoints/${body.id}`, { body: settings })).body;
  assert.equal((await change({ retry_max_age_ms: null })).code, "schedule-too-long");
  assert.equal((await change({ retry_max_age_ms: null, retry_jitter: 0.1 })).retry_jitter, 0.1);
  assert.equal((await change({ retry_jitter: 0.2 })).code, "schedule-too-long");
  assert.equal((await change({ description: "x" })).description, "x");
});

it("a status that an endpoint calls delivered is delivered for the breaker, attempts, metrics and the event", async (context) => {
  const { ask, app } = await aServer(context);
  const receiver = await aReceiver(context);
  receiver.answer({
    write: (response) => response.writeHead(302, { location: "/x", "retry-after": "60" }).end("moved"),
  });
  const made = async (body: object) =>
    (await ask("POST /v1/endpoints", { body: { url: receiver.url, retry_delays_ms: [hourMs], ...body } })).body.id;
  const [taking, plain] = [await made({ success_statuses: [302] }), await made({})];
  await ask("POST /v1/events", { body: Array.from({ length: 12 }, (_, index) => anEvent({ id: `e${index}` })) });
  await eventually("all are sent", async () => (await ask(`GET /v1/endpoints/${taking}`)).body.lag === 0);
  await app.dispatcher.journal.flushed();
  const { health, parked } = (await ask(`GET /v1/endpoints/${taking}`)).body;
  assert.deepEqual([health.state, health.paused_until, parked], ["healthy", null, 0]);
  const { data } = (await ask(`GET /v1/attempts?endpoint_id=${taking}&status=delivered`)).body;
  assert.equal(data.length, 12);
  assert.deepEqual(
    [data[0].delivered, data[0].status, data[0].error_class, data[0].response_body],
    [true, 302, null, "moved"],
  );
  const { deliveries } = (await ask("GET /v1/events/e3")).body;
  const stateAt = (id: string) =>
    deliveries.find((delivery: { endpoint_id: string }) => delivery.endpoint_id === id).state;
  assert.equal(stateAt(taking), "delivered");
  assert.notEqual(stateAt(plain), "delivered", "to every other endpoint a redirect is a failure");
  assert.match((await ask("GET /metrics")).text, /^trotline_attempts_total\{result="delivered"\} 12$/m);
});

it("no attempt begins when the event is too old, and then it is exhausted", async (context) => {
  const { ask, app } = await aServer(context);
  const receiver = await aReceiver(context);
  receiver.answer(500);
  const settings = { retry_delays_ms: Array<number>(30).fill(250), retry_jitter: 0, retry_max_age_ms: 1000 };
  const { id } = (await ask("POST /v1/endpoints", { body: { url: receiver.url, ...settings } })).body;
  await ask("POST /v1/events", { body: anEvent({ id: "e" }) });
  const delivery = await eventually("given up", async () => {
    const [known] = (await ask("GET /v1/events/e")).body.deliveries;
    return known.state === "exhausted" && known;
  });
  await app.dispatcher.journal.flushed();
  const { data } = (await ask(`GET /v1/attempts?endpoint_id=${id}`)).body;
  const acceptedAtMs = Date.parse((await ask("GET /v1/events/e")).body.accepted_at);
  assert.ok(delivery.attempts < 10, "its schedule was not used up");
  assert.equal(data.length, delivery.attempts);
  for (const { started_at } of data) assert.ok(Date.parse(started_at) <= acceptedAtMs + 1000, started_at);
});

it("what became too old while its endpoint was paused is given up without an attempt, and by hand it goes", async (context) => {
  const { clock, forward } = aMovedClock();
  const { ask, app } = await aServer(context, { app: { machine: { clock } } });
  const receiver = await aReceiver(context);
  receiver.answer(500);
  const settings = { retry_max_age_ms: hourMs, retry: { initial_ms: 60_000, retries: 5 } };
  const { id } = (await ask("POST /v1/endpoints", { body: { url: receiver.url, ...settings } })).body;
  await ask("POST /v1/events", { body: anEvent({ id: "parked" }) });
  await eventually("parked", async () => (await ask(`GET /v1/endpoints/${id}`)).body.parked === 1);
  receiver.answer(200);
  await ask(`POST /v1/endpoints/${id}/pause`);
  await ask("POST /v1/events", { body: [anEvent({ id: "waiting" }), anEvent({ id: "another" })] });
  forward(2 * hourMs);
  await ask("POST /v1/events", { body: anEvent({ id: "fresh" }) });
  await ask(`POST /v1/endpoints/${id}/resume`);
  const stateOf = async (event: string) => (await ask(`GET /v1/events/${event}`)).body.deliveries[0];
  await eventually("the fresh one is delivered", async () => (await stateOf("fresh")).state === "delivered");
  await eventually("the others are given up", async () => (await stateOf("parked")).state === "exhausted");
  await app.dispatcher.journal.flushed();
  for (const event of ["waiting", "another"]) {
    const { state, attempts, last_attempt } = await stateOf(event);
    assert.deepEqual([state, attempts, last_attempt], ["exhausted", 0, null], event);
  }
  assert.equal((await stateOf("parked")).attempts, 1);
  assert.equal(receiver.requests.length, 2);
  assert.equal((await ask(`GET /v1/endpoints/${id}`)).body.in_flight, 0);
  assert.match((await ask("GET /metrics")).text, /^trotline_deliveries_total\{outcome="exhausted"\} 3$/m);
  assert.equal((await ask(`POST /v1/endpoints/${id}/deliveries/waiting/retry`)).body.delivered, true);
  assert.equal((await stateOf("waiting")).state, "delivered");
});

it("an endpoint whose breaker is open does not spin over what is too old, and is found well by a fresh event", async (context) => {
  const { clock, forward } = aMovedClock();
  const { ask, app } = await aServer(context, { app: { machine: { clock } } });
  const receiver = await aReceiver(context);
  receiver.answer(500);
  const settings = { retry_max_age_ms: hourMs, retry: { initial_ms: 60_000, retries: 5 } };
  const { id } = (await ask("POST /v1/endpoints", { body: { url: receiver.url, ...settings } })).body;
  await ask("POST /v1/events", { body: Array.from({ length: 20 }, (_, index) => anEvent({ id: `e${index}` })) });
  const shown = async () => (await ask(`GET /v1/endpoints/${id}`)).body;
  await eventually("open", async () => (await shown()).health.state === "open");
  const sent = receiver.requests.length;
  receiver.answer(200);
  forward(2 * hourMs);
  await eventually("all are given up", async () => {
    const { parked, lag } = await shown();
    return parked === 0 && lag === 0;
  });
  let loads = 0;
  const load = app.store.journal.firstExhausted.bind(app.store.journal);
  app.store.journal.firstExhausted = (...given) => {
    loads += 1;
    return load(...given);
  };
  forward(hourMs);
  await ask("POST /v1/events", { body: anEvent({ id: "fresh" }) });
  await eventually("well", async () => (await shown()).health.state === "healthy");
  assert.equal(receiver.requests.length, sent + 1);
  assert.ok(loads < 10, `${loads} times asked for what was given up`);
});
