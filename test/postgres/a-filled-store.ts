/** A SQLite store that has something in every table, closed, for tests that move it. */
import { openSqliteStore } from "../../src/log/sqlite/store.ts";
import type { Store } from "../../src/log/store.ts";
import { systemClock } from "../../src/platform/clock.ts";
import {
  aBatch,
  aConsumer,
  aFailedAttempt,
  aKey,
  aLane,
  anAttempt,
  anEndpoint,
  anEvent,
  anEventType,
  append,
  aReceipt,
  aReceivedEvent,
  aReplay,
  aRequest,
  aRow,
  aSource,
  aStart,
  aTrim,
  bytesOf,
  park,
} from "../conformance/builders.ts";
import { silent } from "../conformance/store-kinds.ts";

export const openFolder = (folder: string): Promise<Store> =>
  openSqliteStore({ folder, clock: systemClock(), logger: silent });

/** `count` events, and as many attempts, of which some have left by retention. */
export async function fillStore(folder: string, count = 600): Promise<void> {
  const store = await openFolder(folder);
  await configure(store);
  const events = Array.from({ length: count }, (_, number) =>
    anEvent({
      id: `moved_${number}`,
      tenant: number % 3 === 0 ? "acme" : "default",
      subject: number % 2 === 0 ? `order/${number}` : null,
      version: number % 5 === 0 ? "2" : null,
      occurredAtMs: 1_700_000_000_000 + number + 0.25,
      data: `{ "n": ${number}, "text": "\\u0000 \u00e9\u{1f600} ${"x".repeat(number % 200)}" }`,
    }),
  );
  await append(store, ...events);
  for (const id of ["once", "again", "again"]) await append(store, aReceivedEvent({ id }, { deliveryId: id }));
  const idempotency = { scope: "key_1", key: "a key", bodyHash: bytesOf("\u0000hash") };
  await store.events.append(aRequest([anEvent({ id: "with_key" })], { idempotency }));
  await store.journal.commit(
    aBatch({
      dispatchedTo: count,
      attempts: events.map((_, index) =>
        index % 7 === 0
          ? aFailedAttempt({ position: index + 1, errorDetail: `no\0${index}`, responseBody: bytesOf("\u0000no") })
          : anAttempt({ position: index + 1, endpointNumber: 1 + (index % 3), durationMs: 1.5 }),
      ),
      lanes: [
        aLane({ readPosition: count - 9, pending: [count - 12, count - 10] }),
        aLane({ endpointNumber: 3, behind: false, health: { failures: 3 } as never }),
      ],
    }),
  );
  await park(store, 1, aRow({ position: 20 }), aRow({ position: 21, state: "held", key: 7 }));
  await park(
    store,
    3,
    aRow({ position: 22, state: "exhausted", attempts: 9 }),
    aRow({ position: 23, state: "cancelled" }),
  );
  await store.events.trim(aTrim({ olderThanMs: Date.now() + 60_000, rowsMax: 5 }));
  await store.journal.trimAttempts({ olderThanMs: Date.now(), rowsMax: 4 });
  await store.close();
}

async function configure(store: Store): Promise<void> {
  const { registry, consumers, replays, eventTypes, sources } = store;
  for (let number = 1; number <= 4; number++) {
    await registry.createEndpoint(anEndpoint({ id: `ep_${number}`, description: "\u00e9\u0001" }), aStart);
  }
  // Numbers 2 and 4 are never given again.
  for (const number of [2, 4]) await registry.deleteEndpoint(number);
  await registry.putKey(aKey({ id: "key_b", name: "second" }));
  await registry.putKey(
    aKey({ id: "key_a", previous: { hash: "cd".repeat(32), untilMs: 5 }, tenant: "acme", lastUsedAtMs: 7.5 }),
  );
  for (const name of ["\u00e9", "z", "Z"]) await consumers.put(aConsumer({ name, position: 300 }));
  await replays.put(aReplay(), { shard: 0, fence: 1 });
  await eventTypes.put(anEventType({ name: "order.paid" }));
  await eventTypes.put(anEventType({ name: "Order" }));
  await sources.create(aSource());
  const second = await sources.create(aSource({ id: "src_2", name: "second" }));
  await sources.remove(second.number);
  await sources.note([aReceipt({ request: bytesOf("\u0000\n") }), aReceipt({ bodyTruncated: true, detail: null })]);
}
