/** Recoveries over HTTP, to a real receiver: everything that failed is sent again, and nothing else. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { limits } from "../../src/core/limits.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aReplaySetting, cursorOf, idsAt, numbered, type ReplaySetting } from "./a-replay.ts";

const hourMs = 3_600_000;
const givesUp = { retry_delays_ms: [], disable_after_ms: null };

/** Publishes events of which those with an even number fail. */
async function halfFailed(setting: ReplaySetting, count: number, from = 1): Promise<string[]> {
  const { receiver, ask, id, app } = setting;
  receiver.answer(({ headers }) => (numberOf(String(headers["webhook-id"])) % 2 === 0 ? 500 : 200));
  const events = numbered(count, () => ({}), from);
  for (let at = 0; at < count; at += 1000) await ask("POST /v1/events", { body: events.slice(at, at + 1000) });
  await eventually(
    "all were tried",
    async () => {
      const { lag, in_flight } = (await ask(`GET /v1/endpoints/${id}`)).body;
      return lag === 0 && in_flight === 0;
    },
    60_000,
  );
  await app.dispatcher.journal.flushed();
  receiver.answer(200);
  const ids = (events as { id: string }[]).map((event) => event.id);
  return ids.filter((eventId) => numberOf(eventId) % 2 === 0);
}

const numberOf = (eventId: string): number => Number(eventId.slice(1));
const byNumber = (ids: readonly string[]): string[] => ids.toSorted((left, right) => numberOf(left) - numberOf(right));

function recovering(setting: ReplaySetting) {
  const stateOf = async (eventId: string) => (await setting.ask(`GET /v1/events/${eventId}`)).body.deliveries[0].state;
  const recover = async (body: object) => setting.ask(`POST /v1/endpoints/${setting.id}/recover`, { body });
  return { stateOf, recover };
}

it("five thousand that were given up are counted, and sent once more beside live events, which do not wait", async (context) => {
  const setting = await aReplaySetting(context, { endpoint: givesUp });
  const { receiver, becomes, ask, app, id } = setting;
  const { recover, stateOf } = recovering(setting);
  const failed = await halfFailed(setting, 10_000);
  const before = receiver.requests.length;
  assert.equal(before, 10_000);
  const dry = await recover({ since: "earliest", dry_run: true });
  assert.deepEqual([dry.status, dry.body.status, dry.body.matched, dry.body.only], [201, "counted", 5000, "parked"]);
  assert.equal(receiver.requests.length, before);
  const made = await recover({ since: "earliest" });
  assert.equal(made.headers.get("location"), `/v1/replays/${made.body.id}`);
  await ask("POST /v1/events", { body: numbered(1, () => ({}), 10_001) });
  await eventually("the live one is delivered", async () => (await stateOf("e10001")) === "delivered");
  const done = await becomes(made.body.id, "completed", 60_000);
  assert.deepEqual([done.matched, done.delivered, done.failed], [5000, 5000, 0]);
  assert.deepEqual(byNumber(idsAt(receiver, before).filter((eventId) => eventId !== "e10001")), failed);
  const { number } = app.registry.requireEndpoint(id);
  await app.dispatcher.journal.flushed();
  assert.deepEqual(await app.store.journal.failedAmong(number, { first: 1, last: 10_001, limit: 10 }), []);
  assert.equal(await stateOf("e5000"), "delivered");
  assert.equal((await recover({ since: "earliest", dry_run: true })).body.matched, 0);
});

it("only what failed behind `since` and up to `until` is sent, and the rest stays as it is", async (context) => {
  const setting = await aReplaySetting(context, { endpoint: givesUp });
  const { receiver, becomes } = setting;
  const { recover, stateOf } = recovering(setting);
  await halfFailed(setting, 20);
  const { body } = await recover({ since: "e6", until: cursorOf(setting, 13) });
  assert.deepEqual([body.from, body.to], [cursorOf(setting, 6), cursorOf(setting, 13)]);
  assert.equal((await becomes(body.id, "completed")).delivered, 3);
  assert.deepEqual(byNumber(idsAt(receiver, 20)), ["e8", "e10", "e12"]);
  assert.deepEqual(await Promise.all(["e6", "e8", "e14"].map(stateOf)), ["exhausted", "delivered", "exhausted"]);
});

it("what waits for a retry is sent too, and not retried as well", async (context) => {
  const setting = await aReplaySetting(context, { endpoint: { retry_delays_ms: [hourMs] } });
  const { receiver, becomes, ask, id } = setting;
  const failed = await halfFailed(setting, 8);
  const { body } = await recovering(setting).recover({ since: "earliest" });
  assert.equal((await becomes(body.id, "completed")).delivered, 4);
  assert.deepEqual(byNumber(idsAt(receiver, 8)), failed);
  await eventually("nothing is parked", async () => (await ask(`GET /v1/endpoints/${id}`)).body.parked === 0);
});

it("so much that waits for a retry that replays rest is sent all the same: that is what makes room", async (context) => {
  const { parkedPerEndpoint } = limits;
  context.after(() => Object.assign(limits, { parkedPerEndpoint }));
  Object.assign(limits, { parkedPerEndpoint: 30 });
  const setting = await aReplaySetting(context, { endpoint: { retry_delays_ms: [hourMs], disable_after_ms: null } });
  const { recover } = recovering(setting);
  await halfFailed(setting, 40);
  const made = await recover({ since: "earliest" });
  const done = await setting.becomes(made.body.id, "completed", 20_000);
  assert.deepEqual([done.matched, done.delivered], [20, 20]);
});

it("what was never tried is not sent: events before the endpoint was made, or of other types", async (context) => {
  const setting = await aReplaySetting(context, { endpoint: { ...givesUp, types: ["order.*"] } });
  const { receiver, becomes, ask } = setting;
  await ask("POST /v1/events", { body: numbered(10, () => ({ type: "invoice.paid" }), 100) });
  const failed = await halfFailed(setting, 6);
  const late = (await ask("POST /v1/endpoints", { body: { url: receiver.url, ...givesUp } })).body;
  const none = await ask(`POST /v1/endpoints/${late.id}/recover`, { body: { since: "earliest" } });
  assert.equal((await becomes(none.body.id, "completed")).matched, 0);
  const { body } = await recovering(setting).recover({ since: "earliest" });
  assert.equal((await becomes(body.id, "completed")).matched, 3);
  assert.deepEqual(byNumber(idsAt(receiver, 6)), failed);
});

it("it finds what failed by its rows: counting reads no event, however long the log is", async (context) => {
  const setting = await aReplaySetting(context, { events: numbered(3000), endpoint: givesUp });
  const { receiver, becomes, app, ask } = setting;
  const { recover } = recovering(setting);
  const sparse = ["e3001", "e3500", "e5999"];
  receiver.answer(({ headers }) => (sparse.includes(String(headers["webhook-id"])) ? 500 : 200));
  for (let from = 3001; from < 6000; from += 1000) {
    await ask("POST /v1/events", { body: numbered(1000, () => ({}), from) });
  }
  await eventually("all were tried", () => receiver.requests.length === 6000, 60_000);
  await app.dispatcher.journal.flushed();
  receiver.answer(200);
  const { events } = app.store;
  const read = events.read.bind(events);
  let eventsRead = 0;
  events.read = async (query) => {
    const page = await read(query);
    eventsRead += page.events.length;
    return page;
  };
  assert.equal((await recover({ since: "earliest", dry_run: true })).body.matched, 3);
  assert.equal(eventsRead, 0);
  await becomes((await recover({ since: "earliest" })).body.id, "completed");
  assert.equal(eventsRead, 3);
  assert.deepEqual(byNumber(idsAt(receiver, 6000)), sparse);
});

it("what fails again is counted, and is as it was: given up, or retried by its schedule", async (context) => {
  const setting = await aReplaySetting(context, { endpoint: givesUp });
  const { receiver, becomes } = setting;
  const { recover, stateOf } = recovering(setting);
  await halfFailed(setting, 10);
  receiver.answer(({ headers }) => (headers["webhook-id"] === "e4" ? 500 : 200));
  const { body } = await recover({ since: "earliest" });
  const done = await becomes(body.id, "completed");
  assert.deepEqual([done.sent, done.delivered, done.failed], [5, 4, 1]);
  assert.deepEqual(await Promise.all(["e4", "e6"].map(stateOf)), ["exhausted", "delivered"]);
  assert.equal((await recover({ since: "earliest", dry_run: true })).body.matched, 1);
});

it("it is paused, shown, resumed and cancelled as any replay is; what it has not sent stays given up", async (context) => {
  const setting = await aReplaySetting(context, { endpoint: givesUp });
  const { receiver, ask, show, becomes, id } = setting;
  const { recover } = recovering(setting);
  await halfFailed(setting, 100);
  const held: (() => void)[] = [];
  receiver.answer({ write: (response) => void held.push(() => response.writeHead(200).end()) });
  const replayId = (await recover({ since: "earliest" })).body.id;
  await eventually("some are in flight", () => held.length === 4);
  assert.equal((await ask(`POST /v1/replays/${replayId}/pause`)).body.status, "paused");
  for (const answer of held.splice(0)) answer();
  await eventually("what was in flight ended", async () => (await show(replayId)).delivered === 4);
  assert.equal((await ask(`GET /v1/replays?endpoint_id=${id}`)).body.data[0].id, replayId);
  assert.equal((await ask(`POST /v1/replays/${replayId}/cancel`)).body.status, "cancelled");
  assert.equal((await recover({ since: "earliest", dry_run: true })).body.matched, 46);
  receiver.answer(200);
  const again = (await recover({ since: "earliest" })).body;
  assert.equal((await becomes(again.id, "completed")).delivered, 46);
});

it("what was delivered while it waited for its turn is not sent again", async (context) => {
  const setting = await aReplaySetting(context, { endpoint: givesUp });
  const { receiver, ask, becomes, id } = setting;
  await halfFailed(setting, 100);
  const held: (() => void)[] = [];
  receiver.answer({
    write: (response, { headers }) => {
      const answer = (): void => void response.writeHead(200).end();
      if (headers["webhook-id"] === "e90") answer();
      else held.push(answer);
    },
  });
  const replayId = (await recovering(setting).recover({ since: "earliest" })).body.id;
  await eventually("it has begun", () => held.length === 4);
  assert.equal((await ask(`POST /v1/endpoints/${id}/deliveries/e90/retry`)).body.delivered, true);
  receiver.answer(200);
  for (const answer of held) answer();
  const done = await becomes(replayId, "completed");
  assert.deepEqual([done.matched, done.delivered, done.sent], [50, 49, 49]);
  assert.equal(idsAt(receiver, 100).filter((eventId) => eventId === "e90").length, 1);
});

it("all endpoints of a tenant are recovered at once, each by a replay, and those without failures are left alone", async (context) => {
  const setting = await aReplaySetting(context, { endpoint: { ...givesUp, tenant: "acme" } });
  const { receiver, ask, becomes, app } = setting;
  const made = async (tenant: string, types: string[]) =>
    (await ask("POST /v1/endpoints", { body: { url: receiver.url, ...givesUp, tenant, types } })).body.id;
  const second = await made("acme", ["order.*"]);
  const idle = await made("acme", ["invoice.*"]);
  const foreign = await made("other", []);
  receiver.answer(500);
  for (const tenant of ["acme", "other"]) {
    await ask("POST /v1/events", { body: numbered(3, () => ({ tenant })) });
  }
  await eventually("all were tried", () => receiver.requests.length === 9);
  await app.dispatcher.journal.flushed();
  receiver.answer(200);
  const recover = async (body: object) => (await ask("POST /v1/recover", { body })).body.data;
  const idsOf = (replays: { endpoint_id: string }[]) => replays.map(({ endpoint_id }) => endpoint_id).sort();
  const counted = await recover({ since: "earliest", dry_run: true });
  assert.deepEqual(idsOf(counted), [setting.id, second, foreign].sort());
  assert.ok(
    counted.every(({ matched, status }: { matched: number; status: string }) => matched === 3 && status === "counted"),
  );
  const ofTenant = await recover({ tenant: "acme", since: "earliest" });
  assert.deepEqual(idsOf(ofTenant), [setting.id, second].sort());
  for (const { id } of ofTenant) assert.equal((await becomes(id, "completed")).delivered, 3);
  assert.deepEqual(idsOf(await recover({ since: "earliest", dry_run: true })), [foreign]);
  assert.deepEqual(await recover({ tenant: "acme", since: "earliest" }), []);
  assert.equal((await ask(`GET /v1/endpoints/${idle}`)).body.in_flight, 0);
});
