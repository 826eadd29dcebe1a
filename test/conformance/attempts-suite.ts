import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { errorClasses } from "../../src/core/attempt.ts";
import type { AttemptQuery } from "../../src/log/journal.ts";
import { aBatch, aFailedAttempt, anAttempt, anEvent, append, aTrim, bytesOf } from "./builders.ts";
import { type StoreKind, withStore } from "./store-kinds.ts";

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

    promise("of many attempts each keeps its own answer", async ({ store }) => {
      await append(store, anEvent());
      const bodyOf = (index: number): string => (index % 3 === 0 ? "" : `answer ${index}`);
      for (const count of [16, 37]) {
        const attempts = Array.from({ length: count }, (_, index) =>
          anAttempt({ durationMs: index, responseBody: bytesOf(bodyOf(index)) }),
        );
        await store.journal.commit(aBatch({ attempts }));
        const found = (await store.journal.attempts({ limit: count })).toReversed();
        assert.deepEqual(
          found.map(({ durationMs, responseBody }) => [durationMs, Buffer.from(responseBody).toString()]),
          attempts.map((_, index) => [index, bodyOf(index)]),
        );
      }
    });

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

    promise("the rare ones are found among very many", async ({ store }) => {
      const rare = new Set([3, 19_999, 20_000, 45_001]);
      const attempts = Array.from({ length: 45_002 }, (_, index) => {
        const members = { endpointNumber: 1 + (index % 2), startedAtMs: 1000 + index, durationMs: index % 10 };
        return rare.has(index) ? aFailedAttempt({ ...members, status: 503 }) : anAttempt(members);
      });
      for (let i = 0; i < attempts.length; i += 5000) {
        await store.journal.commit(aBatch({ attempts: attempts.slice(i, i + 5000) }));
      }
      const found = async (query: AttemptQuery): Promise<number[]> =>
        (await store.journal.attempts(query)).map((attempt) => attempt.sequence);
      assert.deepEqual(await found({ statusMin: 500, limit: 10 }), [45_002, 20_001, 20_000, 4]);
      assert.deepEqual(await found({ statusMin: 500, limit: 3 }), [45_002, 20_001, 20_000]);
      assert.deepEqual(await found({ statusMin: 500, endpointNumber: 2, limit: 3 }), [45_002, 20_000, 4]);
      assert.deepEqual(await found({ fromMs: 1001, beforeMs: 1004, limit: 9 }), [4, 3, 2]);
      assert.deepEqual(
        await found({ delivered: false, fromMs: 1001, beforeMs: 40_000, limit: 9 }),
        [20_001, 20_000, 4],
      );
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
