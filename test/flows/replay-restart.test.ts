/** Replays through restarts, and while the store refuses. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { App } from "../../src/app.ts";
import type { AttemptResult } from "../../src/core/attempt.ts";
import type { Sender } from "../../src/core/ports.ts";
import type { Replay, ReplayPlan } from "../../src/core/replay.ts";
import { openMemoryStore } from "../../src/log/memory/store.ts";
import type { Store } from "../../src/log/store.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { anEvent } from "./a-server.ts";
import { anApp, publish } from "./an-app.ts";

/** Its methods can be replaced, and closing an app leaves it open for the next. */
const aStore = (): Store => ({ ...openMemoryStore({ clock: systemClock() }), close: async () => {} });

const answered = (status: number): AttemptResult => ({
  ...{ status, errorClass: status < 300 ? null : "http_status", errorDetail: null, durationMs: 1, retryAfterMs: null },
  ...{ responseBody: new Uint8Array(), responseTruncated: false },
});

const aSender = (sent: string[], answer: () => Promise<AttemptResult> | AttemptResult): Sender => ({
  send: async ({ body }) => {
    sent.push(JSON.parse(Buffer.from(body).toString()).id);
    return answer();
  },
  abortAll: () => {},
  close: async () => {},
});

const events = (count: number): object[] => Array.from({ length: count }, (_, index) => anEvent({ id: `e${index}` }));

/** An endpoint that was sent `count` events, and the plan of a replay of them all. */
async function delivered(app: App, sent: string[], count: number): Promise<ReplayPlan> {
  const endpoint = await app.registry.createEndpoint({ tenant: "default", url: "http://127.0.0.1:9/" }, 0);
  const all = events(count);
  for (let from = 0; from < count; from += 1000) await publish(app, all.slice(from, from + 1000));
  await eventually("delivered", () => sent.length === count);
  await app.dispatcher.journal.flushed();
  const { number: endpointNumber, id: endpointId } = endpoint;
  return { endpointNumber, endpointId, first: 1, last: count, types: [], only: "all", isDryRun: false };
}

const stored = async (store: Store, id: string): Promise<Replay | undefined> =>
  (await store.replays.load()).find((replay) => replay.id === id);

it("one that was stopped in the middle goes on where it was, and counts everything once", async () => {
  const store = aStore();
  const sent: string[] = [];
  let answer: () => Promise<AttemptResult> | AttemptResult = () => answered(200);
  const sender = aSender(sent, () => answer());
  const before = await anApp({ machine: { store, sender } });
  const plan = await delivered(before, sent, 300);
  let left = 100;
  answer = () => (left-- > 0 ? answered(200) : new Promise(() => {}));
  const { id } = await before.replays.create(plan);
  await eventually("a hundred were sent", () => before.replays.require(id).delivered === 100);
  await eventually("and some are in flight", () => sent.length >= 402);
  const inFlight = sent.length - 400;
  const closing = before.close();
  await closing;
  const kept = await stored(store, id);
  assert.deepEqual([kept?.status, kept?.delivered, kept?.position], ["running", 100, 100]);
  answer = () => answered(200);
  const after = await anApp({ machine: { store, sender } });
  await eventually("complete", () => after.replays.require(id).status === "completed").finally(() => after.close());
  const done = after.replays.require(id);
  assert.deepEqual([done.matched, done.delivered, done.failed], [300, 300, 0]);
  assert.equal(sent.length, 300 + 300 + inFlight, "only what was in flight is sent again");
});

it("one that is paused stays so through a restart, counting or not, and one that counts goes on counting", async () => {
  const store = aStore();
  const sent: string[] = [];
  const sender = aSender(sent, () => answered(200));
  const before = await anApp({ machine: { store, sender } });
  const plan = await delivered(before, sent, 20);
  const read = store.events.read.bind(store.events);
  store.events.read = () => new Promise(() => {});
  const counting = (isDryRun: boolean) => {
    void before.replays.create({ ...plan, isDryRun });
  };
  counting(false);
  counting(true);
  await eventually("both count", () => before.replays.list({ limit: 5 }).replays.length === 2);
  const [one, other] = before.replays.list({ limit: 5 }).replays.map(({ id }) => id) as [string, string];
  await before.replays.pause(one);
  await before.close();
  store.events.read = read;
  const after = await anApp({ machine: { store, sender } });
  const isDry = after.replays.require(other).isDryRun;
  const end = isDry ? "counted" : "completed";
  await eventually("it counted", () => after.replays.require(other).status === end);
  assert.deepEqual([after.replays.require(other).matched, after.replays.require(one).status], [20, "paused"]);
  assert.equal((await after.replays.resume(one)).status, "counting");
  const otherEnd = isDry ? "completed" : "counted";
  await eventually("it counted too", () => after.replays.require(one).status === otherEnd);
  assert.equal(sent.length, 40, "one of them was to count only");
  await after.close();
});

it("a change that the store refuses is refused, and changes nothing; progress is stored when the store is back", async () => {
  const store = aStore();
  const sent: string[] = [];
  const sender = aSender(sent, () => answered(200));
  const app = await anApp({ machine: { store, sender } });
  const plan = await delivered(app, sent, 50);
  const endpoint = app.registry.requireEndpoint(plan.endpointId);
  await app.registry.setStatus(endpoint.id, "paused", null);
  const { id } = await app.replays.create(plan);
  const put = store.replays.put.bind(store.replays);
  store.replays.put = () => Promise.reject(new Error("full"));
  await assert.rejects(app.replays.pause(id), /full/);
  await assert.rejects(app.replays.create(plan), /full/);
  assert.equal(app.replays.require(id).status, "running");
  assert.equal(app.replays.list({ limit: 5 }).replays.length, 1);
  await app.dispatcher.resume(endpoint, "cursor");
  await eventually("sent", () => app.replays.require(id).delivered === 50);
  assert.equal(app.replays.require(id).status, "running", "that it is complete is not durable yet");
  store.replays.put = put;
  await eventually("complete", () => app.replays.require(id).status === "completed").finally(() => app.close());
  assert.equal((await stored(store, id))?.delivered, 50);
});

it("a store that cannot be read for a while delays a replay, and loses nothing of it", async () => {
  const store = aStore();
  const sent: string[] = [];
  const sender = aSender(sent, () => answered(200));
  const app = await anApp({ machine: { store, sender } });
  const plan = await delivered(app, sent, 30);
  let failures = 3;
  const fail = <Args extends unknown[], Result>(call: (...given: Args) => Promise<Result>) => {
    return (...given: Args): Promise<Result> =>
      failures-- > 0 ? Promise.reject(new Error("the disk is gone")) : call(...given);
  };
  store.events.read = fail(store.events.read.bind(store.events));
  store.journal.delivery = fail(store.journal.delivery.bind(store.journal));
  const { id } = await app.replays.create(plan);
  failures = 3;
  await eventually("complete", () => app.replays.require(id).status === "completed").finally(() => app.close());
  assert.deepEqual([app.replays.require(id).matched, app.replays.require(id).delivered], [30, 30]);
  assert.equal(sent.length, 60);
});

it("one whose first event meets a store that fails late, when many beyond it are sent, comes to its end", async () => {
  const store = aStore();
  const sent: string[] = [];
  const app = await anApp({ machine: { store, sender: aSender(sent, () => answered(200)) } });
  const plan = await delivered(app, sent, 1200);
  const delivery = store.journal.delivery.bind(store.journal);
  let fail = (): void => {};
  store.journal.delivery = (endpointNumber, position) => {
    if (position > 1) return delivery(endpointNumber, position);
    store.journal.delivery = delivery;
    return new Promise((_resolve, reject) => {
      fail = () => reject(new Error("the disk is gone"));
    });
  };
  const { id } = await app.replays.create(plan);
  let seen = 0;
  await eventually("it waits for the first", async () => {
    const before = seen;
    seen = sent.length;
    return seen === before && seen > 2000;
  });
  fail();
  await eventually("complete", () => app.replays.require(id).status === "completed").finally(() => app.close());
  assert.equal(app.replays.require(id).delivered, 1200);
});

it("one that was being cancelled or paused while it counted does not begin to send", async () => {
  const store = aStore();
  const sent: string[] = [];
  const sender = aSender(sent, () => answered(200));
  const app = await anApp({ machine: { store, sender } });
  const plan = await delivered(app, sent, 10);
  const read = store.events.read.bind(store.events);
  let goOn = (): void => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  store.events.read = async (query) => {
    await held;
    return read(query);
  };
  const creating = [app.replays.create(plan), app.replays.create(plan)];
  await eventually("both count", () => app.replays.list({ limit: 5 }).replays.length === 2);
  const [one, other] = app.replays.list({ limit: 5 }).replays.map(({ id }) => id) as [string, string];
  assert.equal((await app.replays.cancel(one)).status, "cancelled");
  assert.equal((await app.replays.pause(other)).status, "paused");
  goOn();
  const made = await Promise.all(creating);
  assert.deepEqual(made.map(({ status }) => status).sort(), ["cancelled", "paused"]);
  assert.equal((await app.replays.resume(other)).status, "counting");
  await eventually("complete", () => app.replays.require(other).status === "completed").finally(() => app.close());
  assert.equal(sent.length, 20, "the one that was cancelled sent nothing");
});
