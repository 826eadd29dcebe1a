/** Replays over HTTP, to a real receiver: what is sent again, counted, stopped and taken up. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { aReplaySetting, cursorOf, idsAt, numbered } from "./a-replay.ts";

it("a replay of everything sends every event once more, and says how far it is", async (context) => {
  const setting = await aReplaySetting(context, { events: numbered(250) });
  const { receiver, replay, becomes, ask, id } = setting;
  const made = await replay();
  assert.equal(made.status, 201);
  assert.equal(made.headers.get("location"), `/v1/replays/${made.body.id}`);
  assert.match(made.body.id, /^rpl_/);
  assert.equal(made.body.matched, 250);
  assert.equal(made.body.endpoint_id, id);
  assert.deepEqual([made.body.from, made.body.to], [cursorOf(setting, 0), cursorOf(setting, 250)]);
  assert.deepEqual([made.body.types, made.body.only, made.body.dry_run], [[], "all", false]);
  const done = await becomes(made.body.id, "completed");
  assert.deepEqual([done.sent, done.delivered, done.failed, done.reason], [250, 250, 0, null]);
  assert.equal(done.cursor, cursorOf(setting, 250));
  assert.equal(done.counted_through, cursorOf(setting, 250));
  assert.equal(receiver.requests.length, 500);
  assert.equal(new Set(idsAt(receiver, 250)).size, 250);
  const { data } = (await ask(`GET /v1/attempts?endpoint_id=${id}&event_id=e7`)).body;
  assert.deepEqual(
    data.map(({ trigger, number }: { trigger: string; number: number }) => [trigger, number]),
    [
      ["replay", 2],
      ["first", 1],
    ],
  );
});

it("the range is behind `from` and up to `to`, and what is published later is not of it", async (context) => {
  const setting = await aReplaySetting(context, { events: numbered(10) });
  const { receiver, replay, becomes, ask } = setting;
  const { body } = await replay({ from: "e3", to: cursorOf(setting, 6) });
  await ask("POST /v1/events", { body: numbered(1, () => ({}), 11) });
  await becomes(body.id, "completed");
  await eventually("the new one too", () => receiver.requests.length === 14);
  assert.deepEqual(idsAt(receiver, 10).sort(), ["e11", "e4", "e5", "e6"]);
});

it("a replay of what failed sends only that, and counts the same", async (context) => {
  const refuse = (number: number): boolean => number % 5 === 0;
  const setting = await aReplaySetting(context, { endpoint: { retry_delays_ms: [] } });
  const { receiver, replay, becomes, ask, app } = setting;
  receiver.answer(({ body }) => (refuse(JSON.parse(body.toString()).data) ? 500 : 200));
  await ask("POST /v1/events", { body: numbered(40) });
  await eventually("all were tried", () => receiver.requests.length === 40);
  await app.dispatcher.journal.flushed();
  receiver.answer(200);
  const dry = await replay({ only: "failed", dry_run: true });
  assert.deepEqual([dry.body.status, dry.body.matched], ["counted", 8]);
  const { body } = await replay({ only: "failed" });
  assert.equal(body.matched, 8);
  const done = await becomes(body.id, "completed");
  assert.deepEqual([done.sent, done.delivered], [8, 8]);
  const expected = [5, 10, 15, 20, 25, 30, 35, 40].map((number) => `e${number}`);
  assert.deepEqual(idsAt(receiver, 40).sort(), expected.sort());
  const { body: event } = await ask("GET /v1/events/e5");
  assert.equal(event.deliveries[0].state, "delivered");
  assert.equal((await replay({ only: "failed", dry_run: true })).body.matched, 0);
});

it("a dry run counts what is then sent, and sends nothing itself", async (context) => {
  const types = (number: number) => ({ type: number % 3 === 0 ? "invoice.paid" : "order.paid" });
  const setting = await aReplaySetting(context, { events: numbered(2500, types) });
  const { receiver, replay, becomes } = setting;
  const before = receiver.requests.length;
  const range = { types: ["invoice.*"], to: cursorOf(setting, 2200) };
  const dry = (await replay({ ...range, dry_run: true })).body;
  assert.deepEqual([dry.status, dry.dry_run, dry.sent], ["counted", true, 0]);
  assert.equal(dry.counted_through, cursorOf(setting, 2200));
  assert.equal(receiver.requests.length, before);
  const { id } = (await replay(range)).body;
  const done = await becomes(id, "completed");
  assert.deepEqual([done.matched, done.sent], [dry.matched, 733]);
  assert.equal(receiver.requests.length - before, 733);
});

it("types that the endpoint did not take, and what it missed while it was disabled, can be replayed", async (context) => {
  const setting = await aReplaySetting(context, { endpoint: { types: ["invoice.*"] }, events: numbered(5) });
  const { receiver, replay, becomes, ask, id } = setting;
  assert.equal(receiver.requests.length, 0);
  assert.equal((await replay({ dry_run: true })).body.matched, 0, "it takes what the endpoint takes");
  await becomes((await replay({ types: ["order.*"] })).body.id, "completed");
  assert.deepEqual(idsAt(receiver).sort(), ["e1", "e2", "e3", "e4", "e5"]);

  receiver.answer(410);
  await ask("POST /v1/events", { body: numbered(1, () => ({ type: "invoice.paid" }), 6) });
  await eventually("disabled", async () => (await ask(`GET /v1/endpoints/${id}`)).body.status === "disabled");
  await ask("POST /v1/events", { body: numbered(2, () => ({ type: "invoice.paid" }), 7) });
  receiver.answer(200);
  await ask(`POST /v1/endpoints/${id}/resume`, { body: { from: "latest" } });
  const { body } = await replay({ only: "failed" });
  assert.deepEqual(body.types, ["invoice.*"]);
  await becomes(body.id, "completed");
  assert.deepEqual(idsAt(receiver, 6).sort(), ["e6", "e7", "e8"]);
});

it("an attempt that fails is parked, retried by the endpoint, and counted as failed", async (context) => {
  const setting = await aReplaySetting(context, { events: numbered(6), endpoint: { retry_delays_ms: [50, 50] } });
  const { receiver, replay, becomes, ask } = setting;
  let failures = 2;
  receiver.answer(({ headers }) => (headers["webhook-id"] === "e3" && failures-- > 0 ? 500 : 200));
  const { body } = await replay();
  const done = await becomes(body.id, "completed");
  assert.deepEqual([done.sent, done.delivered, done.failed], [6, 5, 1]);
  await eventually("the retries finish it", () => receiver.requests.length === 6 + 8);
  const { body: event } = await ask("GET /v1/events/e3");
  assert.equal(event.deliveries[0].state, "delivered");
  const { data } = (await ask("GET /v1/attempts?event_id=e3")).body;
  assert.deepEqual(
    data.map(({ trigger }: { trigger: string }) => trigger),
    ["retry", "retry", "replay", "first"],
  );
});

it("it is paused, resumed and cancelled, and says so", async (context) => {
  const setting = await aReplaySetting(context, { events: numbered(400) });
  const { receiver, replay, becomes, ask, show } = setting;
  const held: (() => void)[] = [];
  receiver.answer({ write: (response) => void held.push(() => response.writeHead(200).end()) });
  const letGo = (): void => {
    for (const answer of held.splice(0)) answer();
  };
  const { id } = (await replay()).body;
  await eventually("some are in flight", () => held.length === 4);
  assert.equal((await ask(`POST /v1/replays/${id}/pause`)).body.status, "paused");
  letGo();
  await eventually("what was in flight ended", async () => (await show(id)).delivered === 4);
  const after = receiver.requests.length;
  assert.equal((await ask(`POST /v1/replays/${id}/pause`)).body.status, "paused", "pausing twice is no error");
  assert.equal((await ask(`POST /v1/replays/${id}/resume`)).body.status, "running");
  await eventually("it goes on", () => held.length > 0);
  assert.equal(receiver.requests.length - after, held.length);
  assert.equal((await ask(`POST /v1/replays/${id}/cancel`)).body.status, "cancelled");
  const sentAtAll = receiver.requests.length;
  letGo();
  await eventually("the last are counted", async () => (await show(id)).sent === sentAtAll - 400);
  await becomes(id, "cancelled");
  assert.equal(receiver.requests.length, sentAtAll);
  for (const action of ["pause", "resume", "cancel"]) {
    const refused = await ask(`POST /v1/replays/${id}/${action}`);
    assert.deepEqual([refused.status, refused.body.code], [409, "replay-ended"], action);
  }
});

it("it rests while the endpoint is paused, and goes on when it is resumed", async (context) => {
  const setting = await aReplaySetting(context, { events: numbered(30) });
  const { receiver, replay, becomes, ask, id, show } = setting;
  await ask(`POST /v1/endpoints/${id}/pause`);
  const { body } = await replay();
  assert.deepEqual([body.status, body.matched], ["running", 30]);
  const other = await replay({ dry_run: true });
  assert.equal(other.body.status, "counted", "counting needs no endpoint that runs");
  assert.deepEqual([(await show(body.id)).sent, receiver.requests.length], [0, 30]);
  await ask(`POST /v1/endpoints/${id}/resume`);
  assert.equal((await becomes(body.id, "completed")).delivered, 30);
});

it("it stops at an endpoint that is dead, after as many failures as open its breaker, and goes on when it is back", async (context) => {
  const setting = await aReplaySetting(context, { events: numbered(300), endpoint: { retry_delays_ms: [] } });
  const { receiver, replay, becomes, ask, id } = setting;
  receiver.answer(500);
  const { body } = await replay();
  await eventually("open", async () => (await ask(`GET /v1/endpoints/${id}`)).body.health.state === "open");
  assert.ok(receiver.requests.length <= 300 + 10 + 8, `${receiver.requests.length} requests`);
  receiver.answer(200);
  const done = await becomes(body.id, "completed");
  assert.equal(done.sent, 300);
  assert.ok(done.failed >= 10 && done.failed <= 18, `${done.failed} failed`);
  await eventually("what was given up is sent again", async () => {
    const { body: failed } = await replay({ only: "failed", dry_run: true });
    const delivered = new Set((await ask(`GET /v1/attempts?endpoint_id=${id}&status=delivered&limit=1000`)).body.data);
    return failed.matched === 0 && delivered.size >= 600;
  });
});

it("`Retry-After` pauses it too", async (context) => {
  const setting = await aReplaySetting(context, { events: numbered(40), endpoint: { retry_delays_ms: [60_000] } });
  const { receiver, replay, becomes } = setting;
  let refusals = 1;
  const refusedAtMs: number[] = [];
  receiver.answer({
    write: (response, { atMs }) => {
      if (refusals-- > 0) {
        refusedAtMs.push(atMs);
        response.writeHead(429, { "retry-after": "1" }).end();
      } else {
        response.writeHead(200).end();
      }
    },
  });
  const { body } = await replay();
  const done = await becomes(body.id, "completed");
  assert.equal(done.failed, 1);
  const [pausedAtMs = 0] = refusedAtMs;
  const late = receiver.requests.slice(40).filter(({ atMs }) => atMs >= pausedAtMs + 900);
  assert.ok(late.length >= 40 - 8, "only what was in flight already went before the pause ended");
});

it("what is in flight already is not sent beside itself: the replay takes what comes of it", async (context) => {
  const setting = await aReplaySetting(context);
  const { receiver, replay, becomes, ask, show } = setting;
  const held: (() => void)[] = [];
  receiver.answer({ write: (response) => void held.push(() => response.writeHead(200).end()) });
  await ask("POST /v1/events", { body: numbered(2) });
  await eventually("in flight", () => held.length === 2);
  const { id } = (await replay()).body;
  assert.equal((await show(id)).matched, 2);
  await eventually("it came to them", async () => (await show(id)).status === "running");
  for (const answer of held) answer();
  const done = await becomes(id, "completed");
  assert.deepEqual([done.sent, done.delivered], [2, 2]);
  assert.equal(receiver.requests.length, 2);
});

it("what waits for its retry is sent by the replay, and not retried as well", async (context) => {
  const setting = await aReplaySetting(context, { endpoint: { retry_delays_ms: [60_000] } });
  const { receiver, replay, becomes, ask, id } = setting;
  receiver.answer(500);
  await ask("POST /v1/events", { body: numbered(3) });
  await eventually("parked", async () => (await ask(`GET /v1/endpoints/${id}`)).body.parked === 3);
  receiver.answer(200);
  const done = await becomes((await replay({ only: "failed" })).body.id, "completed");
  assert.deepEqual([done.matched, done.delivered], [3, 3]);
  await eventually("nothing is parked", async () => (await ask(`GET /v1/endpoints/${id}`)).body.parked === 0);
  assert.equal(receiver.requests.length, 6);
});

it("a deleted endpoint ends its replays as failed", async (context) => {
  const setting = await aReplaySetting(context, { events: numbered(20) });
  const { replay, becomes, ask, id } = setting;
  await ask(`POST /v1/endpoints/${id}/pause`);
  const { body } = await replay();
  await ask(`DELETE /v1/endpoints/${id}`);
  const failed = await becomes(body.id, "failed");
  assert.equal(failed.reason, "Its endpoint was deleted.");
  assert.deepEqual(
    (await ask(`GET /v1/replays?endpoint_id=${id}`)).body.data.map((replayed: { id: string }) => replayed.id),
    [body.id],
  );
});

it("retention that passes it is told: it goes on behind what was removed, or fails where nothing is left", async (context) => {
  const app = { retentionBytesMax: 8 };
  const data = (number: number) => ({ data: number % 10 });
  const setting = await aReplaySetting(context, { app, events: numbered(20, data) });
  const { replay, becomes, ask, id, app: running } = setting;
  await ask(`POST /v1/endpoints/${id}/pause`);
  const whole = (await replay()).body;
  const early = (await replay({ to: "e5" })).body;
  assert.deepEqual([whole.matched, early.matched], [20, 5]);
  await running.retention.run();
  assert.equal(running.store.events.bounds().earliest, 13);
  await ask(`POST /v1/endpoints/${id}/resume`);
  const failed = await becomes(early.id, "failed");
  assert.match(failed.reason, /Retention removed what was left/);
  const done = await becomes(whole.id, "completed");
  assert.match(done.reason, /Retention removed a part/);
  assert.deepEqual([done.matched, done.sent], [20, 8]);
});
