/**
 * Three processes on one store through virtual minutes of crashes, stops that outlast their leases, cut connections,
 * joining and leaving. `npm run simulate -- --processes 3` plays as many seeds as one likes.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type ClusterBug, clusterBugs } from "./cluster/cluster-bugs.ts";
import { simulateCluster } from "./cluster/simulate-cluster.ts";
import { SimulationFailure } from "./whole/simulate.ts";

const processes = 3;
const runs = Number(process.env.TEST_SIMULATED_CLUSTERS ?? 100);
/** So many seeds a planted bug may hide from. */
const bugRuns = 40;

describe("processes that share a store, in virtual time", () => {
  it(`hold every invariant with ${runs} seeds`, async (context) => {
    const total = { sends: 0, duplicates: 0, crashes: 0, takeovers: 0, virtualMs: 0 };
    for (let seed = 1; seed <= runs; seed++) {
      const done = await simulateCluster({ seed, processes });
      for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += done[name];
    }
    context.diagnostic(`${runs} seeds: ${JSON.stringify(total)}`);
    if (runs < 50) return;
    assert.ok(total.crashes > runs, "processes die");
    assert.ok(total.takeovers > 10 * runs, "shards change hands");
    assert.ok(total.duplicates > 0, "nothing was in flight when a shard changed hands: this test tests nothing");
  });

  it("are the same run with the same seed, to the last happening", async () => {
    const first = await simulateCluster({ seed: 5, processes });
    assert.deepEqual(await simulateCluster({ seed: 5, processes }), first);
  });

  for (const [name, bug] of Object.entries<ClusterBug>(clusterBugs)) {
    it(`are found out where ${name}`, async () => {
      const failure = await firstFailure(bug);
      assert.ok(failure !== null, `not with ${bugRuns} seeds`);
      assert.match(failure.message, /^seed \d+: .*repeat it with: npm run simulate -- --seed \d+ --processes 3$/s);
    });
  }
});

it("npm run simulate -- --processes 3 says what it did, and prints the same trace for the same seed", () => {
  const script = join(import.meta.dirname, "../../scripts/simulate.ts");
  const run = (...given: string[]): string => execFileSync(process.execPath, [script, ...given], { encoding: "utf8" });
  const first = run("--processes", "3", "--seed", "7");
  assert.match(first, /^seed 7: trace [0-9a-f]{64}\n1 seeds from 7 held: \d+ attempts, \d+ crashes/);
  assert.equal(/trace (\w+)/.exec(run("--processes", "3", "--seed", "7"))?.[1], /trace (\w+)/.exec(first)?.[1]);
});

async function firstFailure(bug: ClusterBug): Promise<SimulationFailure | null> {
  for (let seed = 1; seed <= bugRuns; seed++) {
    try {
      await simulateCluster({ seed, processes, bug });
    } catch (error) {
      if (error instanceof SimulationFailure) return error;
      throw error;
    }
  }
  return null;
}
