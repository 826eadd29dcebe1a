/**
 * The n-th call to the store fails, for n = 1, 2, 3 …, while an ordered endpoint works off what it held, is skipped a
 * delivery and is given another order: nothing is lost, and nothing of a key is taken before what is before it.
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { App } from "../../src/app.ts";
import { TrotlineError } from "../../src/core/errors.ts";
import { openMemoryStore } from "../../src/log/memory/store.ts";
import type { Store } from "../../src/log/store.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { anApp, publish } from "../flows/an-app.ts";

/** The same store, whose n-th call to the journal or the log from now on is refused. */
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
  return { store: { ...store, events: wrap(store.events), journal: wrap(store.journal) }, calls: () => calls };
}

async function untilAccepted<Value>(ask: () => Promise<Value>): Promise<Value> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      assert.ok(error instanceof TrotlineError && error.code === "store-unavailable", String(error));
    }
  }
}

const idsOf = (receiver: TestReceiver): string[] =>
  receiver.requests.map(({ headers }) => String(headers["webhook-id"]));

async function story(app: App, receiver: TestReceiver): Promise<void> {
  const refused = new Set(["a1", "b1"]);
  receiver.answer(({ headers }) => (refused.has(String(headers["webhook-id"])) ? 500 : 200));
  const settings = { ordering: "key", onExhausted: "block", retry: { delaysMs: [] } } as const;
  const endpoint = await untilAccepted(() =>
    app.registry.createEndpoint({ tenant: "default", url: receiver.url, ...settings }, 0),
  );
  const ids = ["a1", "b1", "a2", "b2", "a3", "b3"];
  for (const id of ids) await untilAccepted(() => publish(app, { id, type: "t", subject: id[0], data: 1 }));
  const stateOf = (id: string) =>
    untilAccepted(async () => {
      const event = await app.store.events.find("default", id);
      assert.ok(event !== null);
      return (await app.deliveries.ofEvent(event))[0]?.state;
    });
  const reaches = (id: string, state: string) =>
    eventually(`${id} is ${state}`, async () => (await stateOf(id)) === state);
  await reaches("a1", "blocked");
  await reaches("b3", "held");
  const skipped = await untilAccepted(() => app.store.events.find("default", "a1"));
  assert.ok(skipped !== null);
  // A skip that was refused may be durable all the same.
  await untilAccepted(() => app.deliveries.skip(endpoint, skipped).then(() => null, ignoreSettled));
  await reaches("a3", "delivered");
  // What was blocked is tried once more when the order changes.
  refused.clear();
  await untilAccepted(() => app.registry.changeEndpoint(endpoint.id, { ordering: "strict" }));
  await reaches("b3", "delivered");
  const taken = [...new Set(idsOf(receiver))];
  for (const key of ["a", "b"]) {
    const own = taken.filter((id) => id.startsWith(key));
    assert.deepEqual(own, [`${key}1`, `${key}2`, `${key}3`]);
  }
  assert.equal(await stateOf("a1"), "cancelled");
}

function ignoreSettled(error: unknown): null {
  if (error instanceof TrotlineError && error.code === "delivery-settled") return null;
  throw error;
}

it("an ordered endpoint survives the failure of any one call to the store", { timeout: 300_000 }, async () => {
  let met = 0;
  for (let n = 1; ; n++) {
    const receiver = await startTestReceiver();
    const { store, calls } = failingAt(openMemoryStore({ clock: systemClock() }), n);
    const app = await anApp({ machine: { store } }).catch((error: unknown) => {
      assert.ok(error instanceof TrotlineError, String(error));
      return null;
    });
    try {
      if (app !== null) await story(app, receiver);
    } finally {
      await app?.close();
      await receiver.close();
    }
    if (calls() < n) break;
    met += 1;
  }
  assert.ok(met > 30, `only ${met} calls were made`);
});
