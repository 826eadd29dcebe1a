import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { StoredEvent } from "../../src/core/event.ts";
import { decodeRequest, encodeRequest } from "../../src/core/received-request.ts";
import { anEvent, append, aReceivedRequest, aRequest, aTrim, bytesOf, itemsOf } from "./builders.ts";
import { type StoreKind, withStore } from "./store-kinds.ts";

/** Not UTF-8, with a BOM, line ends, and every byte. */
const hostile = Uint8Array.from([
  0xef,
  0xbb,
  0xbf,
  0x0a,
  0x0d,
  0xff,
  0xfe,
  ...Array.from({ length: 256 }, (_, i) => i),
]);

const received = (members: Parameters<typeof anEvent>[0] = {}) => {
  const event = anEvent({ data: '{"a":1}', ...members });
  return { ...event, request: members.request ?? encodeRequest(aReceivedRequest({ body: hostile }), event.data) };
};

const bytes = (event: StoredEvent | null | undefined) => [
  Buffer.from(event?.data ?? []).toString("hex"),
  event?.request == null ? null : Buffer.from(event.request).toString("hex"),
];

/** What the log promises of events that were received. */
export function receivedSuite(kind: StoreKind): void {
  describe(`received events, in the ${kind.name} store`, () => {
    const promise = (sentence: string, work: Parameters<typeof withStore>[1]): void => {
      test(sentence, () => withStore(kind, work));
    };

    promise(
      "the request comes back byte for byte, however the event is read, also after reopening",
      async (subject) => {
        const asData = anEvent({ data: '{"b":2}' });
        const events = [
          anEvent(),
          received(),
          { ...asData, request: encodeRequest(aReceivedRequest({ body: asData.data }), asData.data) },
          received({ data: "" }),
          anEvent({ data: "" }),
        ];
        const seen: StoredEvent[] = [];
        subject.store.events.onAppended((appended) => seen.push(...appended));
        await append(subject.store, ...events);
        assert.deepEqual(
          seen.map(bytes),
          events.map((event) => bytes(event as unknown as StoredEvent)),
        );
        const { events: log } = kind.reopens ? await subject.reopen() : subject.store;
        const page = await log.read({ after: 0, limit: 10, bytesMax: 1e6 });
        assert.deepEqual(page.events.map(bytes), seen.map(bytes));
        const back = await log.readBack({ before: 99, limit: 10, bytesMax: 1e6 });
        assert.deepEqual(back.events.map(bytes), seen.map(bytes).reverse());
        const ofTenant = await log.read({ after: 1, limit: 1, bytesMax: 1e6, tenant: "default" });
        assert.deepEqual(ofTenant.events.map(bytes), [bytes(seen[1])]);
        for (const event of seen) assert.deepEqual(bytes(await log.find(event.tenant, event.id)), bytes(event));
        const found = (await log.find("default", events[1]?.id ?? "")) as StoredEvent;
        const request = decodeRequest(found.request as Uint8Array, found.data);
        assert.deepEqual({ ...request, body: [...request.body] }, { ...aReceivedRequest(), body: [...hostile] });
        const whole = (await log.find("default", asData.id)) as StoredEvent;
        assert.deepEqual([...decodeRequest(whole.request as Uint8Array, whole.data).body], [...asData.data]);
      },
    );

    promise("a page and retention by size count the requests too, also after reopening", async (subject) => {
      const { store: first } = subject;
      const one = received({ data: "12345", request: new Uint8Array(95) });
      const two = received({ data: "12345", request: new Uint8Array(15) });
      await append(first, one, anEvent({ data: "12345" }), two);
      assert.equal(first.counters().logBytes, 125);
      const store = kind.reopens ? await subject.reopen() : first;
      assert.equal(store.counters().logBytes, 125);
      const pages = [];
      for (const bytesMax of [100, 105, 125]) {
        pages.push((await store.events.read({ after: 0, limit: 9, bytesMax })).events.length);
      }
      assert.deepEqual(pages, [1, 2, 3]);
      assert.equal((await store.events.readBack({ before: 4, limit: 9, bytesMax: 25 })).events.length, 2);
      const { removed } = await store.events.trim(aTrim({ bytesMax: 25 }));
      assert.deepEqual([removed, store.counters().logBytes], [1, 25]);
    });

    promise("a received event that comes again is known by its id alone, and counted", async ({ store, clock }) => {
      const first = received();
      const [position = 0] = await append(store, first);
      assert.deepEqual(await store.events.redeliveries(position), { count: 0, lastAtMs: null });
      const again = {
        ...first,
        type: "other.type",
        data: bytesOf("[]"),
        request: new Uint8Array([1, 10]),
        occurredAtMs: 9,
      };
      for (let copies = 1; copies <= 3; copies++) {
        clock.nowMs += 1000;
        const outcome = await store.events.append(aRequest([again]));
        assert.deepEqual(itemsOf(outcome), [{ id: first.id, position, outcome: "duplicate" }]);
        assert.deepEqual(await store.events.redeliveries(position), { count: copies, lastAtMs: clock.nowMs });
      }
      assert.equal(store.events.bounds().head, 1);
      assert.deepEqual(bytes(await store.events.find("default", first.id)), bytes(first as unknown as StoredEvent));
    });

    promise("copies that come together are stored once, and each is counted", async ({ store }) => {
      const event = received();
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, () => store.events.append(aRequest([event], { atomic: false }))),
      );
      const words = outcomes.map((outcome) => itemsOf(outcome)[0]?.outcome);
      assert.equal(words.filter((word) => word === "stored").length, 1);
      assert.equal((await store.events.redeliveries(1)).count, 19);
    });

    promise("the same id in another tenant is another event", async ({ store }) => {
      const event = received();
      await append(store, event, { ...event, tenant: "acme" });
      assert.deepEqual([store.events.bounds().head, (await store.events.redeliveries(1)).count], [2, 0]);
    });

    promise("a received and a published event with one id are in conflict, whichever was first", async ({ store }) => {
      const [one, two] = [received(), received()];
      await append(store, one, { ...two, request: null });
      for (const event of [{ ...one, request: null }, two]) {
        const outcome = await store.events.append(aRequest([event], { atomic: false }));
        assert.equal(itemsOf(outcome)[0]?.outcome, "conflict");
      }
      assert.deepEqual((await store.events.redeliveries(1)).count, 0);
    });

    promise("a published event that comes again is not counted", async ({ store }) => {
      const event = anEvent();
      await append(store, event);
      await append(store, event);
      assert.equal((await store.events.redeliveries(1)).count, 0);
    });

    promise("counts are there after reopening, and leave with their event", async (subject) => {
      const [old, young] = [received(), received()];
      await append(subject.store, old, young);
      await append(subject.store, old, young);
      const store = kind.reopens ? await subject.reopen() : subject.store;
      assert.equal((await store.events.redeliveries(1)).count, 1);
      const { removed } = await store.events.trim(aTrim({ olderThanMs: subject.clock.nowMs + 1, rowsMax: 1 }));
      assert.equal(removed, 1);
      assert.deepEqual(await store.events.redeliveries(1), { count: 0, lastAtMs: null });
      assert.equal((await store.events.redeliveries(2)).count, 1);
    });
  });
}
