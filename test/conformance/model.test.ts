/** Random sequences of calls answer alike on a database and on the memory store, which is simple enough to be believed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { errorClasses } from "../../src/core/attempt.ts";
import { eventBytes } from "../../src/core/event.ts";
import type { ParkedChange } from "../../src/core/lane.ts";
import type { EventPage } from "../../src/log/event-log.ts";
import { openMemoryStore } from "../../src/log/memory/store.ts";
import type { Store } from "../../src/log/store.ts";
import {
  aBatch,
  aConsumer,
  aKey,
  aLane,
  anAttempt,
  anEndpoint,
  anEvent,
  anEventType,
  aReceipt,
  aReplay,
  aRequest,
  aRow,
  aSource,
  aStart,
  bytesOf,
  firstLease,
  loadAll,
} from "./builders.ts";
import { postgresKind } from "./postgres-kind.ts";
import { type HandClock, type StoreKind, sqliteKind, withStore } from "./store-kinds.ts";

/** What a call answers, in a form that can be compared. */
type Call = (store: Store, clock: HandClock) => Promise<unknown>;
interface Step {
  readonly sentence: string;
  readonly call: Call;
  readonly reopens?: boolean;
  readonly waitMs?: number;
}

const hours = 3_600_000;
const startMs = 1_700_000_000_000;
const position = fc.integer({ min: 1, max: 12 });
const endpointNumber = fc.integer({ min: 1, max: 3 });
const dueAtMs = fc.integer({ min: 1, max: 5 });

const event = fc
  .record({
    id: fc.integer({ min: 1, max: 12 }).map((number) => `id_${number}`),
    tenant: fc.constantFrom("default", "acme"),
    type: fc.constantFrom("a", "b"),
    subject: fc.constantFrom(null, "s"),
    data: fc.constantFrom("", "1", "22", "333"),
    occurredAtMs: fc.constantFrom(1, 2),
    occurredAtWasGiven: fc.boolean(),
    request: fc.constantFrom(null, null, bytesOf("{}\n"), bytesOf("{}\nbody")),
  })
  .map(anEvent);

const idempotency = fc.option(
  fc.record({
    scope: fc.constantFrom("x", "y"),
    key: fc.constantFrom("1", "2"),
    bodyHash: fc.constantFrom("p", "q").map(bytesOf),
  }),
);

const request = fc
  .tuple(fc.array(event, { maxLength: 4 }), fc.boolean(), idempotency)
  .map(([events, atomic, key]) => aRequest(events, { atomic, idempotency: key }));

const parkedStates = ["retrying", "sending", "exhausted", "held", "blocked", "cancelled"] as const;

const change: fc.Arbitrary<ParkedChange> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .record({
        position,
        state: fc.constantFrom(...parkedStates),
        key: fc.constantFrom(0, 1, 7, 2 ** 52),
        attempts: fc.nat(3),
        step: fc.nat(3),
        dueAtMs,
      })
      .map((row) => ({ do: "park" as const, row: aRow(row) })),
  },
  { weight: 2, arbitrary: position.map((at) => ({ do: "unpark" as const, position: at })) },
  { weight: 1, arbitrary: dueAtMs.map((sinceMs) => ({ do: "revive" as const, sinceMs, dueAtMs: 4 })) },
  {
    weight: 1,
    arbitrary: dueAtMs.map((sinceMs) => ({ do: "revive" as const, sinceMs, dueAtMs: 4, isOrdered: true as const })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("holdAll" as const, "releaseAll" as const, "unblockAll" as const)
      .map((all) => ({ do: all })),
  },
  { weight: 1, arbitrary: fc.constant({ do: "cancelAll" as const }) },
  { weight: 1, arbitrary: position.map((at) => ({ do: "cancelBeyond" as const, position: at })) },
);

const attempt = fc
  .record({
    endpointNumber,
    position,
    startedAtMs: fc.integer({ min: 1, max: 100 }),
    durationMs: fc.nat(30),
    status: fc.constantFrom(null, 200, 404, 500),
    errorClass: fc.option(fc.constantFrom(...errorClasses.slice(0, 3))),
  })
  .map(anAttempt);

const sourceNumber = fc.integer({ min: 1, max: 3 });

const receipt = fc
  .record({
    id: fc.integer({ min: 1, max: 9 }).map((number) => `rcp_${number}`),
    sourceNumber,
    outcome: fc.constantFrom("rejected" as const, "duplicate" as const),
    receivedAtMs: fc.nat(9),
  })
  .map(aReceipt);

const lane = fc
  .record({
    endpointNumber,
    readPosition: position,
    pending: fc.array(position, { maxLength: 3 }),
    behind: fc.boolean(),
    health: fc.option(
      fc.constant({ consecutiveFailures: 1, failingSinceMs: 2, probeAtMs: null, failedProbes: 0, pausedUntilMs: 3 }),
    ),
  })
  .map(aLane);

const batch = fc
  .record({
    dispatchedTo: position,
    attempts: fc.array(attempt, { maxLength: 3 }),
    changes: fc.array(fc.record({ endpointNumber, change }), { maxLength: 4 }),
    lanes: fc.array(lane, { maxLength: 2 }),
  })
  .map(aBatch);

const attemptQuery = fc.record(
  {
    endpointNumber,
    position,
    delivered: fc.boolean(),
    statusMin: fc.constantFrom(200, 400),
    statusMax: fc.constantFrom(299, 500),
    errorClass: fc.constantFrom(...errorClasses.slice(0, 3)),
    fromMs: fc.integer({ min: 1, max: 100 }),
    beforeMs: fc.integer({ min: 1, max: 100 }),
    beforeSequence: fc.integer({ min: 1, max: 20 }),
    limit: fc.integer({ min: 1, max: 5 }),
  },
  { requiredKeys: ["limit"] },
);

const readQuery = fc.record(
  {
    after: fc.nat(14),
    limit: fc.integer({ min: 1, max: 5 }),
    bytesMax: fc.nat(6),
    tenant: fc.constantFrom("default", "acme"),
  },
  { requiredKeys: ["after", "limit", "bytesMax"] },
);

const readBackQuery = readQuery.map(({ after, ...rest }) => ({ ...rest, before: after }));

/** Behind an event that is larger than the whole page a store may look for another that is asked for, and need not. */
function known(page: EventPage, { bytesMax }: { readonly bytesMax: number }): EventPage {
  const bytes = page.events.reduce((sum, stored) => sum + eventBytes(stored), 0);
  return { ...page, through: bytes > bytesMax ? (page.events.at(-1)?.position ?? page.through) : page.through };
}

const step = <Value>(sentence: string, values: fc.Arbitrary<Value>, call: (value: Value) => Call): fc.Arbitrary<Step> =>
  values.map((value) => ({ sentence: `${sentence} ${fc.stringify(value)}`, call: call(value) }));

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: step("append", request, (value) => (store) => store.events.append(value)) },
  {
    weight: 3,
    arbitrary: step(
      "append together",
      fc.array(request, { minLength: 2, maxLength: 4 }),
      (values) => (store) => Promise.all(values.map((value) => store.events.append(value))),
    ),
  },
  { weight: 5, arbitrary: step("commit", batch, (value) => (store) => store.journal.commit(value)) },
  {
    weight: 2,
    arbitrary: step(
      "trim",
      fc.record({
        ageMs: fc.constantFrom(-1, 0, 5 * hours),
        bytesMax: fc.option(fc.nat(20)),
        rowsMax: fc.integer({ min: 1, max: 4 }),
      }),
      (value) => async (store, clock) => {
        const { cancelled, bounds, ...rest } = await store.events.trim({
          ...value,
          olderThanMs: clock.nowMs - value.ageMs,
        });
        return { ...rest, earliest: bounds.earliest, head: bounds.head, cancelled: [...cancelled].sort() };
      },
    ),
  },
  step(
    "trim attempts",
    fc.record({ olderThanMs: fc.nat(120), rowsMax: fc.integer({ min: 1, max: 3 }) }),
    (value) => (store) => store.journal.trimAttempts(value),
  ),
  {
    weight: 2,
    arbitrary: step("read", readQuery, (value) => async (store) => known(await store.events.read(value), value)),
  },
  {
    weight: 2,
    arbitrary: step(
      "read back",
      readBackQuery,
      (value) => async (store) => known(await store.events.readBack(value), value),
    ),
  },
  step("find", event, (value) => (store) => store.events.find(value.tenant, value.id)),
  step("position before", fc.nat(40), (value) => (store) => store.events.positionBefore(startMs + value * hours)),
  step(
    "parked due",
    fc.tuple(endpointNumber, fc.integer({ min: 1, max: 4 })),
    ([endpoint, limit]) =>
      (store) =>
        store.journal.parkedDue(endpoint, limit),
  ),
  step(
    "first exhausted",
    fc.tuple(endpointNumber, fc.nat(100)),
    ([endpoint, sinceMs]) =>
      (store) =>
        store.journal.firstExhausted(endpoint, sinceMs),
  ),
  step(
    "standing keys",
    fc.tuple(endpointNumber, fc.constantFrom(-2, 0, 1, 7), fc.integer({ min: 1, max: 3 })),
    ([endpoint, after, limit]) =>
      (store) =>
        store.journal.standingKeys(endpoint, { after, limit }),
  ),
  step(
    "parked of keys",
    fc.tuple(endpointNumber, fc.uniqueArray(fc.constantFrom(-1, 0, 1, 7, 2 ** 52)), fc.integer({ min: 1, max: 3 })),
    ([endpoint, keys, limit]) =>
      (store) =>
        store.journal.parkedOfKeys(endpoint, keys, limit),
  ),
  step(
    "delivery",
    fc.tuple(endpointNumber, position),
    ([endpoint, at]) =>
      (store) =>
        store.journal.delivery(endpoint, at),
  ),
  step(
    "delivered among",
    fc.tuple(endpointNumber, position, position),
    ([endpoint, first, last]) =>
      (store) =>
        store.journal.deliveredAmong(endpoint, { first, last }),
  ),
  step(
    "failed among",
    fc.tuple(endpointNumber, position, position, fc.integer({ min: 1, max: 5 })),
    ([endpoint, first, last, limit]) =>
      (store) =>
        store.journal.failedAmong(endpoint, { first, last, limit }),
  ),
  { weight: 2, arbitrary: step("attempts", attemptQuery, (value) => (store) => store.journal.attempts(value)) },
  step("attempt", fc.nat(20), (value) => (store) => store.journal.attempt(value)),
  step("load", fc.constant(null), () => async (store) => [
    await loadAll(store),
    await store.registry.load(),
    await store.consumers.load(),
    await store.replays.load(),
    await store.eventTypes.load(),
    await store.sources.load(),
  ]),
  step("redeliveries", position, (at) => (store) => store.events.redeliveries(at)),
  step("create a source", fc.constantFrom("a", "b"), (name) => (store) => store.sources.create(aSource({ name }))),
  step(
    "update a source",
    sourceNumber,
    (number) => (store) => store.sources.update({ ...aSource({ name: "changed" }), number }),
  ),
  step("remove a source", sourceNumber, (number) => (store) => store.sources.remove(number)),
  {
    weight: 2,
    arbitrary: step("note receipts", fc.array(receipt, { maxLength: 5 }), (receipts) => (store) => {
      return store.sources.note(receipts);
    }),
  },
  step(
    "receipts",
    fc.record({
      sourceNumber,
      outcome: fc.constantFrom("rejected" as const, "duplicate" as const),
      before: fc.constantFrom(null, "rcp_4"),
      limit: fc.integer({ min: 1, max: 4 }),
    }),
    (query) => (store) => store.sources.receipts(query),
  ),
  step(
    "receipt",
    receipt,
    ({ id }) =>
      (store) =>
        store.sources.receipt(id),
  ),
  step(
    "trim receipts",
    fc.record({ olderThanMs: fc.nat(9), rowsMax: fc.integer({ min: 1, max: 3 }) }),
    (rule) => (store) => store.sources.trimReceipts(rule),
  ),
  step(
    "create an endpoint",
    fc.boolean(),
    (behind) => (store) => store.registry.createEndpoint({ ...anEndpoint(), id: "ep_1" }, { ...aStart, behind }),
  ),
  step(
    "update an endpoint",
    fc.tuple(endpointNumber, fc.option(event)),
    ([number, announce]) =>
      (store) =>
        store.registry.updateEndpoint(
          { ...anEndpoint(), id: "ep_2", number },
          ...(announce === null ? [] : [announce]),
        ),
  ),
  step("delete an endpoint", endpointNumber, (number) => (store) => store.registry.deleteEndpoint(number)),
  step("put a key", fc.constantFrom("a", "b"), (id) => (store) => store.registry.putKey(aKey({ id }))),
  step("remove a key", fc.constantFrom("a", "b"), (id) => (store) => store.registry.removeKey(id)),
  step(
    "note the use of a key",
    fc.constantFrom("a", "b"),
    (id) => (store) => store.registry.noteKeyUses([{ id, atMs: 1 }]),
  ),
  step(
    "put an event type",
    fc.constantFrom("a", "B"),
    (name) => (store) => store.eventTypes.put(anEventType({ name })),
  ),
  step("remove an event type", fc.constantFrom("a", "B"), (name) => (store) => store.eventTypes.remove(name)),
  step(
    "put a consumer",
    fc.record({ tenant: fc.constantFrom("default", "acme"), name: fc.constantFrom("a", "b"), position }),
    (members) => (store) => store.consumers.put(aConsumer(members)),
  ),
  step("remove a consumer", fc.constantFrom("a", "b"), (name) => (store) => store.consumers.remove("default", name)),
  step(
    "put a replay",
    fc.record({ id: fc.constantFrom("rpl_1", "rpl_2"), position }),
    (members) => (store) => store.replays.put(aReplay(members), firstLease),
  ),
  step("remove a replay", fc.constantFrom("rpl_1", "rpl_2"), (id) => (store) => store.replays.remove(id)),
  fc.integer({ min: -2, max: 20 }).map((count) => ({
    sentence: `wait ${count} hours`,
    call: async () => null,
    waitMs: count * hours,
  })),
  fc.constant({ sentence: "reopen", call: async () => null, reopens: true }),
);

/** Bytes as lists and maps as lists: what is compared must not depend on whose buffer it is a part of. */
const comparable = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value ?? null, function (this: Record<string, unknown>, key, member) {
      if (member instanceof Map || member instanceof Set) return [...member];
      // Not `member`: a Buffer has its own idea of itself as JSON.
      const bytes = this[key];
      return bytes instanceof Uint8Array ? Array.from(bytes) : member;
    }),
  );

async function requireAlike(kind: StoreKind, sequence: readonly Step[]): Promise<void> {
  await withStore(kind, async (subject) => {
    const memory = openMemoryStore({ clock: subject.clock });
    const announced: { memory: number[]; subject: number[] } = { memory: [], subject: [] };
    memory.events.onAppended((events) => announced.memory.push(...events.map((stored) => stored.position)));
    const listen = (): void =>
      subject.store.events.onAppended((events) => announced.subject.push(...events.map((stored) => stored.position)));
    listen();
    for (const { sentence, call, reopens, waitMs } of sequence) {
      if (reopens === true) {
        await subject.reopen();
        listen();
      }
      subject.clock.nowMs += waitMs ?? 0;
      const expected = await call(memory, subject.clock);
      const actual = await call(subject.store, subject.clock);
      assert.deepEqual(comparable(actual), comparable(expected), sentence);
      const { epochs: _, ...bounds } = subject.store.events.bounds();
      const { epochs: __, ...memoryBounds } = memory.events.bounds();
      assert.deepEqual(bounds, memoryBounds, sentence);
      assert.equal(subject.store.counters().logBytes, memory.counters().logBytes, sentence);
      assert.deepEqual(announced.subject, announced.memory, sentence);
    }
  });
}

for (const { kind, name, runs } of [
  { kind: sqliteKind, name: "SQLite", runs: 20 },
  { kind: postgresKind, name: "PostgreSQL", runs: 10 },
]) {
  test(`random calls are answered alike by ${name} and by memory`, { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 10, maxLength: 80 }), (sequence) => requireAlike(kind, sequence)),
      { numRuns: Number(process.env.TROTLINE_MODEL_RUNS ?? runs) },
    );
  });
}
