/**
 * `npm run simulate -- [--seed N] [--runs M] [--days D] [--processes P] [--trace]`: a whole Trotline in virtual time, with
 * faults that the seed draws; every invariant is checked as it runs (`test/simulation/whole`). With more than one process
 * it is minutes of as many on one store (`test/simulation/cluster`). Seeds go up from N. The first that fails ends it,
 * with the command that repeats it; `--trace` prints what happened, line by line.
 */
import { parseArgs } from "node:util";
import { simulateCluster } from "../test/simulation/cluster/simulate-cluster.ts";
import { SimulationFailure, simulate } from "../test/simulation/whole/simulate.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    runs: { type: "string" },
    days: { type: "string", default: "0.25" },
    processes: { type: "string", default: "1" },
    trace: { type: "boolean", default: false },
  },
});

/** One seed that is given is run alone; without one, many are, from a seed that nobody chose. */
const seed = numberOf("seed", values.seed ?? String(Math.floor(Math.random() * 1_000_000_000)));
const runs = numberOf("runs", values.runs ?? (values.seed === undefined ? "1000" : "1"));
const days = numberOf("days", values.days);
const processes = numberOf("processes", values.processes);
const print = values.trace ? { print: (line: string) => console.log(line) } : {};
const startedAtMs = performance.now();
let virtualMs = 0;
let sends = 0;
let crashes = 0;

try {
  for (let run = 0; run < runs; run++) {
    const options = { seed: seed + run, ...print };
    const done = await (processes > 1 ? simulateCluster({ ...options, processes }) : simulate({ ...options, days }));
    virtualMs += done.virtualMs;
    sends += done.sends;
    crashes += done.crashes;
    if (runs === 1) console.log(`seed ${options.seed}: trace ${done.trace}`);
    else if ((run + 1) % 100 === 0) console.error(`${run + 1} of ${runs}`);
  }
  const took = `${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`;
  const virtualDays = Math.round(virtualMs / 86_400_000);
  console.log(`${runs} seeds from ${seed} held: ${sends} attempts, ${crashes} crashes, ${virtualDays} days in ${took}`);
} catch (error) {
  if (!(error instanceof SimulationFailure)) throw error;
  if (!values.trace) console.error(error.lastHappenings.join("\n"));
  console.error(error.message);
  process.exitCode = 1;
}

function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (text.trim() !== "" && Number.isFinite(number) && number >= 0) return number;
  console.error(`--${name} takes a number, not \`${text}\``);
  process.exit(2);
}
