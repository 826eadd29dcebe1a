/**
 * A whole Trotline through virtual days of crashes, refusing disks, steps of the clock and receivers in every mood.
 * `npm run simulate` plays as many seeds as one likes; here are a few hundred, the same ones every time.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type PlantedBug, plantedBugs } from "./whole/bugs.ts";
import { SimulationFailure, simulate } from "./whole/simulate.ts";

const days = 0.25;
const runs = Number(process.env.TEST_SIMULATED_SEEDS ?? 200);
/** So many seeds a planted bug may hide from. */
const bugRuns = 20;

describe("a whole Trotline in virtual time", () => {
  it(`holds every invariant with ${runs} seeds`, async (context) => {
    const total = { sends: 0, delivered: 0, duplicates: 0, crashes: 0, virtualMs: 0 };
    for (let seed = 1; seed <= runs; seed++) {
      const done = await simulate({ seed, days });
      for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += done[name];
    }
    context.diagnostic(`${runs} seeds: ${JSON.stringify(total)}`);
    if (runs < 100) return;
    assert.ok(total.crashes > runs, "processes die");
    assert.ok(total.duplicates > 0, "no crash came between a send and its journal: this test tests nothing");
    assert.ok(total.delivered > 50 * runs);
  });

  it("is the same run with the same seed, to the last happening", async () => {
    for (const seed of [1, 2, 3]) {
      const first = await simulate({ seed, days });
      const second = await simulate({ seed, days });
      assert.deepEqual(second, first);
      assert.notEqual(first.trace, (await simulate({ seed: seed + 1, days })).trace);
    }
  });

  for (const [name, bug] of Object.entries<PlantedBug>(plantedBugs)) {
    it(`finds it where ${name}`, async () => {
      const failure = await firstFailure(bug);
      assert.ok(failure !== null, `not with ${bugRuns} seeds`);
      assert.match(failure.message, /^seed \d+: .*repeat it with: npm run simulate -- --seed \d+ --days 0\.25$/s);
      assert.ok(failure.lastHappenings.length > 0);
    });
  }
});

describe("npm run simulate", () => {
  const script = join(import.meta.dirname, "../../scripts/simulate.ts");
  const run = (...given: string[]): string => execFileSync(process.execPath, [script, ...given], { encoding: "utf8" });

  it("says what it did, and prints the same trace for the same seed", () => {
    const first = run("--seed", "7", "--days", "0.1");
    assert.match(first, /^seed 7: trace [0-9a-f]{64}\n1 seeds from 7 held: \d+ attempts/);
    const trace = /trace (\w+)/.exec(first)?.[1];
    assert.equal(/trace (\w+)/.exec(run("--seed", "7", "--days", "0.1"))?.[1], trace);
    assert.match(run("--seed", "7", "--runs", "3", "--days", "0.1"), /^3 seeds from 7 held/);
  });

  it("refuses what is no number", () => {
    assert.throws(() => run("--seed", "x"), /--seed takes a number, not `x`/);
  });
});

async function firstFailure(bug: PlantedBug): Promise<SimulationFailure | null> {
  for (let seed = 1; seed <= bugRuns; seed++) {
    try {
      await simulate({ seed, days, bug });
    } catch (error) {
      if (error instanceof SimulationFailure) return error;
      throw error;
    }
  }
  return null;
}
