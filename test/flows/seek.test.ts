/** The cursor of an endpoint moved by a person: what is sent again, what is skipped, and what is refused. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { AttemptResult } from "../../src/core/attempt.ts";
import { cursorAt } from "../../src/core/epochs.ts";
import type { Sender } from "../../src/core/ports.ts";
import { openMemoryStore } from "../../src/log/memory/store.ts";
import type { Store } from "../../src/log/store.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { anEvent, aServer, type TestServer } from "./a-server.ts";
import { anApp, publish } from "./an-app.ts";

const numbered = (count: number, from = 1): object[] =>
  Array.from({ length: count }, (_, index) => anEvent({ id: `e${from + index}`, data: from + index }));

const ids = (receiver: TestReceiver, from = 0): string[] =>
  receiver.requests.slice(from).map(({ headers }) => String(headers["webhook-id"]));

const cursorOf = (server: TestServer, position: number): string =>
  cursorAt(server.app.store.events.bounds().epochs, position);

interface Setting extends TestServer {
  readonly receiver: TestReceiver;
  readonly id: string;
  readonly seek: (to: string) => ReturnType<TestServer["ask"]>;
}

/** A server, a receiver, and an endpoint that was sent `events` events. */
async function delivered(
  context: Parameters<typeof aServer>[0],
  how: { events?: number; endpoint?: object; app?: object } = {},
): Promise<Setting> {
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  const server = await aServer(context, { app: how.app ?? {} });
  const body = { url: receiver.url, ...how.endpoint };
  const { id } = (await server.ask("POST /v1/endpoints", { body })).body;
  const { events = 5 } = how;
  if (events > 0) await server.ask("POST /v1/events", { body: numbered(events) });
  await eventually("delivered", () => receiver.requests.length === events);
  const seek: Setting["seek"] = (to) => server.ask(`POST /v1/endpoints/${id}/seek`, { body: { to } });
  return { ...server, receiver, id, seek };
}

it("a seek back sends everything behind the place again, in answer with the place as its cursor", async (context) => {
  const setting = await delivered(context);
  const { receiver, app, seek } = setting;
  await app.dispatcher.journal.flushed();
  const { status, body } = await seek(cursorOf(setting, 2));
  assert.equal(status, 200);
  assert.equal(body.id, setting.id);
  await eventually("sent again", () => receiver.requests.length === 8);
  assert.deepEqual(ids(receiver, 5).sort(), ["e3", "e4", "e5"]);
});

it("the answer shows the cursor where the endpoint is paused, and resuming goes on from there", async (context) => {
  const setting = await delivered(context);
  const { receiver, ask, id, seek } = setting;
  await ask(`POST /v1/endpoints/${id}/pause`);
  const { body } = await seek(cursorOf(setting, 3));
  assert.deepEqual([body.status, body.cursor, body.lag], ["paused", cursorOf(setting, 3), 2]);
  await ask("POST /v1/events", { body: numbered(1, 6) });
  assert.equal(receiver.requests.length, 5);
  await ask(`POST /v1/endpoints/${id}/resume`);
  await eventually("sent", () => receiver.requests.length === 8);
  assert.deepEqual(ids(receiver, 5).sort(), ["e4", "e5", "e6"]);
});

it("a seek forward skips what lies between, and nothing else", async (context) => {
  const setting = await delivered(context);
  const { receiver, ask, id, seek } = setting;
  await ask(`POST /v1/endpoints/${id}/pause`);
  await ask("POST /v1/events", { body: numbered(4, 6) });
  assert.equal((await seek("e7")).status, 200);
  await ask(`POST /v1/endpoints/${id}/resume`);
  await eventually("sent", () => receiver.requests.length === 7);
  assert.deepEqual(ids(receiver, 5).sort(), ["e8", "e9"]);
});

it("every form of a place is taken", async (context) => {
  const { receiver, ask, seek, id } = await delivered(context, { events: 3 });
  const { accepted_at: acceptedAt } = (await ask("GET /v1/events/e1")).body;
  const places = { e2: ["e3"], latest: [], earliest: ["e1", "e2", "e3"], [`time:${acceptedAt}`]: ["e1", "e2", "e3"] };
  for (const [place, expected] of Object.entries(places)) {
    const before = receiver.requests.length;
    assert.equal((await seek(place)).status, 200, place);
    await eventually(place, () => receiver.requests.length === before + expected.length);
    await eventually("nothing is left", async () => (await ask(`GET /v1/endpoints/${id}`)).body.lag === 0);
    assert.deepEqual(ids(receiver, before).sort(), expected, place);
  }
});

it("a disabled endpoint stays disabled, and is sent what lies behind the place once it is resumed", async (context) => {
  const setting = await delivered(context, { events: 3 });
  const { receiver, ask, id, seek } = setting;
  receiver.answer(410);
  await ask("POST /v1/events", { body: numbered(1, 4) });
  await eventually("disabled", async () => (await ask(`GET /v1/endpoints/${id}`)).body.status === "disabled");
  receiver.answer(200);
  assert.equal((await seek(cursorOf(setting, 1))).body.status, "disabled");
  await ask(`POST /v1/endpoints/${id}/resume`);
  await eventually("sent", () => new Set(ids(receiver, 4)).size === 3);
  assert.deepEqual([...new Set(ids(receiver, 4))].sort(), ["e2", "e3", "e4"]);
});

it("what is parked at or before the place is finished, what is parked beyond is sent when the cursor comes there", async (context) => {
  const setting = await delivered(context, { events: 0, endpoint: { retry_delays_ms: [300, 300, 300] } });
  const { receiver, ask, id, seek } = setting;
  const failing = new Set(["e1", "e4"]);
  receiver.answer(({ headers }) => (failing.has(String(headers["webhook-id"])) ? 500 : 200));
  await ask("POST /v1/events", { body: numbered(5) });
  await eventually("two are parked", async () => (await ask(`GET /v1/endpoints/${id}`)).body.parked === 2);
  await ask(`POST /v1/endpoints/${id}/pause`);
  assert.equal((await seek(cursorOf(setting, 2))).status, 200);
  await eventually("one is parked", async () => (await ask(`GET /v1/endpoints/${id}`)).body.parked === 1);
  const { body: event } = await ask("GET /v1/events/e4");
  assert.deepEqual(
    event.deliveries.map(({ state }: { state: string }) => state),
    ["pending"],
  );
  failing.clear();
  const before = receiver.requests.length;
  await ask(`POST /v1/endpoints/${id}/resume`);
  await eventually("all", () => receiver.requests.length === before + 4);
  assert.deepEqual(ids(receiver, before).sort(), ["e1", "e3", "e4", "e5"]);
  await eventually("nothing is parked", async () => (await ask(`GET /v1/endpoints/${id}`)).body.parked === 0);
});

it("what had failed and is passed by a seek is cancelled, what was never tried is skipped, and a seek back owes both", async (context) => {
  const setting = await delivered(context, { events: 2, endpoint: { retry_delays_ms: [600_000] } });
  const { receiver, ask, id, seek } = setting;
  const states = async () =>
    Promise.all(
      ["e1", "e3", "e4"].map(async (event) => (await ask(`GET /v1/events/${event}`)).body.deliveries[0].state),
    );
  receiver.answer(500);
  await ask("POST /v1/events", { body: numbered(1, 3) });
  await eventually("parked", async () => (await ask(`GET /v1/endpoints/${id}`)).body.parked === 1);
  await ask(`POST /v1/endpoints/${id}/pause`);
  await ask("POST /v1/events", { body: numbered(1, 4) });
  await seek("latest");
  assert.deepEqual(await states(), ["delivered", "retrying", "skipped"]);
  await seek("e2");
  assert.deepEqual(await states(), ["delivered", "pending", "pending"]);
  await seek("latest");
  assert.deepEqual(await states(), ["delivered", "cancelled", "skipped"]);
});

it("an endpoint with an open breaker probes with what it was moved to, and drains it", async (context) => {
  const setting = await delivered(context, { events: 12, endpoint: { retry_delays_ms: [] } });
  const { receiver, ask, id, seek } = setting;
  receiver.answer(500);
  await ask("POST /v1/events", { body: numbered(10, 13) });
  await eventually("open", async () => (await ask(`GET /v1/endpoints/${id}`)).body.health.state === "open");
  receiver.answer(200);
  const before = receiver.requests.length;
  const { body } = await seek(cursorOf(setting, 11));
  assert.equal(body.health.state, "open");
  await eventually("drained", () => new Set(ids(receiver, before)).size === 11, 20_000);
  assert.equal(ids(receiver, before)[0], "e12", "the probe is the first behind the place");
});

it("a place that is none, a cursor of another log, and a body that does not fit are refused, and move nothing", async (context) => {
  const setting = await delivered(context, { events: 2 });
  const { ask, id } = setting;
  const path = `POST /v1/endpoints/${id}/seek`;
  const { cursor } = (await ask(`GET /v1/endpoints/${id}`)).body;
  const foreign = cursorAt([{ id: "ffffffffffff", after: 0 }], 1);
  const refusals: [object | undefined, number, string][] = [
    [undefined, 400, "empty-body"],
    [{}, 400, "invalid-body"],
    [{ to: 5 }, 400, "invalid-body"],
    [{ to: "" }, 400, "invalid-body"],
    [{ to: "x".repeat(161) }, 400, "invalid-body"],
    [{ to: "latest", form: 1 }, 400, "unknown-field"],
    [{ to: "nonsense" }, 400, "cursor-invalid"],
    [{ to: "time:yesterday" }, 400, "cursor-invalid"],
    [{ to: foreign }, 409, "cursor-forked"],
  ];
  for (const [body, status, code] of refusals) {
    const refused = await ask(path, { body });
    assert.deepEqual([refused.status, refused.body.code], [status, code], JSON.stringify(body));
  }
  assert.equal((await ask(path, { body: { to: "latest" }, key: null })).status, 401);
  assert.equal((await ask("POST /v1/endpoints/ep_none/seek", { body: { to: "latest" } })).status, 404);
  assert.equal((await ask(`GET /v1/endpoints/${id}`)).body.cursor, cursor);
});

it("a cursor that retention passed is refused with one to resume from", async (context) => {
  const setting = await delivered(context, { events: 5, app: { retentionBytesMax: 2 } });
  const { app, seek } = setting;
  await app.dispatcher.journal.flushed();
  await app.retention.run();
  const refused = await seek(cursorOf(setting, 1));
  assert.deepEqual([refused.status, refused.body.code, refused.body.lost], [410, "cursor-expired", 2]);
  assert.equal((await seek(refused.body.resume)).status, 200);
});

/** Its methods can be replaced, and closing an app leaves it open for the next. */
const aStore = (): Store => ({ ...openMemoryStore({ clock: systemClock() }), close: async () => {} });

const ok: AttemptResult = {
  ...{ status: 200, errorClass: null, errorDetail: null, durationMs: 1, retryAfterMs: null },
  ...{ responseBody: new Uint8Array(), responseTruncated: false },
};

const aSender = (sent: string[], answer: () => Promise<AttemptResult> | AttemptResult = () => ok): Sender => ({
  send: async ({ body }) => {
    sent.push(JSON.parse(Buffer.from(body).toString()).id);
    return answer();
  },
  abortAll: () => {},
  close: async () => {},
});

it("a page that was being read when the cursor was moved back does not hide what lies between", async () => {
  const store = aStore();
  const sent: string[] = [];
  const app = await anApp({ tailBytesMax: 0, machine: { store, sender: aSender(sent) } });
  const input = { tenant: "default", url: "http://127.0.0.1:9/" };
  await publish(app, numbered(10));
  const read = store.events.read.bind(store.events);
  let isReading = false;
  let goOn = (): void => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  store.events.read = async (query) => {
    const page = await read(query);
    if (query.after === 8) {
      isReading = true;
      await held;
    }
    return page;
  };
  const endpoint = await app.registry.createEndpoint(input, 8);
  await eventually("a page is being read", () => isReading);
  await app.dispatcher.seek(endpoint, 3);
  goOn();
  await eventually("all behind the place", () => new Set(sent).size === 7).finally(() => app.close());
  assert.deepEqual([...new Set(sent)].sort(), ["e10", "e4", "e5", "e6", "e7", "e8", "e9"]);
});

it("a seek that was answered holds after a restart, and one that the store refuses is answered so", async () => {
  const store = aStore();
  const sent: string[] = [];
  const before = await anApp({ machine: { store, sender: aSender(sent) } });
  const endpoint = await before.registry.createEndpoint({ tenant: "default", url: "http://127.0.0.1:9/" }, 0);
  await publish(before, numbered(6));
  await eventually("delivered", () => sent.length === 6);
  await before.registry.setStatus(endpoint.id, "paused", null);
  await before.dispatcher.seek(endpoint, 4);
  const commit = store.journal.commit.bind(store.journal);
  // What is not durable by now never is: the process dies here.
  store.journal.commit = async () => Promise.reject(new Error("full"));
  await assert.rejects(before.dispatcher.seek(endpoint, 1));
  await before.close();
  store.journal.commit = commit;
  const after = await anApp({ machine: { store, sender: aSender(sent) } });
  await after.dispatcher.resume(after.registry.requireEndpoint(endpoint.id), "cursor");
  await eventually("sent again", () => sent.length === 8).finally(() => after.close());
  assert.deepEqual(sent.slice(6).sort(), ["e5", "e6"]);
});

it("an attempt in flight while the cursor is moved back before it is not sent beside itself", async () => {
  const store = aStore();
  const sent: string[] = [];
  const answers: ((result: AttemptResult) => void)[] = [];
  const sender = aSender(sent, () => new Promise((resolve) => answers.push(resolve)));
  const app = await anApp({ shutdownGraceMs: 10, machine: { store, sender } });
  const endpoint = await app.registry.createEndpoint({ tenant: "default", url: "http://127.0.0.1:9/" }, 0);
  await publish(app, numbered(2));
  await eventually("in flight", () => answers.length === 2);
  await app.dispatcher.seek(endpoint, 0);
  await publish(app, numbered(1, 3));
  await eventually("the lane came past them", () => sent.includes("e3"));
  assert.deepEqual(sent, ["e1", "e2", "e3"]);
  assert.equal(app.deliveries.laneView(endpoint).cursor, 0, "they hold the cursor");
  for (const answer of answers) answer(ok);
  await eventually("settled", () => app.deliveries.laneView(endpoint).cursor === 3).finally(() => app.close());
  assert.equal(sent.length, 3);
});
