import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Measures } from "../../src/core/measures.ts";
import { hourMs, minuteMs } from "../../src/log/statistics-rows.ts";
import type { FoundGroup, StatisticsQuery, StatisticsStore } from "../../src/log/statistics-store.ts";
import type { Store } from "../../src/log/store.ts";
import { aBatch, aFailedAttempt, anAttempt, anEndpoint, anEvent, append, aStart, withCode } from "./builders.ts";
import { HandClock, type StoreKind, withStore } from "./store-kinds.ts";

const acceptedAtMs = new HandClock().nowMs;
const hour = Math.floor(acceptedAtMs / hourMs) * hourMs;

/** Attempts of an event, journalled one after the other. */
const journal = (store: Store, ...attempts: Parameters<typeof anAttempt>[0][]): Promise<void> =>
  store.journal.commit(
    aBatch({ attempts: attempts.map((one) => (one?.errorClass === undefined ? anAttempt(one) : aFailedAttempt(one))) }),
  );

/** As a process does it, `limit` attempts at a time. */
async function roll(statistics: StatisticsStore, limit = 1000): Promise<number> {
  let pages = 0;
  for (;;) {
    const { rolledTo } = await statistics.state();
    const page = await statistics.page({ after: rolledTo, limit, minutesFromMs: 0 });
    if (page.attempts === 0) return pages;
    assert.ok(await statistics.add({ after: rolledTo, ...page }));
    pages += 1;
  }
}

const aQuery = (members: Partial<StatisticsQuery> = {}): StatisticsQuery => ({
  fromMs: hour,
  beforeMs: hour + hourMs,
  stepMs: hourMs,
  bucketMs: hourMs,
  groupBy: "none",
  groupsMax: 10,
  ...members,
});

/** `sent`, `delivered` and `attempts` of each group, in all of its buckets. */
async function counts(store: Store, members: Partial<StatisticsQuery> = {}) {
  const groups = await store.statistics.read(aQuery(members));
  return groups.map((group) => {
    const { sent, delivered, attempts } = wholeOf(group);
    return [group.isOthers ? "others" : group.key, sent, delivered, attempts];
  });
}

function wholeOf({ buckets }: FoundGroup): Measures {
  const whole = new Measures();
  for (const measures of buckets.values()) whole.merge(measures);
  return whole;
}

/** What `StatisticsStore` promises. */
export function statisticsSuite(kind: StoreKind): void {
  describe(`statistics, in the ${kind.name} store`, () => {
    const promise = (sentence: string, work: Parameters<typeof withStore>[1]): void => {
      test(sentence, () => withStore(kind, work));
    };

    promise("a delivery is sent by its first attempt and delivered by the one that succeeds", async ({ store }) => {
      await append(store, anEvent({ occurredAtMs: acceptedAtMs - 1000 }), anEvent(), anEvent());
      await journal(
        store,
        { position: 1, startedAtMs: acceptedAtMs + 50, durationMs: 20 },
        { position: 2, errorClass: "timeout" },
        { position: 2, number: 2, trigger: "retry", errorClass: "http_status" },
        { position: 2, number: 3, trigger: "retry" },
        { position: 3, errorClass: "timeout" },
      );
      assert.deepEqual(await store.statistics.state(), { rolledTo: 0, lastSequence: 5 });
      await roll(store.statistics);
      assert.deepEqual(await store.statistics.state(), { rolledTo: 5, lastSequence: 5 });
      assert.deepEqual(await counts(store), [[null, 3, 2, 5]]);
      const [whole] = await store.statistics.read(aQuery({ type: "order.paid" }));
      const measures = wholeOf(whole as FoundGroup);
      assert.deepEqual(Object.fromEntries(measures.errors), { timeout: 2, http_status: 1 });
      const found = [measures.fromOccurred, measures.fromAccepted, measures.fromAttempt].map(({ count }) => count);
      assert.deepEqual(found, [2, 2, 2]);
    });

    promise("delays run from when the event occurred, was accepted, and the attempt began", async ({ store }) => {
      await append(store, anEvent({ occurredAtMs: acceptedAtMs - 1000 }));
      await journal(store, { startedAtMs: acceptedAtMs + 50, durationMs: 20 });
      await roll(store.statistics);
      const [whole] = await store.statistics.read(aQuery());
      const { fromOccurred, fromAccepted, fromAttempt } = wholeOf(whole as FoundGroup);
      assert.deepEqual(
        [fromOccurred, fromAccepted, fromAttempt].map((histogram) => histogram.quantiles()?.max),
        [1070, 70, 20],
      );
    });

    promise("what a replay sent counts nowhere, nor what was tried after it", async ({ store }) => {
      await append(store, anEvent(), anEvent(), anEvent());
      await journal(
        store,
        { position: 1 },
        { position: 1, number: 2, trigger: "replay" },
        { position: 2, trigger: "replay", errorClass: "timeout" },
        { position: 2, number: 2, trigger: "retry" },
        { position: 3, errorClass: "timeout" },
        { position: 3, number: 2, trigger: "replay" },
      );
      await roll(store.statistics);
      assert.deepEqual(await counts(store), [[null, 2, 1, 2]]);
    });

    promise("what was delivered and is sent by hand once more is delivered once", async ({ store }) => {
      await append(store, anEvent());
      await journal(store, {}, { number: 2, trigger: "manual" });
      await journal(store, { number: 3, trigger: "manual", endpointNumber: 1 });
      await roll(store.statistics, 1);
      assert.deepEqual(await counts(store), [[null, 1, 1, 3]]);
    });

    promise("a delivery that is begun anew is sent once and delivered once", async ({ store }) => {
      await append(store, anEvent(), anEvent());
      await journal(store, { position: 1 }, { position: 2, errorClass: "timeout" });
      await journal(store, { position: 1 }, { position: 2 }, { position: 1, endpointNumber: 2 });
      await roll(store.statistics, 2);
      assert.deepEqual(await counts(store), [[null, 3, 3, 5]]);
    });

    promise("the counts are the same however many attempts a page has", async ({ store }) => {
      const events = Array.from({ length: 30 }, (_, nth) => anEvent({ type: `t.${nth % 3}` }));
      await append(store, ...events);
      await journal(store, ...events.map((_, index) => ({ position: index + 1, endpointNumber: 1 + (index % 4) })));
      assert.equal(await roll(store.statistics, 7), 5);
      assert.deepEqual(await counts(store), [[null, 30, 30, 30]]);
      assert.deepEqual(await counts(store, { groupBy: "type" }), [
        ["t.0", 10, 10, 10],
        ["t.1", 10, 10, 10],
        ["t.2", 10, 10, 10],
      ]);
    });

    promise("a page that somebody else added is not added again", async ({ store }) => {
      await append(store, anEvent());
      await journal(store, {});
      const page = await store.statistics.page({ after: 0, limit: 10, minutesFromMs: 0 });
      const added = await Promise.all([1, 2, 3].map(() => store.statistics.add({ after: 0, ...page })));
      assert.deepEqual(added.filter(Boolean), [true]);
      assert.deepEqual(await counts(store), [[null, 1, 1, 1]]);
      assert.equal((await store.statistics.page({ after: page.through, limit: 10, minutesFromMs: 0 })).attempts, 0);
    });

    promise("tenants, endpoints and types are told apart, alone and together", async ({ store }) => {
      const given = [
        ["a", "x", 1],
        ["a", "y", 1],
        ["a", "x", 2],
        ["b", "x", 3],
      ] as const;
      await append(store, ...given.map(([tenant, type]) => anEvent({ tenant, type })));
      await journal(store, ...given.map(([, , endpointNumber], index) => ({ position: index + 1, endpointNumber })));
      await roll(store.statistics);
      assert.deepEqual(await counts(store, { tenant: "a" }), [[null, 3, 3, 3]]);
      assert.deepEqual(await counts(store, { tenant: "c" }), [[null, 0, 0, 0]]);
      assert.deepEqual(await counts(store, { type: "x" }), [[null, 3, 3, 3]]);
      assert.deepEqual(await counts(store, { tenant: "a", type: "x" }), [[null, 2, 2, 2]]);
      assert.deepEqual(await counts(store, { endpointNumber: 1 }), [[null, 2, 2, 2]]);
      assert.deepEqual(await counts(store, { endpointNumber: 1, type: "y" }), [[null, 1, 1, 1]]);
      assert.deepEqual(await counts(store, { endpointNumber: 1, tenant: "b" }), [[null, 0, 0, 0]]);
      assert.deepEqual(await counts(store, { groupBy: "tenant" }), [
        ["a", 3, 3, 3],
        ["b", 1, 1, 1],
      ]);
      assert.deepEqual(await counts(store, { groupBy: "endpoint", tenant: "a" }), [
        [1, 2, 2, 2],
        [2, 1, 1, 1],
      ]);
      assert.deepEqual(await counts(store, { groupBy: "type", endpointNumber: 1 }), [
        ["x", 1, 1, 1],
        ["y", 1, 1, 1],
      ]);
    });

    promise("groups beyond the most are added up as others", async ({ store }) => {
      await append(store, ...["x", "x", "x", "y", "y", "z", "w"].map((type) => anEvent({ type })));
      await journal(store, ...[1, 2, 3, 4, 5, 6, 7].map((position) => ({ position })));
      await roll(store.statistics);
      assert.deepEqual(await counts(store, { groupBy: "type", groupsMax: 2 }), [
        ["x", 3, 3, 3],
        ["y", 2, 2, 2],
        ["others", 2, 2, 2],
      ]);
    });

    promise("buckets are by when events were accepted, in minutes and in hours", async ({ store, clock }) => {
      const at = [0, 0, 61_000, hourMs];
      for (const [index, afterMs] of at.entries()) {
        clock.nowMs = hour + afterMs;
        await append(store, anEvent());
        // Whenever it was sent.
        await journal(store, { position: index + 1, startedAtMs: hour + 5 * hourMs });
      }
      await roll(store.statistics);
      const range = { fromMs: hour, beforeMs: hour + 2 * hourMs };
      const byMinute = await store.statistics.read(aQuery({ ...range, stepMs: minuteMs, bucketMs: minuteMs }));
      const sent = [...(byMinute[0]?.buckets ?? [])].map(([begin, measures]) => [begin - hour, measures.sent]);
      assert.deepEqual(sent, [
        [0, 2],
        [minuteMs, 1],
        [hourMs, 1],
      ]);
      const byHour = await store.statistics.read(aQuery(range));
      assert.deepEqual(
        [...(byHour[0]?.buckets ?? [])].map(([begin, measures]) => [begin - hour, measures.sent]),
        [
          [0, 3],
          [hourMs, 1],
        ],
      );
      assert.deepEqual(await counts(store, { ...range, bucketMs: 24 * hourMs, fromMs: hour + hourMs }), [
        [null, 1, 1, 1],
      ]);
    });

    promise(
      "attempts whose event left the log count by when they began, for their endpoint's tenant",
      async (subject) => {
        const { store, clock } = subject;
        const { number } = await store.registry.createEndpoint(anEndpoint({ tenant: "a" }), aStart);
        await append(store, anEvent({ tenant: "a" }));
        clock.nowMs += 1;
        const rule = { olderThanMs: clock.nowMs, bytesMax: null, rowsMax: 10 };
        await store.events.trim(rule);
        await journal(store, { endpointNumber: number, startedAtMs: hour + 1 }, { endpointNumber: 77, position: 9 });
        await roll(store.statistics);
        assert.deepEqual(await counts(store, { groupBy: "type", tenant: "a" }), [["", 1, 1, 1]]);
        assert.deepEqual(await counts(store, { tenant: "default" }), [[null, 1, 1, 1]]);
        const [whole] = await store.statistics.read(aQuery({ tenant: "a" }));
        assert.equal(wholeOf(whole as FoundGroup).fromAccepted.count, 0);
        assert.equal(wholeOf(whole as FoundGroup).fromAttempt.count, 1);
      },
    );

    promise(
      "more rows than one page may have are several pages, and of several pages one answer",
      async ({ store }) => {
        const events = Array.from({ length: 600 }, (_, nth) => anEvent({ type: `t.${nth}` }));
        await append(store, ...events);
        await journal(store, ...events.map((_, index) => ({ position: index + 1 })));
        assert.ok((await roll(store.statistics)) > 1);
        await append(store, ...Array.from({ length: 600 }, (_, nth) => anEvent({ type: `t.${nth + 600}` })));
        await journal(store, ...Array.from({ length: 600 }, (_, nth) => ({ position: nth + 601, endpointNumber: 2 })));
        await roll(store.statistics);
        assert.deepEqual(await counts(store, { groupBy: "endpoint" }), [
          [1, 600, 600, 600],
          [2, 600, 600, 600],
        ]);
      },
    );

    promise("retention removes minutes and hours, each by its own age, in small steps", async ({ store, clock }) => {
      for (let at = 0; at < 4; at++) {
        clock.nowMs = hour + at * minuteMs;
        await append(store, anEvent());
        await journal(store, { position: at + 1 });
      }
      await roll(store.statistics);
      const trim = { minutesBeforeMs: hour + 3 * minuteMs, hoursBeforeMs: hour, rowsMax: 2 };
      assert.equal(await store.statistics.trim(trim), true);
      while (await store.statistics.trim(trim));
      const minutes = { stepMs: minuteMs, bucketMs: minuteMs };
      assert.deepEqual(await counts(store, minutes), [[null, 1, 1, 1]]);
      assert.deepEqual(await counts(store), [[null, 4, 4, 4]]);
      while (await store.statistics.trim({ ...trim, hoursBeforeMs: hour + hourMs }));
      assert.deepEqual(await counts(store), [[null, 0, 0, 0]]);
      assert.deepEqual(await counts(store, { ...minutes, groupBy: "type" }), [["order.paid", 1, 1, 1]]);
    });

    promise("attempts that left before they were counted are passed over, and the others counted", async (subject) => {
      const { store, clock } = subject;
      await append(store, anEvent(), anEvent(), anEvent());
      await journal(store, { position: 1 }, { position: 2 });
      clock.nowMs += hourMs;
      await journal(store, { position: 3, startedAtMs: clock.nowMs });
      while (await store.journal.trimAttempts({ olderThanMs: clock.nowMs - 1, rowsMax: 100 }));
      const left = await store.statistics.page({ after: 0, limit: 10, minutesFromMs: 0 });
      assert.ok(left.through === 3 && left.attempts >= 1);
      await roll(store.statistics);
      const { rolledTo, lastSequence } = await store.statistics.state();
      assert.deepEqual([rolledTo, lastSequence], [3, 3]);
      const [[, sent] = []] = await counts(store);
      assert.equal(sent, left.attempts);
    });

    promise("minutes that are not kept are not made", async ({ store }) => {
      await append(store, anEvent());
      await journal(store, {});
      const page = await store.statistics.page({ after: 0, limit: 10, minutesFromMs: acceptedAtMs + minuteMs });
      await store.statistics.add({ after: 0, ...page });
      assert.deepEqual(await counts(store, { stepMs: minuteMs, bucketMs: minuteMs }), [[null, 0, 0, 0]]);
      assert.deepEqual(await counts(store), [[null, 1, 1, 1]]);
    });

    if (kind.reopens) {
      promise("what was counted is there after reopening, and is not counted again", async (subject) => {
        await append(subject.store, anEvent(), anEvent());
        await journal(subject.store, {});
        await roll(subject.store.statistics);
        await journal(subject.store, { position: 2, errorClass: "dns" });
        const store = await subject.reopen();
        await roll(store.statistics);
        assert.deepEqual(await counts(store), [[null, 2, 1, 2]]);
      });
    }

    promise("after close nothing is taken", async ({ store }) => {
      await store.close();
      await assert.rejects(store.statistics.state(), withCode("shutting-down"));
      await assert.rejects(store.statistics.read(aQuery()), withCode("shutting-down"));
      const page = { after: 0, rows: [], attempts: 0, through: 0 };
      await assert.rejects(store.statistics.add(page), withCode("shutting-down"));
    });
  });
}
