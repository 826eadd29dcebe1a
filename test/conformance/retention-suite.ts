import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { limits } from "../../src/core/limits.ts";
import {
  aBatch,
  anAttempt,
  anEvent,
  append,
  appendMany,
  aRequest,
  aRow,
  aTrim,
  bytesOf,
  loadAll,
  park,
} from "./builders.ts";
import { type StoreKind, withStore } from "./store-kinds.ts";

/** What `trim` and `trimAttempts` promise. */
export function retentionSuite(kind: StoreKind): void {
  describe(`retention, in the ${kind.name} store`, () => {
    const promise = (sentence: string, work: Parameters<typeof withStore>[1]): void => {
      test(sentence, () => withStore(kind, work));
    };

    promise("events older than the rule leave, in steps, oldest first", async ({ store, clock }) => {
      await appendMany(store, 7);
      clock.nowMs += 1000;
      await appendMany(store, 3);
      const rule = aTrim({ olderThanMs: clock.nowMs, rowsMax: 3 });
      const steps = [];
      for (let i = 0; i < 4; i++) {
        const { removed, more, bounds } = await store.events.trim(rule);
        steps.push([removed, more, bounds.earliest, bounds.head]);
      }
      assert.deepEqual(steps, [
        [3, true, 4, 10],
        [3, true, 7, 10],
        [1, false, 8, 10],
        [0, false, 8, 10],
      ]);
      assert.equal(store.events.bounds().earliest, 8);
      const page = await store.events.read({ after: 0, limit: 100, bytesMax: 1e6 });
      assert.deepEqual(
        page.events.map((event) => event.position),
        [8, 9, 10],
      );
      assert.equal(store.counters().logBytes, 3 * 2);
    });

    promise("the oldest leave until the data that is left is within its bytes", async ({ store }) => {
      for (const bytes of [5, 50, 1, 20, 10]) await append(store, anEvent({ data: "x".repeat(bytes) }));
      const result = await store.events.trim(aTrim({ bytesMax: 31 }));
      assert.deepEqual([result.removed, result.more, result.bounds.earliest], [2, false, 3]);
      assert.equal(store.counters().logBytes, 31);
      const step = await store.events.trim(aTrim({ bytesMax: 0, rowsMax: 2 }));
      assert.deepEqual([step.removed, step.more], [2, true]);
      assert.equal(store.counters().logBytes, 10);
    });

    promise("a log that was trimmed empty goes on where it was", async (subject) => {
      await appendMany(subject.store, 4);
      const { bounds } = await subject.store.events.trim(aTrim({ olderThanMs: subject.clock.nowMs + 1 }));
      assert.deepEqual([bounds.earliest, bounds.head], [5, 4]);
      const store = kind.reopens ? await subject.reopen() : subject.store;
      const { epochs: _, ...ends } = store.events.bounds();
      assert.deepEqual(ends, { earliest: 5, head: 4 });
      assert.deepEqual(await store.events.read({ after: 0, limit: 5, bytesMax: 1e6 }), { events: [], through: 4 });
      assert.equal(store.counters().logBytes, 0);
      assert.deepEqual(await append(store, anEvent()), [5]);
    });

    promise("an event that left is unknown, and its id is free", async ({ store, clock }) => {
      const event = anEvent({ data: "1" });
      await append(store, event);
      await store.events.trim(aTrim({ olderThanMs: clock.nowMs + 1 }));
      assert.equal(await store.events.find("default", event.id), null);
      assert.deepEqual(await append(store, { ...event, data: bytesOf("2") }), [2]);
    });

    promise(
      "a time before what is left finds no position, unless it is after all that left",
      async ({ store, clock }) => {
        const firstMs = clock.nowMs;
        await appendMany(store, 3);
        clock.nowMs += 1000;
        await append(store, anEvent());
        await store.events.trim(aTrim({ olderThanMs: clock.nowMs }));
        assert.equal(await store.events.positionBefore(firstMs), 0);
        assert.equal(await store.events.positionBefore(firstMs + 1), 3);
        assert.equal(await store.events.positionBefore(clock.nowMs), 3);
        assert.equal(await store.events.positionBefore(clock.nowMs + 1), 4);
      },
    );

    promise(
      "what is parked for an event that leaves is cancelled, and counted by endpoint",
      async ({ store, clock }) => {
        await appendMany(store, 3);
        clock.nowMs += 1000;
        await appendMany(store, 2);
        await park(store, 1, aRow({ position: 1 }), aRow({ position: 2, state: "sending" }), aRow({ position: 4 }));
        await park(store, 2, aRow({ position: 3 }), aRow({ position: 2, state: "exhausted" }));
        await park(store, 3, aRow({ position: 1, state: "exhausted" }), aRow({ position: 5 }));
        const { cancelled, removed } = await store.events.trim(aTrim({ olderThanMs: clock.nowMs }));
        assert.equal(removed, 3);
        assert.deepEqual([...cancelled].sort(), [
          [1, 2],
          [2, 1],
        ]);
        assert.deepEqual(
          (await store.journal.parkedDue(1, 10)).rows.map((row) => row.position),
          [4],
        );
        assert.equal((await store.journal.delivery(2, 2)).parked, null);
        assert.deepEqual(
          [...(await loadAll(store)).parkedTotals],
          [
            [1, 1],
            [3, 1],
          ],
        );
      },
    );

    promise("a step removes no more parked rows than it may, and yet goes on", async ({ store, clock }) => {
      await appendMany(store, 4);
      clock.nowMs += 1000;
      for (let endpoint = 1; endpoint <= 3; endpoint++) {
        await park(store, endpoint, aRow({ position: 1 }), aRow({ position: 2 }), aRow({ position: 3 }));
      }
      const steps = [];
      for (let i = 0; i < 4; i++) {
        const { removed, more, cancelled } = await store.events.trim(aTrim({ olderThanMs: clock.nowMs, rowsMax: 4 }));
        steps.push([removed, more, [...cancelled.values()].reduce((sum, count) => sum + count, 0)]);
      }
      assert.deepEqual(steps, [
        [1, true, 3],
        [1, true, 3],
        [2, false, 3],
        [0, false, 0],
      ]);
    });

    promise("old idempotency keys leave in steps, and young ones stay", async ({ store, clock }) => {
      const idempotency = (key: string) => ({ scope: "s", key, bodyHash: bytesOf("b") });
      for (const key of ["a", "b", "c"])
        await store.events.append(aRequest([anEvent()], { idempotency: idempotency(key) }));
      clock.nowMs += limits.idempotencyKeyAgeMs;
      await store.events.append(aRequest([anEvent()], { idempotency: idempotency("young") }));
      const steps = [];
      for (let i = 0; i < 3; i++) steps.push((await store.events.trim(aTrim({ rowsMax: 2 }))).more);
      assert.deepEqual(steps, [true, false, false]);
      const young = await store.events.append(aRequest([anEvent()], { idempotency: idempotency("young") }));
      assert.equal(young.kind, "repeated");
    });

    promise(
      "attempts leave by the time of their end, in steps, and their numbers are not used again",
      async (subject) => {
        const { journal } = subject.store;
        const attempts = [10, 20, 30, 40].map((startedAtMs) => anAttempt({ startedAtMs, durationMs: 5 }));
        await journal.commit(aBatch({ attempts }));
        assert.equal(await journal.trimAttempts({ olderThanMs: 36, rowsMax: 2 }), true);
        assert.equal(await journal.trimAttempts({ olderThanMs: 36, rowsMax: 2 }), false);
        assert.deepEqual(
          (await journal.attempts({ limit: 10 })).map((attempt) => attempt.sequence),
          [4],
        );
        assert.equal(await journal.trimAttempts({ olderThanMs: 1000, rowsMax: 2 }), false);
        assert.deepEqual(await journal.attempts({ limit: 10 }), []);
        const after = (kind.reopens ? await subject.reopen() : subject.store).journal;
        await after.commit(aBatch({ attempts: [anAttempt()] }));
        assert.deepEqual(
          (await after.attempts({ limit: 10 })).map((attempt) => attempt.sequence),
          [5],
        );
        assert.equal(await after.attempt(4), null);
      },
    );
  });
}
