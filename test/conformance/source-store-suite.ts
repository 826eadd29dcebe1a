import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { limits } from "../../src/core/limits.ts";
import type { Receipt } from "../../src/core/source.ts";
import type { Store } from "../../src/log/store.ts";
import { aReceipt, aSource, withCode } from "./builders.ts";
import { type StoreKind, withStore } from "./store-kinds.ts";

const plainReceipt = (receipt: Receipt): object => ({ ...receipt, request: Array.from(receipt.request) });

const idsOfReceipts = async (store: Store, query: { sourceNumber: number; before?: string; limit?: number }) =>
  (await store.sources.receipts({ before: null, limit: 10_000, ...query })).map(({ id }) => id);

/** What `SourceStore` promises. */
export function sourceStoreSuite(kind: StoreKind): void {
  describe(`sources and receipts, in the ${kind.name} store`, () => {
    const promise = (sentence: string, work: Parameters<typeof withStore>[1]): void => {
      test(sentence, () => withStore(kind, work));
    };

    promise(
      "sources are loaded as they were stored, in order of their numbers, also after reopening",
      async (subject) => {
        const { sources } = subject.store;
        assert.deepEqual(await sources.load(), []);
        const full = aSource({
          name: "b",
          tenant: "acme",
          description: "ü",
          scheme: { preset: "twilio", settings: { a: "1" } },
          secrets: [{ value: "s", expiresAtMs: 5 }],
          methods: ["POST", "GET"],
          allowAddresses: ["10.0.0.0/8"],
          rate: { perSecond: 0.5, burst: 3 },
          deduplication: "body",
          answer: { status: 202, body: "ok", contentType: "text/plain" },
          status: "paused",
        });
        const first = await sources.create(aSource({ name: "a" }));
        const second = await sources.create(full);
        assert.deepEqual([first.number, second], [1, { ...full, number: 2 }]);
        const store = kind.reopens ? await subject.reopen() : subject.store;
        assert.deepEqual(await store.sources.load(), [first, second]);
      },
    );

    promise("a bin is a source with what makes it one, whatever characters that has", async (subject) => {
      const answer = { status: 500, headers: { "x-a": "\u00ff" }, body: "a\u0000\ud83d\ude00", delayMs: 5, times: 2 };
      const marks = { hidden: ["evt_1"], notes: { evt_2: "\u0000 <b>" } };
      const places = { beganAt: 1, answersAfter: 2, shownAfter: 3 };
      const bin = { tenant: "acme", answers: [answer], cors: true, expiresAtMs: 9, ...places, ...marks };
      const created = await subject.store.sources.create(aSource({ id: "bin_1", tenant: "_bin_1", bin }));
      const store = kind.reopens ? await subject.reopen() : subject.store;
      assert.deepEqual(await store.sources.load(), [created]);
    });

    promise("an update replaces the source; of one that is unknown, nothing", async ({ store }) => {
      const created = await store.sources.create(aSource());
      const changed = { ...created, description: "changed", status: "paused" } as const;
      await store.sources.update(changed);
      await store.sources.update({ ...changed, number: 77 });
      assert.deepEqual(await store.sources.load(), [changed]);
    });

    promise("a removed source takes its receipts along, and its number is not used again", async (subject) => {
      const { sources } = subject.store;
      const first = await sources.create(aSource({ name: "a" }));
      const second = await sources.create(aSource({ name: "b" }));
      const [own, other] = [aReceipt({ sourceNumber: second.number }), aReceipt({ sourceNumber: first.number })];
      await sources.note([own, other]);
      await sources.remove(second.number);
      const store = kind.reopens ? await subject.reopen() : subject.store;
      assert.deepEqual(await store.sources.load(), [first]);
      assert.equal(await store.sources.receipt(own.id), null);
      assert.equal(await store.sources.receipt("rcp\0\ud800"), null, "what no receipt is called");
      assert.deepEqual(await idsOfReceipts(store, { sourceNumber: first.number }), [other.id]);
      await store.sources.note([own]);
      assert.equal(await store.sources.receipt(own.id), null, "a receipt that comes too late is not kept");
      assert.equal((await store.sources.create(aSource({ name: "c" }))).number, 3);
    });

    promise("a receipt comes back as it was noted, byte for byte, also after reopening", async (subject) => {
      const { number } = await subject.store.sources.create(aSource());
      const request = Uint8Array.from({ length: 256 }, (_, index) => index);
      const rejected = aReceipt({ sourceNumber: number, code: "ip_not_allowed", detail: "ü", request });
      const copy = aReceipt({ sourceNumber: number, outcome: "duplicate", code: null, eventId: "evt_1" });
      const cut = aReceipt({ sourceNumber: number, bodyTruncated: true, request: new Uint8Array(0) });
      await subject.store.sources.note([rejected, copy, cut]);
      const { sources } = kind.reopens ? await subject.reopen() : subject.store;
      for (const receipt of [rejected, copy, cut]) {
        assert.deepEqual(plainReceipt((await sources.receipt(receipt.id)) as Receipt), plainReceipt(receipt));
      }
      const all = await sources.receipts({ sourceNumber: number, before: null, limit: 10 });
      assert.deepEqual(all.map(plainReceipt), [cut, copy, rejected].map(plainReceipt));
      assert.equal(await sources.receipt("rcp_unknown"), null);
    });

    promise("receipts are read newest first, in pages, and by outcome; each source has its own", async ({ store }) => {
      const { number: one } = await store.sources.create(aSource({ name: "a" }));
      const { number: two } = await store.sources.create(aSource({ name: "b" }));
      const made = Array.from({ length: 9 }, (_, index) =>
        aReceipt({ sourceNumber: index % 3 === 2 ? two : one, outcome: index % 2 === 0 ? "rejected" : "handshake" }),
      );
      await store.sources.note(made.slice(0, 5));
      await store.sources.note(made.slice(5).reverse());
      const ofOne = made.filter(({ sourceNumber }) => sourceNumber === one).reverse();
      const ids = ofOne.map(({ id }) => id);
      assert.deepEqual(await idsOfReceipts(store, { sourceNumber: one }), ids);
      assert.deepEqual(await idsOfReceipts(store, { sourceNumber: one, limit: 2 }), ids.slice(0, 2));
      assert.deepEqual(
        await idsOfReceipts(store, { sourceNumber: one, before: ids[1] ?? "", limit: 2 }),
        ids.slice(2, 4),
      );
      const handshakes = await store.sources.receipts({
        sourceNumber: one,
        outcome: "handshake",
        before: null,
        limit: 10,
      });
      assert.deepEqual(
        handshakes.map(({ id }) => id),
        ofOne.filter(({ outcome }) => outcome === "handshake").map(({ id }) => id),
      );
    });

    promise("a receipt that is noted twice is there once", async ({ store }) => {
      const { number } = await store.sources.create(aSource());
      const receipt = aReceipt({ sourceNumber: number, detail: "first" });
      await store.sources.note([receipt, { ...receipt, detail: "second" }]);
      await store.sources.note([{ ...receipt, detail: "third" }]);
      assert.equal((await store.sources.receipt(receipt.id))?.detail, "first");
    });

    promise("of each source no more than so many receipts are kept: the newest", async ({ store }) => {
      const { number: busy } = await store.sources.create(aSource({ name: "a" }));
      const { number: quiet } = await store.sources.create(aSource({ name: "b" }));
      const old = aReceipt({ sourceNumber: quiet });
      const made = Array.from({ length: limits.receiptsPerSource + 7 }, () => aReceipt({ sourceNumber: busy }));
      await store.sources.note([old]);
      await store.sources.note(made.slice(0, 900));
      await store.sources.note(made.slice(900));
      const newest = made.slice(-limits.receiptsPerSource).map(({ id }) => id);
      assert.deepEqual(await idsOfReceipts(store, { sourceNumber: busy }), newest.reverse());
      assert.deepEqual(await idsOfReceipts(store, { sourceNumber: quiet }), [old.id]);
    });

    promise("all receipts together keep within their bytes: the oldest of any source go", async (subject) => {
      const { sources } = subject.store;
      const { number: one } = await sources.create(aSource({ name: "a" }));
      const { number: two } = await sources.create(aSource({ name: "b" }));
      const quarter = new Uint8Array(limits.receiptBytes / 4);
      const made = Array.from({ length: 6 }, (_, index) =>
        aReceipt({ sourceNumber: index % 2 === 0 ? one : two, request: quarter }),
      );
      for (const receipt of made) await sources.note([receipt]);
      const store = kind.reopens ? await subject.reopen() : subject.store;
      const kept = async () => [
        ...(await idsOfReceipts(store, { sourceNumber: one })),
        ...(await idsOfReceipts(store, { sourceNumber: two })),
      ];
      assert.deepEqual(
        (await kept()).sort(),
        made.slice(2).map(({ id }) => id),
      );
      await store.sources.remove(one);
      const small = aReceipt({ sourceNumber: two, request: new Uint8Array(limits.receiptBytes / 2) });
      await store.sources.note([small]);
      const left = made.slice(2).filter(({ sourceNumber }) => sourceNumber === two);
      assert.deepEqual(
        (await kept()).sort(),
        [...left, small].map(({ id }) => id),
        "what was removed counts no more",
      );
    });

    promise("receipts leave by their age, in steps", async ({ store }) => {
      const { number } = await store.sources.create(aSource());
      const made = [10, 20, 30, 40].map((receivedAtMs) => aReceipt({ sourceNumber: number, receivedAtMs }));
      await store.sources.note(made);
      assert.equal(await store.sources.trimReceipts({ olderThanMs: 35, rowsMax: 2 }), true);
      assert.equal(await store.sources.trimReceipts({ olderThanMs: 35, rowsMax: 2 }), false);
      assert.deepEqual(await idsOfReceipts(store, { sourceNumber: number }), [made[3]?.id]);
      assert.equal(await store.sources.trimReceipts({ olderThanMs: 35, rowsMax: 2 }), false);
    });

    promise("after close nothing is taken", async ({ store }) => {
      await store.close();
      await assert.rejects(store.sources.load(), withCode("shutting-down"));
      await assert.rejects(store.sources.note([aReceipt()]), withCode("shutting-down"));
      await assert.rejects(store.sources.receipt("rcp_1"), withCode("shutting-down"));
    });
  });
}
