import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AppendOutcome, AppendRequest, PublishedEvent } from "../../src/log/event-log.ts";
import { openMemoryStore } from "../../src/log/memory/store.ts";
import {
  eventKey,
  idempotencyKey,
  type KnownKey,
  knowNothing,
  placed,
  planAppend,
} from "../../src/log/postgres/append-plan.ts";
import { sha256 } from "../../src/platform/hmac.ts";

const clock = { wallMs: () => 1_700_000_000_000, steadyMs: () => 1_700_000_000_000 };

/** A log in memory that knows no more than the database's function does: ids and keys, when it is asked for them. */
class SmallLog {
  readonly events: PublishedEvent[] = [];
  readonly keys = new Map<string, KnownKey>();
  readonly redelivered = new Map<number, number>();

  append(requests: readonly AppendRequest[]): readonly AppendOutcome[] {
    const knowledge = knowNothing();
    for (let tries = 0; tries < 9; tries++) {
      const plan = planAppend(requests, knowledge);
      const before = this.events.length;
      const learned = [
        ...[...plan.events, ...plan.asked].map((event) => this.#learnEvent(event, knowledge)),
        ...plan.keys.map((key) => {
          const known = this.keys.get(idempotencyKey(key));
          if (known !== undefined) knowledge.keys.set(idempotencyKey(key), known);
          return known !== undefined;
        }),
      ];
      if (learned.includes(true)) continue;
      this.events.push(...plan.events);
      for (const [at, times] of plan.redelivered) {
        const position = placed(at, before);
        this.redelivered.set(position, (this.redelivered.get(position) ?? 0) + times);
      }
      const inPlace = (outcome: AppendOutcome): AppendOutcome =>
        outcome.kind === "idempotency-mismatch" ? outcome : { ...outcome, items: itemsInPlace(outcome.items, before) };
      for (const key of plan.keys) {
        if (key.items === null) continue;
        this.keys.set(idempotencyKey(key), { bodyHash: key.bodyHash, items: itemsInPlace(key.items, before) });
      }
      return plan.outcomes.map(inPlace);
    }
    throw new Error("no plan held");
  }

  #learnEvent(event: PublishedEvent, knowledge: ReturnType<typeof knowNothing>): boolean {
    const key = eventKey(event.tenant, event.id);
    const index = this.events.findIndex(({ tenant, id }) => eventKey(tenant, id) === key);
    const stored = this.events[index];
    if (stored === undefined) return false;
    const { type, subject, version, occurredAtMs, request, data } = stored;
    const digest = request === null ? Buffer.from(sha256(data)).toString("hex") : null;
    const known = { position: index + 1, type, subject, version, occurredAtMs, isReceived: request !== null, digest };
    knowledge.events.set(key, known);
    return true;
  }
}

const itemsInPlace = <Item extends { readonly position: number }>(items: readonly Item[], before: number): Item[] =>
  items.map((item) => ({ ...item, position: placed(item.position, before) }));

/** Few ids, contents and keys, so that they meet. */
const anyEvent: fc.Arbitrary<PublishedEvent> = fc.record({
  id: fc.constantFrom("a", "b", "c", "d", "e", "f"),
  tenant: fc.constantFrom("default", "acme"),
  type: fc.constant("t"),
  subject: fc.constant(null),
  occurredAtMs: fc.constantFrom(1, 2),
  occurredAtWasGiven: fc.boolean(),
  version: fc.constant(null),
  request: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, fc.constant(new Uint8Array([1]))),
  data: fc.constantFrom(new Uint8Array([1]), new Uint8Array([2])),
});
const isPublished = ({ request }: PublishedEvent): boolean => request === null;
// Who publishes an array has it refused whole, and received events come one by one.
const anyEvents = fc.oneof(
  fc.record({ atomic: fc.constant(false), events: fc.array(anyEvent, { maxLength: 4 }) }),
  fc.record({ atomic: fc.constant(true), events: fc.array(anyEvent.filter(isPublished), { maxLength: 4 }) }),
);
const anyKey = fc.record({
  scope: fc.constant("s"),
  key: fc.constantFrom("k", "l"),
  bodyHash: fc.constantFrom(new Uint8Array([1]), new Uint8Array([2])),
});
const anyRequest: fc.Arbitrary<AppendRequest> = fc
  .tuple(anyEvents, fc.option(anyKey))
  .map(([events, idempotency]) => ({ ...events, idempotency }));

test("requests that are planned in groups are answered as the memory store answers them one by one", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(anyRequest, { maxLength: 4 }), { maxLength: 6 }), async (groups) => {
      const small = new SmallLog();
      const { events: memory } = openMemoryStore({ clock });
      for (const group of groups) {
        const expected: AppendOutcome[] = [];
        for (const request of group) expected.push(await memory.append(request));
        assert.deepEqual(small.append(group), expected);
      }
      const { head } = memory.bounds();
      assert.equal(small.events.length, head);
      const { events } = await memory.read({ after: 0, limit: 1000, bytesMax: 1e6 });
      assert.deepEqual(
        small.events.map(({ tenant, id, data }) => [tenant, id, data]),
        events.map(({ tenant, id, data }) => [tenant, id, data]),
      );
      for (let position = 1; position <= head; position++) {
        assert.equal(small.redelivered.get(position) ?? 0, (await memory.redeliveries(position)).count, `${position}`);
      }
    }),
    { numRuns: 300 },
  );
});
