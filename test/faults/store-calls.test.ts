/**
 * The n-th call to the store fails, for n = 1, 2, 3 … until a whole story runs without meeting the failure. Whatever
 * call it was: what was acknowledged is delivered, and what was refused was told.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { App } from "../../src/app.ts";
import { TrotlineError } from "../../src/core/errors.ts";
import type { StoredEvent } from "../../src/core/event.ts";
import type { Fetched, FetchRequest } from "../../src/feed/consumer-reader.ts";
import { openMemoryStore } from "../../src/log/memory/store.ts";
import type { Store } from "../../src/log/store.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { anApp, publish } from "../flows/an-app.ts";

/** The same store, whose n-th call from now on (of any method that may fail) is refused. */
function failingAt(store: Store, n: number): { store: Store; calls: () => number } {
  let calls = 0;
  const wrap = <Part extends object>(part: Part): Part =>
    new Proxy(part, {
      get(target, name) {
        const member = Reflect.get(target, name, target) as unknown;
        if (typeof member !== "function") return member;
        if (name === "bounds" || name === "onAppended") return member.bind(target);
        return async (...parameters: unknown[]) => {
          calls += 1;
          if (calls === n) throw new TrotlineError("store-unavailable", `call ${n} (${String(name)}) fails`);
          return member.apply(target, parameters);
        };
      },
    });
  const { events, journal, registry, consumers, replays } = store;
  const wrapped = { events: wrap(events), journal: wrap(journal), registry: wrap(registry) };
  return {
    store: { ...store, ...wrapped, consumers: wrap(consumers), replays: wrap(replays) },
    calls: () => calls,
  };
}

/** Retries what is refused, as a client would. */
async function untilAccepted<Value>(ask: () => Promise<Value>): Promise<Value> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      assert.ok(error instanceof TrotlineError && error.code === "store-unavailable", String(error));
      assert.ok(tries < 3, "one failure is met once");
    }
  }
}

async function story(app: App, receiver: TestReceiver): Promise<void> {
  let failures = 3;
  receiver.answer(() => (failures-- > 0 ? 500 : 200));
  const endpoint = await untilAccepted(() =>
    app.registry.createEndpoint({ tenant: "default", url: receiver.url, retry: { delaysMs: [5, 5, 5, 5] } }, 0),
  );
  const acknowledged: string[] = [];
  for (let i = 0; i < 5; i++) {
    const answer = await untilAccepted(() => publish(app, { id: `e${i}`, type: "a", data: i }));
    acknowledged.push(answer.items[0]?.id ?? "");
  }
  await untilAccepted(() => app.registry.setStatus(endpoint.id, "paused", null));
  acknowledged.push((await untilAccepted(() => publish(app, { id: "late", type: "a", data: 9 }))).items[0]?.id ?? "");
  await untilAccepted(() => app.dispatcher.resume(app.registry.requireEndpoint(endpoint.id), "cursor"));
  await eventually("everything acknowledged is delivered", async () => {
    for (const id of acknowledged) {
      const event = (await untilAccepted(() => app.store.events.find("default", id))) as StoredEvent;
      const [view] = await untilAccepted(() => app.deliveries.ofEvent(event));
      if (view?.state !== "delivered") return false;
    }
    return true;
  });
}

const key = { tenant: "default", name: "billing" };
const gone = new AbortController();

/** A consumer reads everything, page by page, and then again after a seek. Answers what it was given, in order. */
async function consumerStory(app: App): Promise<string[]> {
  const { consumers, store } = app;
  const events = Array.from({ length: 7 }, (_, number) => ({ id: `e${number}`, type: "a", data: number }));
  await untilAccepted(() => publish(app, events));
  await untilAccepted(() => consumers.put(key, {}, async () => 0));
  const given: string[] = [];
  const readAll = async (): Promise<void> => {
    let lease: string | null = null;
    for (let isDone = false; !isDone; ) {
      const request: FetchRequest = { lease, after: null, limit: 2, waitMs: 0, signal: gone.signal };
      const fetched: Fetched | null = await untilAccepted(() => consumers.fetch(key, request));
      assert.ok(fetched !== null);
      const { page } = fetched;
      const token = fetched.lease;
      lease = token;
      given.push(...page.events.map(({ id }) => id));
      const { consumer } = await untilAccepted(() => consumers.acknowledge(key, token, page.through));
      assert.equal(consumer.position, page.through, "what was answered is what is stored");
      isDone = !page.more;
    }
  };
  await readAll();
  await untilAccepted(() => consumers.seek(key, 4));
  const [kept] = await untilAccepted(() => store.consumers.load());
  assert.equal(kept?.position, 4, "a seek that was answered is durable");
  await readAll();
  await untilAccepted(() => consumers.remove(key));
  assert.deepEqual(await untilAccepted(() => store.consumers.load()), []);
  return given;
}

/** What was delivered is sent again: by a seek, and then by a replay that is stopped in between. */
async function againStory(app: App, receiver: TestReceiver): Promise<void> {
  const url = receiver.url;
  const created = () => app.registry.createEndpoint({ tenant: "default", url, retry: { delaysMs: [5, 5, 5] } }, 0);
  const endpoint = await untilAccepted(created);
  const events = Array.from({ length: 6 }, (_, number) => ({ id: `e${number}`, type: "a", data: number }));
  await untilAccepted(() => publish(app, events));
  const since = async (from: number, ids: readonly string[]): Promise<void> => {
    await eventually(`${ids} from ${from}`, () => ids.every((id) => idsOf(receiver).slice(from).includes(id)));
  };
  await since(0, ["e0", "e1", "e2", "e3", "e4", "e5"]);
  // What is in flight while the cursor moves back over it counts as sent again.
  await eventually("nothing is in flight", () => app.dispatcher.ready.inFlight === 0);
  let before = receiver.requests.length;
  await untilAccepted(() => app.dispatcher.seek(endpoint, 4));
  await since(before, ["e4", "e5"]);
  before = receiver.requests.length;
  const { id: endpointId, number: endpointNumber } = endpoint;
  const range = { first: 2, last: 5, types: [], only: "all", isDryRun: false } as const;
  const { id } = await untilAccepted(() => app.replays.create({ ...range, endpointId, endpointNumber }));
  const hasEnded = () => app.replays.require(id).status === "completed";
  const refused = (error: unknown): void => {
    if (!(error instanceof TrotlineError) || error.code !== "replay-ended") throw error;
  };
  await untilAccepted(() => app.replays.pause(id)).catch(refused);
  await untilAccepted(() => app.replays.resume(id)).catch(refused);
  await eventually("the replay is complete", hasEnded);
  await since(before, ["e1", "e2", "e3", "e4"]);
  const { matched, delivered, failed, position } = app.replays.require(id);
  assert.deepEqual([matched, delivered + failed, position], [4, 4, 5]);
  await app.replays.close(1000);
  const [stored] = await untilAccepted(() => app.store.replays.load());
  assert.deepEqual([stored?.status, stored?.delivered, stored?.position], ["completed", delivered, 5]);
}

const idsOf = (receiver: TestReceiver): string[] =>
  receiver.requests.map(({ headers }) => String(headers["webhook-id"]));

/** Tells the story to an app whose store fails at its n-th call, until the story ends before it. Answers n. */
async function failEachCall(tell: (app: App, receiver: TestReceiver) => Promise<void>): Promise<number> {
  for (let n = 1; ; n++) {
    const failing = failingAt(openMemoryStore({ clock: systemClock() }), n);
    const receiver = await startTestReceiver();
    let app: App;
    try {
      app = await anApp({ machine: { store: failing.store } });
    } catch (error) {
      assert.ok(error instanceof TrotlineError, "a start that meets it is refused with a sentence");
      await receiver.close();
      continue;
    }
    try {
      await tell(app, receiver);
    } catch (error) {
      throw new Error(`with call ${n} failing`, { cause: error });
    } finally {
      await app.close();
      await receiver.close();
    }
    if (failing.calls() < n) return n;
  }
}

describe("a store whose n-th call fails", () => {
  it("loses nothing that was acknowledged, whichever call it is", async () => {
    const calls = await failEachCall(async (app, receiver) => {
      await story(app, receiver);
      assert.deepEqual([...new Set(idsOf(receiver))].sort(), ["e0", "e1", "e2", "e3", "e4", "late"]);
    });
    assert.ok(calls > 20, `only ${calls} calls were failed`);
  });

  it("gives a consumer everything in order, and stores what it was told is stored", async () => {
    const calls = await failEachCall(async (app) => {
      const given = await consumerStory(app);
      assert.deepEqual(given, ["e0", "e1", "e2", "e3", "e4", "e5", "e6", "e4", "e5", "e6"]);
    });
    assert.ok(calls > 15, `only ${calls} calls were failed`);
  });

  it("sends everything that a seek and a replay are asked for, and counts it", async () => {
    const calls = await failEachCall(againStory);
    assert.ok(calls > 20, `only ${calls} calls were failed`);
  });
});
