/** One seed, from its plan to what it proves. The same seed is the same run, to the last happening. */
import assert from "node:assert/strict";
import { seededFraction } from "../virtual-time.ts";
import { scenarioStartMs } from "../world.ts";
import { breakRules, type PlantedBug } from "./bugs.ts";
import { People } from "./people.ts";
import { Draw, drawPlan, type Plan } from "./plan.ts";
import { Trace } from "./trace.ts";
import { VirtualLoop } from "./virtual-loop.ts";
import { WholeWorld } from "./whole-world.ts";

export interface SimulateOptions {
  readonly seed: number;
  /** About so long is what a plan describes; healing and coming to rest come on top. */
  readonly days: number;
  readonly bug?: PlantedBug;
  /** Is given each line of the trace. */
  readonly print?: (line: string) => void;
}

export interface Simulated {
  /** Of everything that happened. */
  readonly trace: string;
  readonly virtualMs: number;
  readonly happenings: number;
  readonly sends: number;
  readonly delivered: number;
  readonly duplicates: number;
  readonly crashes: number;
}

/** An event of a tenant that nothing befalls waits no longer than this for its first attempt, whatever others do. */
const calmDelayMsMax = 2_000;
const commitsBetweenAudits = 8;
const daysToRest = 90;

export class SimulationFailure extends Error {
  readonly lastHappenings: readonly string[];

  constructor({ seed, command }: { seed: number; command: string }, cause: unknown, trace: Trace) {
    super(`seed ${seed}: ${(cause as Error).message}\nrepeat it with: ${command}`, { cause });
    this.name = "SimulationFailure";
    this.lastHappenings = trace.last;
  }
}

/** Rejects with a `SimulationFailure` where an invariant does not hold. */
export async function simulate(options: SimulateOptions): Promise<Simulated> {
  const { seed, days, bug = null, print = null } = options;
  const loop = new VirtualLoop(scenarioStartMs);
  const trace = new Trace(() => loop.nowMs - scenarioStartMs, print);
  const plan = drawPlan(new Draw(seededFraction(seed)), days);
  const mend = breakRules(bug);
  try {
    return await loop.withTimers(async () => {
      const { endpoints } = plan;
      const fraction = seededFraction(seed ^ 0x5eed);
      const world = new WholeWorld({ loop, trace, fraction, endpoints, bug, commitsBetweenAudits });
      await play(world, plan);
      const { sends, delivered, duplicates, crashes } = world.ledger;
      const virtualMs = loop.nowMs - scenarioStartMs;
      return { trace: trace.digest(), virtualMs, happenings: loop.happenings, sends, delivered, duplicates, crashes };
    });
  } catch (error) {
    const command = `npm run simulate -- --seed ${seed} --days ${days}`;
    throw new SimulationFailure({ seed, command }, error, trace);
  } finally {
    mend();
  }
}

async function play(world: WholeWorld, plan: Plan): Promise<void> {
  const { loop } = world.parts;
  const people = new People(world);
  loop.plan(loop.world, 0, () => world.start());
  for (const { atMs, happening } of plan.happenings) {
    loop.plan(loop.world, atMs - loop.nowMs, () => people.do(happening));
  }
  await loop.runUntil(plan.untilMs);
  await people.end(daysToRest);
  const { ledger } = world;
  ledger.audit();
  ledger.assertNothingLost(!plan.stepsClock);
  assert.ok(ledger.calmDelayMsMax <= calmDelayMsMax, `a calm tenant's event waited ${ledger.calmDelayMsMax} ms`);
}
