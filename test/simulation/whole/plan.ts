/** What a seed draws: endpoints with their receivers, and what fate and people do over the days of a run. */
import type { Ordering } from "../../../src/core/endpoint-order.ts";
import { defaultRetryPolicy } from "../../../src/core/retry-policy.ts";
import { moods } from "../scenario.ts";
import type { Receiver } from "../scripted-receiver.ts";
import { scenarioStartMs } from "../world.ts";

export interface EndpointPlan {
  readonly tenant: string;
  /** Empty: all. */
  readonly types: readonly string[];
  readonly origin: string;
  readonly maxInFlight: number;
  readonly delaysMs: readonly number[];
  readonly disableAfterMs: number | null;
  readonly ordering: Ordering;
  readonly receiver: Receiver;
  /** True for those that nothing befalls, and that nobody touches: others must not harm them. */
  readonly isCalm: boolean;
}

export type Happening =
  | { readonly do: "publish"; readonly tenant: string; readonly count: number }
  | { readonly do: "crash"; readonly downMs: number }
  | { readonly do: "trouble"; readonly reads: number; readonly writes: number; readonly forMs: number }
  | { readonly do: "step-clock"; readonly byMs: number }
  | { readonly do: "pause" | "retry" | "seek" | "replay"; readonly endpoint: number; readonly at: number }
  | { readonly do: "resume"; readonly endpoint: number; readonly from: "cursor" | "latest" }
  | { readonly do: "trim"; readonly at: number };

export interface Plan {
  readonly endpoints: readonly EndpointPlan[];
  readonly happenings: readonly { readonly atMs: number; readonly happening: Happening }[];
  readonly untilMs: number;
  readonly stepsClock: boolean;
}

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

export const eventTypes = ["order.paid", "order.sent", "user.made"] as const;
export const calmTenant = "calm";
const tenants = ["one", "two"] as const;

const schedules: readonly (readonly number[])[] = [
  [],
  [secondMs],
  [secondMs, 5 * secondMs, minuteMs],
  [5 * secondMs, 5 * minuteMs, 30 * minuteMs],
  [5 * minuteMs, hourMs],
  Array.from({ length: 6 }, () => 10 * secondMs),
];

export class Draw {
  readonly fraction: () => number;

  constructor(fraction: () => number) {
    this.fraction = fraction;
  }

  /** A whole number up to and with `most`. */
  upTo(most: number): number {
    return Math.floor(this.fraction() * (most + 1));
  }

  of<Value>(values: readonly Value[]): Value {
    return values[this.upTo(values.length - 1)]!;
  }

  chance(share: number): boolean {
    return this.fraction() < share;
  }

  /** Times of all sizes: as many below a second as between an hour and the longest. */
  waitMs(longestMs: number): number {
    return longestMs ** this.fraction();
  }
}

export function drawPlan(draw: Draw, days: number): Plan {
  const lengthMs = days * dayMs;
  const endpoints = [calmEndpoint(), ...Array.from({ length: 2 + draw.upTo(3) }, () => drawEndpoint(draw, lengthMs))];
  const stepsClock = draw.chance(0.3);
  const count = 20 + draw.upTo(40);
  const happenings: Plan["happenings"][number][] = [];
  // Half of all comes in bursts, within seconds of the last, so that it meets what is in flight and under way.
  let atMs = scenarioStartMs;
  for (let index = 0; index < count; index++) {
    atMs += draw.chance(0.6) ? draw.waitMs(20 * secondMs) : draw.waitMs((4 * lengthMs) / count);
    happenings.push({ atMs, happening: drawHappening(draw, { endpoints: endpoints.length, stepsClock }) });
  }
  return { endpoints, happenings, untilMs: Math.max(atMs, scenarioStartMs + lengthMs / 4), stepsClock };
}

const calmEndpoint = (): EndpointPlan => ({
  tenant: calmTenant,
  types: [],
  origin: "https://calm.example.com",
  maxInFlight: 8,
  delaysMs: [secondMs],
  disableAfterMs: null,
  ordering: "none",
  receiver: { phases: [], poisonEvery: null },
  isCalm: true,
});

function drawEndpoint(draw: Draw, lengthMs: number): EndpointPlan {
  let fromMs = scenarioStartMs;
  const phases = Array.from({ length: draw.upTo(6) }, () => {
    fromMs += draw.waitMs(lengthMs / 2);
    return { fromMs, mood: draw.of(moods) };
  });
  const ordering: Ordering = draw.of(["none", "none", "none", "key", "strict"]);
  return {
    tenant: draw.of(tenants),
    types: draw.of([[], [], [eventTypes[0]], [eventTypes[0], eventTypes[1]]]),
    origin: `https://origin-${draw.upTo(2)}.example.com`,
    maxInFlight: draw.of([1, 2, 4, 8, 32]),
    // In order, each event that is never taken holds up the rest for its whole schedule.
    delaysMs: ordering === "none" && draw.chance(0.05) ? defaultRetryPolicy.delaysMs : draw.of(schedules),
    disableAfterMs: draw.of([null, dayMs, 5 * dayMs]),
    ordering,
    receiver: { phases, poisonEvery: draw.of([null, null, 7, 5, 2]) },
    isCalm: false,
  };
}

function drawHappening(draw: Draw, of: { endpoints: number; stepsClock: boolean }): Happening {
  const endpoint = 2 + draw.upTo(of.endpoints - 2);
  const at = draw.fraction();
  const kind = draw.upTo(99);
  if (kind < 46) return drawPublish(draw);
  if (kind < 58) return { do: "crash", downMs: draw.of([0, 0, 5 * secondMs, 10 * minuteMs]) };
  if (kind < 66) {
    const forMs = draw.waitMs(minuteMs);
    return { do: "trouble", reads: draw.of([0, 0.5, 1]), writes: draw.of([0, 0.5, 1]), forMs };
  }
  if (kind < 69 && of.stepsClock) return { do: "step-clock", byMs: draw.of([-1, 1]) * draw.waitMs(dayMs) };
  if (kind < 73) return { do: "pause", endpoint, at };
  if (kind < 80) return { do: "resume", endpoint, from: draw.of(["cursor", "cursor", "latest"]) };
  if (kind < 87) return { do: "retry", endpoint, at };
  if (kind < 92) return { do: "seek", endpoint, at };
  if (kind < 97) return { do: "replay", endpoint, at };
  return { do: "trim", at: at / 2 };
}

/** A flooding tenant publishes fifty times what the others do. */
function drawPublish(draw: Draw): Happening {
  const tenant = draw.of([calmTenant, ...tenants, ...tenants]);
  const count = 1 + draw.upTo(3);
  const isFlood = tenant !== calmTenant && draw.chance(0.05);
  return { do: "publish", tenant, count: isFlood ? 50 * count : count * (tenant === calmTenant ? 1 : 4) };
}
