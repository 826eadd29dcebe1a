import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { StoredEvent } from "../../src/core/event.ts";
import {
  anEvent,
  append,
  appendMany,
  aRequest,
  bytesOf,
  itemsOf,
  loadAll,
  plain,
  positionsOf,
  withCode,
} from "./builders.ts";
import { type StoreKind, withStore } from "./store-kinds.ts";

/** What `append` and its listeners promise. */
export function appendSuite(kind: StoreKind): void {
  describe(`append, in the ${kind.name} store`, () => {
    const promise = (sentence: string, work: Parameters<typeof withStore>[1]): void => {
      test(sentence, () => withStore(kind, work));
    };

    promise("an empty log begins after position 0, in its first epoch", async ({ store }) => {
      const { epochs, earliest, head } = store.events.bounds();
      const [epoch, ...others] = epochs;
      assert.match(String(epoch?.id), /^[0-9a-f]{12}$/);
      assert.deepEqual([epoch?.after, others], [0, []]);
      assert.deepEqual([earliest, head], [1, 0]);
    });

    promise("every member of an event comes back as it was given, byte for byte", async ({ store, clock }) => {
      const full = anEvent({
        subject: "order 1 – ü",
        version: "2024-01",
        tenant: "acme",
        data: '{"a" : 1.0,\t"ü":"\\u0000"}',
      });
      const bare = anEvent({ tenant: "acme", data: "" });
      await append(store, full, bare);
      for (const [index, published] of [full, bare].entries()) {
        const { occurredAtWasGiven: _, ...event } = published;
        const expected = plain({ ...event, position: index + 1, acceptedAtMs: clock.nowMs });
        assert.deepEqual(plain(await store.events.find("acme", published.id)), expected);
        const page = await store.events.read({ after: index, limit: 1, bytesMax: 1000 });
        assert.deepEqual(page.events.map(plain), [expected]);
      }
    });

    promise("positions are dense in the order of requests and of their events", async ({ store }) => {
      assert.deepEqual(await append(store, anEvent(), anEvent()), [1, 2]);
      assert.deepEqual(await append(store, anEvent()), [3]);
      assert.equal(store.events.bounds().head, 3);
      assert.deepEqual(await append(store), []);
    });

    promise("positions stay dense when many append at once and some are refused", async ({ store }) => {
      const taken = anEvent({ data: "1" });
      await append(store, taken);
      const requests = Array.from({ length: 200 }, (_, index) => {
        const events = Array.from({ length: 1 + (index % 5) }, () => anEvent());
        if (index % 7 === 0) events.push({ ...taken, data: bytesOf("2") });
        return store.events.append(aRequest(events, { atomic: index % 2 === 0 }));
      });
      const stored = (await Promise.all(requests)).flatMap((outcome) => {
        const items = itemsOf(outcome);
        return items.filter((item) => item.outcome === "stored" && item.position > 0).map((item) => item.position);
      });
      assert.deepEqual(
        stored,
        Array.from(stored, (_, index) => index + 2),
      );
      assert.equal(store.events.bounds().head, stored.length + 1);
      const page = await store.events.read({ after: 0, limit: 10_000, bytesMax: 1e9 });
      assert.deepEqual(
        page.events.map((event) => event.position),
        Array.from(page.events, (_, index) => index + 1),
      );
      assert.equal(page.events.length, stored.length + 1);
    });

    promise("the same event again is a duplicate of the first, and is stored once", async ({ store }) => {
      const event = anEvent({ data: '{"a":1}', subject: "s", version: "1" });
      await append(store, anEvent(), event);
      const outcome = await store.events.append(aRequest([event]));
      assert.deepEqual(itemsOf(outcome), [{ id: event.id, position: 2, outcome: "duplicate" }]);
      assert.equal(store.events.bounds().head, 2);
    });

    promise("known events among many are duplicates, and the rest is stored without gaps", async ({ store }) => {
      const events = Array.from({ length: 53 }, (_, index) => anEvent({ data: `${index}` }));
      const known = [events[20], events[37], events[50]].map((event) => event ?? anEvent());
      await append(store, ...known);
      const outcome = itemsOf(await store.events.append(aRequest([...events, anEvent(), events[5] ?? anEvent()])));
      const fresh = events.filter((event) => !known.includes(event));
      const positionOf = (event: (typeof events)[number]): number =>
        known.includes(event) ? known.indexOf(event) + 1 : fresh.indexOf(event) + 4;
      assert.deepEqual(
        outcome.map((item) => item.position),
        [...events.map(positionOf), fresh.length + 4, 9],
      );
      assert.equal(outcome.filter((item) => item.outcome === "duplicate").length, 4);
      const page = await store.events.read({ after: 3, limit: 100, bytesMax: 1e6 });
      assert.deepEqual(
        page.events.slice(0, -1).map(({ id, position, data }) => [id, position, Buffer.from(data).toString()]),
        fresh.map((event) => [event.id, positionOf(event), Buffer.from(event.data).toString()]),
      );
    });

    promise("a time that was filled in does not make the same event another", async ({ store }) => {
      const event = anEvent({ occurredAtMs: 5, occurredAtWasGiven: false });
      await append(store, event);
      const again = await store.events.append(aRequest([{ ...event, occurredAtMs: 6 }]));
      assert.equal(itemsOf(again)[0]?.outcome, "duplicate");
      const given = await store.events.append(aRequest([{ ...event, occurredAtMs: 6, occurredAtWasGiven: true }]));
      assert.equal(itemsOf(given)[0]?.outcome, "conflict");
    });

    for (const [member, value] of [
      ["type", "order.sent"],
      ["subject", "another"],
      ["version", "2"],
      ["occurredAtMs", 7],
      ["data", bytesOf('{"a":2}')],
    ] as const) {
      promise(`an id with another ${member} is a conflict with the event that has it`, async ({ store }) => {
        const event = anEvent({ data: '{"a":1}', subject: "s", version: "1" });
        await append(store, event);
        const outcome = await store.events.append(aRequest([{ ...event, [member]: value }]));
        assert.deepEqual(itemsOf(outcome), [{ id: event.id, position: 1, outcome: "conflict" }]);
        assert.equal(store.events.bounds().head, 1);
      });
    }

    promise("two tenants may use the same id", async ({ store }) => {
      const event = anEvent({ data: "1" });
      const other = { ...event, tenant: "acme", data: bytesOf("2") };
      await append(store, event, other);
      assert.equal((await store.events.find("acme", event.id))?.position, 2);
      assert.equal((await store.events.find("default", event.id))?.position, 1);
    });

    promise("one conflict refuses the whole of an atomic request, and names every conflict", async ({ store }) => {
      const [first, second] = [anEvent({ data: "1" }), anEvent({ data: "1" })];
      await append(store, first, second);
      const [fresh, late] = [anEvent(), anEvent()];
      const changed = [first, second].map((event) => ({ ...event, data: bytesOf("2") }));
      const events = [fresh, changed[0] as typeof fresh, first, changed[1] as typeof fresh, late];
      assert.deepEqual(itemsOf(await store.events.append(aRequest(events))), [
        { id: fresh.id, position: 0, outcome: "stored" },
        { id: first.id, position: 1, outcome: "conflict" },
        { id: first.id, position: 1, outcome: "duplicate" },
        { id: second.id, position: 2, outcome: "conflict" },
        { id: late.id, position: 0, outcome: "stored" },
      ]);
      assert.equal(store.events.bounds().head, 2);
      assert.equal(await store.events.find("default", fresh.id), null);
      assert.deepEqual(await append(store, fresh), [3]);
    });

    promise("a conflict refuses only itself in a request that is not atomic", async ({ store }) => {
      const taken = anEvent({ data: "1" });
      await append(store, taken);
      const events = [anEvent(), { ...taken, data: bytesOf("2") }, anEvent()];
      const outcome = await store.events.append(aRequest(events, { atomic: false }));
      assert.deepEqual(
        itemsOf(outcome).map(({ position, outcome }) => [position, outcome]),
        [
          [2, "stored"],
          [1, "conflict"],
          [3, "stored"],
        ],
      );
    });

    promise("an id that is twice in one request is stored once, or is a conflict with itself", async ({ store }) => {
      const event = anEvent({ data: "1" });
      assert.deepEqual(await append(store, event, event, anEvent()), [1, 1, 2]);
      const other = anEvent({ data: "1" });
      const outcome = await store.events.append(aRequest([other, { ...other, data: bytesOf("2") }]));
      assert.deepEqual(
        itemsOf(outcome).map(({ position, outcome }) => [position, outcome]),
        [
          [0, "stored"],
          [0, "conflict"],
        ],
      );
      assert.equal(store.events.bounds().head, 2);
    });

    promise("a refused request does no harm to those that are stored with it", async ({ store }) => {
      const taken = anEvent({ data: "1" });
      await append(store, taken);
      const refused = aRequest([anEvent(), { ...taken, data: bytesOf("2") }]);
      const outcomes = await Promise.all([
        store.events.append(aRequest([anEvent(), anEvent()])),
        store.events.append(refused),
        store.events.append(aRequest([anEvent()])),
      ]);
      assert.deepEqual(outcomes.map(positionsOf), [[2, 3], [0, 1], [4]]);
      const page = await store.events.read({ after: 0, limit: 10, bytesMax: 1e6 });
      assert.deepEqual(
        page.events.map((event) => event.position),
        [1, 2, 3, 4],
      );
    });

    promise("the time of acceptance never goes back, whatever the clock does", async ({ store, clock }) => {
      await append(store, anEvent());
      const firstMs = clock.nowMs;
      clock.nowMs -= 60_000;
      await append(store, anEvent());
      clock.nowMs += 61_000;
      await append(store, anEvent());
      const { events } = await store.events.read({ after: 0, limit: 10, bytesMax: 1e6 });
      assert.deepEqual(
        events.map((event) => event.acceptedAtMs),
        [firstMs, firstMs, firstMs + 1000],
      );
    });

    promise("listeners get every event once, in order, before its append is answered", async ({ store }) => {
      const seen: StoredEvent[] = [];
      store.events.onAppended((events) => seen.push(...events));
      let late = 0;
      const taken = anEvent({ data: "1" });
      await Promise.all(
        Array.from({ length: 100 }, async (_, index) => {
          const events = Array.from({ length: 1 + (index % 3) }, () => anEvent({ data: `${index}` }));
          if (index % 10 === 0) events.push(taken);
          const positions = positionsOf(await store.events.append(aRequest(events)));
          if (positions.some((position) => !seen.some((event) => event.position === position))) late += 1;
        }),
      );
      assert.equal(late, 0);
      assert.deepEqual(
        seen.map((event) => event.position),
        Array.from(seen, (_, index) => index + 1),
      );
      const page = await store.events.read({ after: 0, limit: 1000, bytesMax: 1e9 });
      assert.deepEqual(seen.map(plain), page.events.map(plain));
    });

    promise("after close nothing is taken, and closing again is harmless", async ({ store }) => {
      await append(store, anEvent());
      await store.close();
      await store.close();
      await assert.rejects(append(store, anEvent()), withCode("shutting-down"));
      await assert.rejects(store.events.read({ after: 0, limit: 1, bytesMax: 1 }), withCode("shutting-down"));
      const back = store.events.readBack({ before: 9, limit: 1, bytesMax: 1 });
      await assert.rejects(back, withCode("shutting-down"));
      await assert.rejects(loadAll(store), withCode("shutting-down"));
      await assert.rejects(store.registry.load(), withCode("shutting-down"));
    });

    promise("close finishes what was taken", async ({ store }) => {
      const appended = Array.from({ length: 50 }, () => append(store, anEvent()));
      const closed = store.close();
      assert.deepEqual(
        (await Promise.all(appended)).flat(),
        Array.from({ length: 50 }, (_, index) => index + 1),
      );
      await closed;
    });

    promise("counters tell commits, bytes of data and what waits", async ({ store }) => {
      await appendMany(store, 3, { data: "12345" });
      const counters = store.counters();
      assert.ok(counters.commits >= 1);
      assert.deepEqual([counters.logBytes, counters.queued, store.trouble()], [15, 0, null]);
    });
  });
}
