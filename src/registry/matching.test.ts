import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Endpoint, endpointDefaults } from "../core/endpoint.ts";
import type { StoredEvent } from "../core/event.ts";
import { typeFilter } from "../core/filter.ts";
import { Matching } from "./matching.ts";

const tenants = ["a", "b"];
const types = ["order.paid", "order.lost", "invoice.paid", "order"];
const patterns = ["*", "order.*", "*.paid", ...types];
/** What each says, without the language. */
const filters: Readonly<Record<string, (amount: number) => boolean>> = {
  "data.amount > 5": (amount) => amount > 5,
  "data.amount == 3 || data.amount == 7": (amount) => amount === 3 || amount === 7,
  "data.nothing == 1": () => false,
};

const anEndpoint = (members: Partial<Endpoint>): Endpoint =>
  ({
    ...endpointDefaults,
    id: `ep_${members.number}`,
    url: "https://example.com/",
    secrets: [],
    status: "enabled",
    disabledReason: null,
    createdAtMs: 0,
    updatedAtMs: 0,
    ...members,
  }) as Endpoint;

const anEvent = (tenant: string, type: string, amount: number): StoredEvent => ({
  id: "evt_1",
  tenant,
  type,
  subject: null,
  occurredAtMs: 0,
  version: null,
  request: null,
  data: Buffer.from(JSON.stringify({ amount })),
  position: 1,
  acceptedAtMs: 0,
});

const endpoint = fc
  .record({
    number: fc.integer({ min: 1, max: 6 }),
    tenant: fc.constantFrom(...tenants),
    types: fc.subarray(patterns, { maxLength: 3 }),
    filter: fc.option(fc.constantFrom(...Object.keys(filters)), { freq: 2 }),
  })
  // A number stands for one endpoint, which keeps its tenant.
  .map((members) => anEndpoint({ ...members, tenant: tenants[members.number % 2] as string }));

const step = fc.oneof(
  fc.record({ do: fc.constant("put" as const), endpoint }),
  fc.record({ do: fc.constant("remove" as const), number: fc.integer({ min: 1, max: 6 }) }),
  fc.record({
    do: fc.constant("event" as const),
    tenant: fc.constantFrom(...tenants, "nobody"),
    type: fc.constantFrom(...types, "unheard.of"),
    amount: fc.integer({ min: 0, max: 9 }),
  }),
);

describe("matching", () => {
  it("says of every event what a look at each endpoint as it is now would say, whatever was asked before", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), (steps) => {
        const matching = new Matching();
        const now = new Map<number, Endpoint>();
        for (const taken of steps) {
          if (taken.do === "put") {
            matching.put(taken.endpoint);
            now.set(taken.endpoint.number, taken.endpoint);
          } else if (taken.do === "remove") {
            const gone = now.get(taken.number);
            if (gone !== undefined) matching.remove(gone);
            now.delete(taken.number);
          } else check(matching, now, taken);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("of an event that nobody wants, nothing is looked at twice", () => {
    const matching = new Matching();
    matching.put(anEndpoint({ number: 1, tenant: "a", types: ["order.paid"] }));
    const first = matching.concerned("a", "order.lost");
    assert.deepEqual(first, []);
    assert.equal(matching.concerned("a", "order.lost"), first);
    assert.equal(matching.concerned("b", "order.lost"), first);
  });
});

function check(
  matching: Matching,
  now: ReadonlyMap<number, Endpoint>,
  { tenant, type, amount }: { tenant: string; type: string; amount: number },
): void {
  const event = anEvent(tenant, type, amount);
  const concerned = matching.concerned(tenant, type).map(({ number }) => number);
  for (const candidate of now.values()) {
    const takesType = candidate.tenant === tenant && typeFilter(candidate.types)(type);
    const passes = candidate.filter === null || filters[candidate.filter]?.(amount) === true;
    assert.equal(concerned.includes(candidate.number), takesType);
    assert.equal(matching.takes(candidate, event), takesType && passes);
    assert.equal(matching.passes(candidate, event), passes);
  }
  assert.equal(new Set(concerned).size, concerned.length);
}
