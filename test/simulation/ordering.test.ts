/**
 * Ordered lanes through virtual days: of one key nothing starts while something before it is not settled, and nothing
 * is lost, whatever receivers, crashes, people and retention do. `order-watch.ts` checks the first as it happens.
 * `TEST_PROPERTY_RUNS` sets how many scenarios each property tries; fast-check prints the seed of one that fails.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { exhaustionRules, type OrderSettings, orderings } from "../../src/core/endpoint-order.ts";
import { limits } from "../../src/core/limits.ts";
import {
  anEndpointPlan,
  aScenario,
  type EndpointPlan,
  fate,
  hastyMs,
  people,
  play,
  type Scenario,
} from "./scenario.ts";
import type { Mood } from "./scripted-receiver.ts";
import type { Step } from "./world.ts";

const numRuns = Number(process.env.TEST_PROPERTY_RUNS ?? 100);
const hourMs = 3_600_000;

/** So few that lines become rows, and rows are loaded in parts, in nearly every scenario. */
Object.assign(limits, { parkedInMemory: 4, heldInMemory: 5 });

const order = (of: readonly OrderSettings["ordering"][]): fc.Arbitrary<OrderSettings> =>
  fc.record({ ordering: fc.constantFrom(...of), onExhausted: fc.constantFrom(...exhaustionRules) });

const ordered = order(["key", "strict"]);

const moods = fc.array(
  fc.record({
    afterMs: fc.oneof(hastyMs, fc.nat({ max: 4 * hourMs })),
    mood: fc.constantFrom<Mood>("broken", "slow", "flaky", "hanging", "rateLimiting", "unreachable", "gone", "well"),
  }),
  { maxLength: 8 },
);

/** Subjects are few, so that lines are long; some events have none. */
const plan = (orders: fc.Arbitrary<OrderSettings>): fc.Arbitrary<EndpointPlan> =>
  fc
    .record({
      base: anEndpointPlan,
      orders,
      moods,
      subjects: fc.integer({ min: 1, max: 5 }),
      noneEvery: fc.constantFrom(3, 11, 1000),
    })
    .map(({ base, orders: chosen, moods: phases, subjects, noneEvery }) => ({
      ...base,
      // One event that is never taken holds back a strict lane for its whole schedule.
      delaysMs:
        base.poisonEvery === null ? base.delaysMs : base.delaysMs.map((delayMs) => Math.min(delayMs, hourMs / 2)),
      moods: phases,
      order: chosen,
      subjects,
      noneEvery,
    }));

const skip: fc.Arbitrary<Step> = fc.record({
  do: fc.constant("skip" as const),
  endpoint: fc.nat({ max: 2 }),
  at: fc.double({ min: 0, max: 0.999, noNaN: true }),
});
const reorder: fc.Arbitrary<Step> = fc.record({
  do: fc.constant("reorder" as const),
  endpoint: fc.nat({ max: 2 }),
  order: order(orderings),
});

const anything = fc.oneof(
  { weight: 4, arbitrary: fate },
  { weight: 3, arbitrary: people },
  { weight: 1, arbitrary: skip },
);
const afterMs = fc.oneof(hastyMs, hastyMs, fc.nat({ max: 2 * hourMs }));

function holds(scenario: fc.Arbitrary<Scenario>): void {
  let attempts = 0;
  fc.assert(
    fc.property(scenario, (drawn) => {
      attempts += play(drawn, { commitsBetweenAudits: 1 }).ordered;
    }),
    { numRuns, endOnFailure: process.env.CI !== undefined },
  );
  assert.ok(attempts > 0, "nothing was ordered: this test tests nothing");
}

test("of one key nothing starts before what is before it is settled, whatever receivers do and whenever the process dies", () => {
  holds(aScenario(fate, { plan: plan(ordered), afterMs, stepsMax: 40 }));
});

test("order holds whatever people and retention do besides, and nothing is lost", () => {
  holds(aScenario(anything, { plan: plan(ordered), afterMs, stepsMax: 60 }));
});

test("order holds after seeks, back and forward, at whatever moment they come", () => {
  const step = fc.oneof(
    { weight: 2, arbitrary: people.filter((other) => other.do === "seek") },
    { weight: 3, arbitrary: fate },
  );
  holds(aScenario(step, { plan: plan(ordered), afterMs, stepsMax: 50 }));
});

test("replays and attempts by hand beside ordered lanes undo nothing, and replays keep the order", () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: people.filter((other) => other.do === "replay" || other.do === "retry") },
    { weight: 1, arbitrary: skip },
    { weight: 3, arbitrary: fate },
  );
  holds(aScenario(step, { plan: plan(ordered), afterMs, stepsMax: 60 }));
});

test("what orders an endpoint can be changed at any moment, in every direction", () => {
  const step = fc.oneof({ weight: 2, arbitrary: reorder }, { weight: 4, arbitrary: anything });
  holds(aScenario(step, { plan: plan(order(orderings)), afterMs, stepsMax: 60 }));
});
