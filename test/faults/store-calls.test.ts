/**
 * The n-th call to the store fails, for n = 1, 2, 3 … until a whole story runs without meeting the failure. Whatever
 * call it was: what was acknowledged is delivered, and what was refused was told.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { App } from "../../src/app.ts";
import { TrotlineError } from "../../src/core/errors.ts";
import type { StoredEvent } from "../../src/core/event.ts";
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
  const { events, journal, registry } = store;
  return {
    store: { ...store, events: wrap(events), journal: wrap(journal), registry: wrap(registry) },
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

describe("a store whose n-th call fails", () => {
  it("loses nothing that was acknowledged, whichever call it is", async () => {
    let n = 1;
    for (let isMet = true; isMet; n++) {
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
        await story(app, receiver);
        const received = new Set(receiver.requests.map(({ headers }) => headers["webhook-id"]));
        assert.deepEqual([...received].sort(), ["e0", "e1", "e2", "e3", "e4", "late"]);
      } finally {
        await app.close();
        await receiver.close();
      }
      isMet = failing.calls() >= n;
    }
    assert.ok(n > 20, `only ${n} calls were failed`);
  });
});
