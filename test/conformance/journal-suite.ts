import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { errorClasses } from "../../src/core/attempt.ts";
import type { AttemptQuery } from "../../src/log/journal.ts";
import {
  aBatch,
  aFailedAttempt,
  aLane,
  anAttempt,
  anEndpoint,
  anEvent,
  append,
  aRow,
  aStart,
  aTrim,
  bytesOf,
  park,
} from "./builders.ts";
import { type StoreKind, withStore } from "./store-kinds.ts";

const health = { consecutiveFailures: 3, failingSinceMs: 5, probeAtMs: 9, failedProbes: 1, pausedUntilMs: 7 };

/** What lanes and parked rows promise. */
export function journalSuite(kind: StoreKind): void {
  describe(`the journal, in the ${kind.name} store`, () => {
    const promise = (sentence: string, work: Parameters<typeof withStore>[1]): void => {
      test(sentence, () => withStore(kind, work));
    };
    const due = async (store: Parameters<Parameters<typeof withStore>[1]>[0]["store"], endpoint: number) =>
      (await store.journal.parkedDue(endpoint, 100)).rows.map((row) => row.position);

    promise("an empty journal begins at 0", async ({ store }) => {
      assert.deepEqual(await store.journal.load(), { dispatchedTo: 0, lanes: [], parkedTotals: new Map() });
    });

    promise("what a batch says is loaded again, also after reopening", async (subject) => {
      const lanes = [
        aLane({ endpointNumber: 1, readPosition: 9, pending: [4, 7], behind: true }),
        aLane({ endpointNumber: 2, readPosition: 3, behind: false, health }),
        aLane({ endpointNumber: 3, readPosition: 12, behind: false }),
        aLane({ endpointNumber: 4, readPosition: 2, behind: true, health: { ...health, failingSinceMs: null } }),
      ];
      const changes = [1, 2, 3].map((position) => ({
        endpointNumber: 2,
        change: { do: "park", row: aRow({ position }) } as const,
      }));
      await subject.store.journal.commit(aBatch({ dispatchedTo: 12, lanes, changes }));
      const store = kind.reopens ? await subject.reopen() : subject.store;
      assert.deepEqual(await store.journal.load(), {
        dispatchedTo: 12,
        lanes: [lanes[0], lanes[1], lanes[3]],
        parkedTotals: new Map([[2, 3]]),
      });
    });

    promise("the newest record of a lane replaces it, and an idle and well one removes it", async ({ store }) => {
      await store.journal.commit(aBatch({ lanes: [aLane({ readPosition: 1, pending: [1], health })] }));
      const newer = aLane({ readPosition: 2 });
      await store.journal.commit(aBatch({ dispatchedTo: 2, lanes: [newer] }));
      assert.deepEqual((await store.journal.load()).lanes, [newer]);
      await store.journal.commit(aBatch({ dispatchedTo: 3, lanes: [aLane({ readPosition: 3, behind: false })] }));
      assert.deepEqual(await store.journal.load(), { dispatchedTo: 3, lanes: [], parkedTotals: new Map() });
    });

    promise("parked rows come by due time, then position, with their total, and no settled ones", async ({ store }) => {
      const rows = [
        aRow({ position: 1, dueAtMs: 30 }),
        aRow({ position: 2, dueAtMs: 10, state: "sending", attempts: 0, step: 0 }),
        aRow({ position: 3, dueAtMs: 5, state: "exhausted" }),
        aRow({ position: 5, dueAtMs: 20 }),
        aRow({ position: 4, dueAtMs: 20, attempts: 7, step: 3 }),
      ];
      await park(store, 1, ...rows);
      await park(store, 2, aRow({ position: 1, dueAtMs: 1 }));
      const { rows: first, total } = await store.journal.parkedDue(1, 3);
      assert.deepEqual(first, [rows[1], rows[4], rows[3]]);
      assert.equal(total, 4);
      assert.deepEqual(await due(store, 1), [2, 4, 5, 1]);
      assert.deepEqual(await store.journal.parkedDue(9, 10), { rows: [], total: 0 });
    });

    promise("changes are applied in their order, and replace or remove one row", async ({ store }) => {
      const row = aRow({ position: 1, attempts: 2, dueAtMs: 50 });
      const changes = [
        { do: "park", row: aRow({ position: 1 }) },
        { do: "park", row: aRow({ position: 2 }) },
        { do: "unpark", position: 1 },
        { do: "park", row },
        { do: "unpark", position: 2 },
        { do: "unpark", position: 99 },
      ] as const;
      await store.journal.commit(aBatch({ changes: changes.map((change) => ({ endpointNumber: 1, change })) }));
      assert.deepEqual((await store.journal.parkedDue(1, 10)).rows, [row]);
    });

    promise("revive makes due what was given up since, with a fresh schedule, and nothing else", async ({ store }) => {
      const old = aRow({ position: 1, state: "exhausted", attempts: 10, step: 9, dueAtMs: 99 });
      const since = aRow({ position: 2, state: "exhausted", attempts: 8, step: 7, dueAtMs: 100 });
      const waiting = aRow({ position: 3, dueAtMs: 5000, step: 4 });
      await park(store, 1, old, since, waiting);
      await park(store, 2, since);
      const change = { do: "revive", sinceMs: 100, dueAtMs: 777 } as const;
      await store.journal.commit(aBatch({ changes: [{ endpointNumber: 1, change }] }));
      const revived = { ...since, state: "retrying", step: 0, dueAtMs: 777 };
      assert.deepEqual((await store.journal.parkedDue(1, 10)).rows, [revived, waiting]);
      assert.deepEqual((await store.journal.delivery(1, 1)).parked, old);
      assert.deepEqual(await due(store, 2), []);
    });

    promise("cancelAll removes every row of the endpoint, settled or not", async ({ store }) => {
      await park(store, 1, aRow({ position: 1 }), aRow({ position: 2, state: "exhausted" }));
      await park(store, 2, aRow({ position: 1 }));
      const changes = [{ endpointNumber: 1, change: { do: "cancelAll" } as const }];
      await store.journal.commit(aBatch({ changes }));
      assert.deepEqual(await due(store, 1), []);
      assert.equal((await store.journal.delivery(1, 2)).parked, null);
      assert.deepEqual([...(await store.journal.load()).parkedTotals], [[2, 1]]);
    });

    promise("a delivery tells its row, its attempts and whether one delivered", async ({ store }) => {
      const row = aRow({ position: 7, attempts: 2 });
      await park(store, 1, row);
      const failed = aFailedAttempt({ position: 7 });
      const elsewhere = anAttempt({ position: 7, endpointNumber: 2 });
      await store.journal.commit(aBatch({ attempts: [failed, { ...failed, number: 2 }, elsewhere] }));
      assert.deepEqual(await store.journal.delivery(1, 7), { parked: row, attempts: 2, delivered: false });
      assert.deepEqual(await store.journal.delivery(2, 7), { parked: null, attempts: 1, delivered: true });
      assert.deepEqual(await store.journal.delivery(3, 7), { parked: null, attempts: 0, delivered: false });
    });

    promise("what is journalled too late for a deleted endpoint leaves nothing but its attempts", async ({ store }) => {
      const { number } = await store.registry.createEndpoint(anEndpoint(), aStart);
      await store.registry.deleteEndpoint(number);
      const changes = [{ endpointNumber: number, change: { do: "park", row: aRow() } as const }];
      const lanes = [aLane({ endpointNumber: number })];
      await store.journal.commit(aBatch({ changes, lanes, attempts: [anAttempt({ endpointNumber: number })] }));
      const state = await store.journal.load();
      assert.deepEqual([state.lanes.length, state.parkedTotals.size], [0, 0]);
      assert.equal((await store.journal.attempts({ endpointNumber: number, limit: 5 })).length, 1);
    });

    promise("journal batches and appends that are under way together are all stored", async ({ store }) => {
      await Promise.all(
        Array.from({ length: 50 }, async (_, index) => {
          await Promise.all([
            append(store, anEvent()),
            store.journal.commit(aBatch({ dispatchedTo: index + 1, attempts: [anAttempt({ position: index + 1 })] })),
          ]);
        }),
      );
      assert.equal(store.events.bounds().head, 50);
      assert.equal((await store.journal.load()).dispatchedTo, 50);
      const attempts = await store.journal.attempts({ limit: 100 });
      assert.deepEqual(
        attempts.map((attempt) => attempt.position),
        Array.from({ length: 50 }, (_, index) => 50 - index),
      );
    });
  });
}

/** What `attempts` and `attempt` promise. */
export function attemptsSuite(kind: StoreKind): void {
  describe(`attempts, in the ${kind.name} store`, () => {
    const promise = (sentence: string, work: Parameters<typeof withStore>[1]): void => {
      test(sentence, () => withStore(kind, work));
    };

    promise(
      "every member of an attempt comes back, with the event's id and type while it is stored",
      async ({ store, clock }) => {
        const event = anEvent({ type: "order.sent" });
        await append(store, event);
        const records = [
          anAttempt({ trigger: "manual", status: 204, durationMs: 0 }),
          anAttempt({
            number: 3,
            trigger: "probe",
            status: 429,
            errorClass: "http_status",
            errorDetail: "It answered 429.",
            responseBody: bytesOf("slow ü\u0000"),
            responseTruncated: true,
            retryAfterMs: 0,
          }),
          anAttempt({ trigger: "retry", status: null, errorClass: "timeout", errorDetail: "It took too long." }),
        ];
        await store.journal.commit(aBatch({ attempts: records }));
        const expected = records.map((record, index) => {
          const responseBody = Array.from(record.responseBody);
          return { ...record, responseBody, sequence: index + 1, eventId: event.id, eventType: "order.sent" };
        });
        const bodies = (attempts: readonly { responseBody: Uint8Array }[]) =>
          attempts.map((attempt) => ({ ...attempt, responseBody: Array.from(attempt.responseBody) }));
        assert.deepEqual(bodies(await store.journal.attempts({ limit: 10 })), expected.toReversed());
        const one = await store.journal.attempt(2);
        assert.deepEqual(one === null ? null : bodies([one]), [expected[1]]);
        assert.equal(await store.journal.attempt(4), null);
        await store.events.trim(aTrim({ olderThanMs: clock.nowMs + 1 }));
        const after = await store.journal.attempt(2);
        assert.deepEqual([after?.eventId, after?.eventType], [null, null]);
      },
    );

    promise("every class of error has its place in the store", async ({ store }) => {
      const attempts = errorClasses.map((errorClass) => aFailedAttempt({ errorClass }));
      await store.journal.commit(aBatch({ attempts }));
      for (const errorClass of errorClasses) {
        const found = await store.journal.attempts({ errorClass, limit: 10 });
        assert.deepEqual(
          found.map((attempt) => attempt.errorClass),
          [errorClass],
        );
      }
    });

    const records = Array.from({ length: 60 }, (_, index) => {
      const members = {
        endpointNumber: 1 + (index % 3),
        position: 1 + (index % 7),
        startedAtMs: 1000 + ((index * 37) % 50),
      };
      if (index % 4 === 1) return aFailedAttempt({ ...members, status: 400 + (index % 5) * 50 });
      if (index % 4 === 3)
        return aFailedAttempt({ ...members, status: null, errorClass: index % 8 === 3 ? "timeout" : "dns" });
      return anAttempt({ ...members, status: 200 + (index % 2) });
    });
    const queries: Record<string, Omit<AttemptQuery, "limit">> = {
      "no condition": {},
      "an endpoint": { endpointNumber: 2 },
      "an event": { position: 3 },
      "an endpoint and an event": { endpointNumber: 1, position: 4 },
      "those that delivered": { delivered: true },
      "those that failed": { delivered: false },
      "an endpoint's failures": { endpointNumber: 3, delivered: false },
      "an endpoint's successes": { endpointNumber: 3, delivered: true },
      "an event's failures": { position: 2, delivered: false },
      "a status": { statusMin: 450, statusMax: 450 },
      "a class of statuses": { statusMin: 200, statusMax: 299 },
      "at least a status": { statusMin: 500 },
      "at most a status": { statusMax: 400 },
      "a class of errors": { errorClass: "timeout" },
      "an endpoint's class of errors": { errorClass: "dns", endpointNumber: 1 },
      "a class of errors among those that delivered": { errorClass: "dns", delivered: true },
      "since a time": { fromMs: 1025 },
      "before a time": { beforeMs: 1010 },
      "a range of time": { fromMs: 1010, beforeMs: 1020 },
      "an empty range of time": { fromMs: 1020, beforeMs: 1010 },
      "everything at once": {
        endpointNumber: 2,
        delivered: false,
        statusMin: 400,
        statusMax: 599,
        fromMs: 1005,
        beforeMs: 1045,
      },
      "an endpoint that has none": { endpointNumber: 99 },
    };
    for (const [name, query] of Object.entries(queries)) {
      promise(`a query by ${name} finds what fits, newest first, in pages`, async ({ store }) => {
        await store.journal.commit(aBatch({ attempts: records.slice(0, 30) }));
        await store.journal.commit(aBatch({ attempts: records.slice(30) }));
        const expected = records.flatMap((record, index) => (fits(record, query) ? [index + 1] : [])).reverse();
        const all = await store.journal.attempts({ ...query, limit: 1000 });
        assert.deepEqual(
          all.map((attempt) => attempt.sequence),
          expected,
        );
        const paged: number[] = [];
        for (;;) {
          const last = paged.at(-1);
          const from = last === undefined ? {} : { beforeSequence: last };
          const page = await store.journal.attempts({ ...query, ...from, limit: 4 });
          paged.push(...page.map((attempt) => attempt.sequence));
          if (page.length < 4) break;
        }
        assert.deepEqual(paged, expected);
      });
    }
  });
}

function fits(record: ReturnType<typeof anAttempt>, query: Omit<AttemptQuery, "limit">): boolean {
  const { status } = record;
  if (query.endpointNumber !== undefined && record.endpointNumber !== query.endpointNumber) return false;
  if (query.position !== undefined && record.position !== query.position) return false;
  if (query.delivered !== undefined && (record.errorClass === null) !== query.delivered) return false;
  if (query.statusMin !== undefined && (status === null || status < query.statusMin)) return false;
  if (query.statusMax !== undefined && (status === null || status > query.statusMax)) return false;
  if (query.errorClass !== undefined && record.errorClass !== query.errorClass) return false;
  if (query.fromMs !== undefined && record.startedAtMs < query.fromMs) return false;
  return query.beforeMs === undefined || record.startedAtMs < query.beforeMs;
}
