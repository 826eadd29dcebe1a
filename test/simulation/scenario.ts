/** What fast-check draws: endpoints with their receivers, and what happens to them over days. */
import fc from "fast-check";
import type { OrderSettings } from "../../src/core/endpoint-order.ts";
import { defaultRetryPolicy } from "../../src/core/retry-policy.ts";
import type { Mood } from "./scripted-receiver.ts";
import { type SimulatedEndpoint, type Step, scenarioStartMs, World, type WorldOptions } from "./world.ts";

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

export interface EndpointPlan {
  readonly takesEvery: number;
  readonly maxInFlight: number;
  readonly delaysMs: readonly number[];
  readonly disableAfterMs: number | null;
  readonly poisonEvery: number | null;
  readonly moods: readonly { readonly afterMs: number; readonly mood: Mood }[];
  /** Where it is ordered: how, of how many subjects events are, and which have none. */
  readonly order?: OrderSettings;
  readonly subjects?: number;
  readonly noneEvery?: number;
}

export interface Scenario {
  readonly seed: number;
  readonly endpoints: readonly EndpointPlan[];
  readonly steps: readonly { readonly afterMs: number; readonly step: Step }[];
}

const oneOf = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

const waitMs = fc.oneof(
  fc.integer({ min: 0, max: 50 }),
  fc.integer({ min: 0, max: 20 * secondMs }),
  fc.integer({ min: 0, max: hourMs }),
  fc.integer({ min: 0, max: 2 * dayMs }),
);

export const moods: readonly Mood[] = [
  "well",
  "slow",
  "flaky",
  "broken",
  "unreachable",
  "resetting",
  "hanging",
  "rateLimiting",
  "gone",
];

export const anEndpointPlan: fc.Arbitrary<EndpointPlan> = fc.record({
  takesEvery: fc.integer({ min: 1, max: 4 }),
  maxInFlight: oneOf(1, 2, 4, 8, 32),
  delaysMs: oneOf<readonly number[]>(
    defaultRetryPolicy.delaysMs,
    [],
    [secondMs],
    [secondMs, 5 * secondMs, minuteMs],
    [5 * minuteMs, hourMs, 6 * hourMs],
    Array.from({ length: 20 }, () => 10 * secondMs),
  ),
  disableAfterMs: oneOf(null, dayMs, 5 * dayMs),
  poisonEvery: oneOf(null, null, 7, 5, 2),
  moods: fc.array(fc.record({ afterMs: waitMs, mood: oneOf(...moods) }), { maxLength: 6 }),
});

const endpoint = fc.nat({ max: 2 });
const at = fc.double({ min: 0, max: 1, noNaN: true });

/** What happens by itself: events come, the process dies, retention trims. */
export const fate: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("append" as const), count: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("crash" as const), downMs: oneOf(0, 5 * secondMs, hourMs) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("crash-before-offer" as const), count: fc.integer({ min: 0, max: 5 }) }),
  },
);

/** What people and retention do besides. */
export const people: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pause" as const), endpoint }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("resume" as const),
      endpoint,
      from: oneOf<"cursor" | "latest">("cursor", "cursor", "latest"),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("retry" as const), endpoint, at }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("seek" as const), endpoint, at }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("replay" as const), endpoint, at, count: fc.integer({ min: 1, max: 20 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("trim" as const), at }) },
);

/** Everything comes within seconds of the last, so that all of it meets attempts in flight and answers under way. */
export const hastyMs = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 8 * secondMs }));

export function aScenario(
  step: fc.Arbitrary<Step>,
  drawn: { plan?: fc.Arbitrary<EndpointPlan>; afterMs?: fc.Arbitrary<number>; stepsMax?: number } = {},
): fc.Arbitrary<Scenario> {
  const { plan = anEndpointPlan, afterMs = waitMs, stepsMax = 30 } = drawn;
  return fc.record({
    seed: fc.nat(),
    endpoints: fc.array(plan, { minLength: 1, maxLength: 3 }),
    steps: fc.array(fc.record({ afterMs, step }), { minLength: 1, maxLength: stepsMax }),
  });
}

/** The world of a scenario, at its beginning. */
export function worldOf(scenario: Scenario, options: Omit<WorldOptions, "seed"> = {}): World {
  const endpoints = scenario.endpoints.map((plan, index) => endpointOf(plan, index + 1));
  return new World(endpoints, { seed: scenario.seed, ...options });
}

/** Plays a scenario to its end; throws where an invariant does not hold. */
export function play(scenario: Scenario, options: Omit<WorldOptions, "seed"> = {}): World {
  const world = worldOf(scenario, options);
  for (const { afterMs, step } of scenario.steps) {
    world.time.runUntil(world.time.nowMs + afterMs);
    world.take(step);
  }
  world.end();
  return world;
}

export function endpointOf(plan: EndpointPlan, number: number): SimulatedEndpoint {
  const { takesEvery, maxInFlight, delaysMs, disableAfterMs, poisonEvery, subjects = 1, noneEvery = 1 } = plan;
  let fromMs = scenarioStartMs;
  const phases = plan.moods.map(({ afterMs, mood }) => {
    fromMs += afterMs;
    return { fromMs, mood };
  });
  return {
    number,
    takes: (position) => position % takesEvery === 0,
    subjectOf: (position) => (position % noneEvery === 0 ? null : `s${Math.floor(position / takesEvery) % subjects}`),
    settings: { status: "enabled", maxInFlight, retry: { delaysMs }, disableAfterMs, ...plan.order },
    receiver: { phases, poisonEvery },
  };
}
