/** A week in virtual time: who is down when, and what was sent to whom. */

import { defaultRetryPolicy } from "../../../src/core/retry-policy.ts";
import type { Mood } from "../scripted-receiver.ts";
import { seededFraction } from "../virtual-time.ts";
import { scenarioStartMs } from "../world.ts";
import type { SentAttempt } from "./endpoint-book.ts";
import { People } from "./people.ts";
import { Draw, type EndpointPlan } from "./plan.ts";
import { Trace } from "./trace.ts";
import { VirtualLoop } from "./virtual-loop.ts";
import { WholeWorld } from "./whole-world.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const tenants = ["one", "two", "three", "four"] as const;
const endpointsPerTenant = 6;
/** What is down together: a provider that many of the endpoints stand at. */
const sharedOutage = { fromMs: 2 * dayMs, untilMs: 2 * dayMs + 5 * hourMs };
const sharedBy = 8;

export interface Outage {
  /** Since the week began. */
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface Sent {
  readonly atMs: number;
  readonly position: number;
  readonly trigger: string;
  readonly isDelivered: boolean;
}

export interface Played {
  readonly outages: ReadonlyMap<number, readonly Outage[]>;
  /** By endpoint, in order; times since it began. */
  readonly sent: ReadonlyMap<number, readonly Sent[]>;
  /** By position, of what was published while it lasted, and in the end. */
  readonly acceptedAtMs: ReadonlyMap<number, number>;
  readonly isOwed: (number: number, position: number) => boolean;
  /** The endpoint that is down for so long that it is disabled. */
  readonly longest: number;
  /** When a person enabled an endpoint. */
  readonly enabledAtMs: ReadonlyMap<number, number>;
}

interface Script {
  readonly outages: ReadonlyMap<number, readonly Outage[]>;
  readonly publishEveryMs: number;
  readonly lengthMs: number;
  /** By endpoint. */
  readonly enableAtMs: ReadonlyMap<number, number>;
}

export function aWeek(seed: number): Promise<Played> {
  const draw = new Draw(seededFraction(seed));
  const outages = drawOutages(draw);
  const longest = outages.size;
  const backAtMs = outages.get(longest)?.at(-1)?.untilMs ?? 0;
  // A person sees that it is back.
  const enableAtMs = new Map([[longest, backAtMs + hourMs]]);
  return played({ outages, publishEveryMs: 100_000, lengthMs: 7 * dayMs, enableAtMs }, draw);
}

/** Four endpoints, each down in the middle of it. */
export function aBusyHour(seed: number): Promise<Played> {
  const outage = { fromMs: 20 * minuteMs, untilMs: 30 * minuteMs };
  const outages = new Map(tenants.map((_, index) => [index + 1, [outage]]));
  const script = { outages, publishEveryMs: 400, lengthMs: hourMs, enableAtMs: new Map() };
  return played(script, new Draw(seededFraction(seed)));
}

async function played(script: Script, draw: Draw): Promise<Played> {
  const { outages, lengthMs, enableAtMs } = script;
  const loop = new VirtualLoop(scenarioStartMs);
  const sent = new Map<number, Sent[]>();
  const noteSent = ({ book, position, flight }: SentAttempt, isDelivered: boolean): void => {
    const list = sent.get(book.number) ?? [];
    list.push({ atMs: loop.nowMs - scenarioStartMs, position, trigger: flight.trigger, isDelivered });
    sent.set(book.number, list);
  };
  return loop.withTimers(async () => {
    const world = new WholeWorld({
      loop,
      trace: new Trace(() => loop.nowMs, null),
      fraction: draw.fraction,
      endpoints: [...outages.values()].map((list, index) => endpointPlan(index, moodsOf(draw, list))),
      bug: null,
      commitsBetweenAudits: Number.POSITIVE_INFINITY,
      capacity: { perProcess: 1024, perTenant: 512, perOrigin: 256 },
      noteSent,
    });
    const people = new People(world);
    loop.plan(loop.world, 0, () => world.start());
    planPublishing({ world, people, draw }, script);
    for (const [number, atMs] of enableAtMs) loop.plan(loop.world, atMs, () => people.resume(number, "cursor"));
    for (let part = 1; part <= 7; part++) {
      await loop.runUntil(scenarioStartMs + (part * lengthMs) / 7);
      world.ledger.audit();
    }
    await people.end(30);
    world.ledger.audit();
    world.ledger.assertNothingLost(true);
    const { ledger } = world;
    const acceptedAtMs = new Map(
      [...ledger.events.values()].map((event) => [event.position, event.acceptedAtMs - scenarioStartMs]),
    );
    const isOwed = (number: number, position: number) => ledger.takes(number, ledger.events.get(position)!);
    return { outages, sent, acceptedAtMs, isOwed, longest: outages.size, enabledAtMs: enableAtMs };
  });
}

/** By endpoint. The first two of each tenant are always well. */
function drawOutages(draw: Draw): Map<number, readonly Outage[]> {
  const lengths = [
    [10 * minuteMs, 40 * minuteMs],
    [2 * hourMs, 10 * hourMs],
    [dayMs, 2.5 * dayMs],
  ] as const;
  const outages = new Map<number, Outage[]>();
  const total = tenants.length * endpointsPerTenant;
  for (let number = 1; number <= total; number++) {
    const [least, most] = lengths[number % lengths.length]!;
    const fromMs = (0.5 + 3.5 * draw.fraction()) * dayMs;
    const own = { fromMs, untilMs: fromMs + least + (most - least) * draw.fraction() };
    const isWell = number <= tenants.length * 2;
    const isShared = number > total - 1 - sharedBy && number < total;
    outages.set(number, isWell ? [] : isShared ? [sharedOutage] : [own]);
  }
  outages.set(total, [{ fromMs: 0.5 * dayMs, untilMs: 6.2 * dayMs }]);
  return outages;
}

function moodsOf(draw: Draw, outages: readonly Outage[]): EndpointPlan["receiver"]["phases"] {
  const down: readonly Mood[] = ["broken", "unreachable", "hanging", "resetting"];
  return outages.flatMap(({ fromMs, untilMs }) => [
    { fromMs: scenarioStartMs + fromMs, mood: draw.of(down) },
    { fromMs: scenarioStartMs + untilMs, mood: "well" as const },
  ]);
}

const endpointPlan = (index: number, phases: EndpointPlan["receiver"]["phases"]): EndpointPlan => ({
  tenant: tenants[index % tenants.length]!,
  types: [],
  origin: `https://receiver-${index + 1}.example.com`,
  maxInFlight: 64,
  delaysMs: defaultRetryPolicy.delaysMs,
  disableAfterMs: 5 * dayMs,
  ordering: "none",
  receiver: { phases, poisonEvery: null },
  isCalm: false,
});

function planPublishing(given: { world: WholeWorld; people: People; draw: Draw }, script: Script): void {
  const { world, people, draw } = given;
  const { loop } = world.parts;
  const waitMs = (): number => 2 * script.publishEveryMs * draw.fraction();
  const next = (tenant: string): void => {
    if (loop.nowMs > scenarioStartMs + script.lengthMs) return;
    people.publish(tenant, 1);
    loop.plan(loop.world, waitMs(), () => next(tenant));
  };
  for (const tenant of tenants) loop.plan(loop.world, waitMs(), () => next(tenant));
}
