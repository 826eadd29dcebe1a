/** Clusters of one, two and four servers, and how figures of them are told. */
import { eventually } from "../src/testing/eventually.ts";
import { type Bench, type Line, type Measured, takeTurns } from "./figure.ts";
import { startPgServer } from "./pg-server.ts";
import { ProcessorTimes } from "./processor-time.ts";
import type { Resources } from "./resources.ts";
import type { Server } from "./server-process.ts";

export const processCounts = [1, 2, 4] as const;

export type Servers = readonly [Server, ...Server[]];

/** Shards move when what is in flight of them has ended, some rounds after a server has come. */
const spreadSecondsMax = 40;

/** Servers that share a database; the first of them migrates it. Answers when each has its share of the shards. */
export async function startCluster(
  bench: Bench,
  resources: Resources,
  { url, processes }: { readonly url: string; readonly processes: number },
): Promise<Servers> {
  const first = await startPgServer(bench, resources, { url });
  const others = Array.from({ length: processes - 1 }, () => startPgServer(bench, resources, { url }));
  const servers: Servers = [first, ...(await Promise.all(others))];
  await eventually("each server has its share of the shards", () => areSpread(servers), spreadSecondsMax * 1000);
  return servers;
}

async function areSpread([first, ...others]: Servers): Promise<boolean> {
  const cluster = await first.api<{ processes: { shards: number }[]; free: { shards: number } }>("GET", "/v1/cluster");
  const shards = cluster.processes.map((process) => process.shards);
  const isEven = Math.max(...shards) - Math.min(...shards) <= 1;
  return shards.length === others.length + 1 && isEven && cluster.free.shards === 0;
}

/** Answers how many items there were in how many seconds. */
export type Work = () => Promise<{ readonly items: number; readonly seconds: number }>;

/**
 * A line for each number of processes, measured in turn; the baseline of all is one process. Beside its rate each tells
 * what an item took of the processors: where they are the bound, a rate says nothing about more of them.
 */
export async function processLines(
  bench: Bench,
  { name, item }: { readonly name: string; readonly item: string },
  work: (processes: number) => Work,
): Promise<readonly Line[]> {
  const times = processCounts.map(() => new ProcessorTimes());
  const turns = await takeTurns(
    bench,
    name,
    processCounts.map((processes, index) => {
      const measure = work(processes);
      return async () => {
        const { items, seconds } = await (times[index] as ProcessorTimes).during(measure);
        return items / seconds;
      };
    }),
  );
  const baseline = turns.sides[0]?.median ?? Number.NaN;
  return processCounts.map((processes, index) => {
    const { median, spread } = turns.sides[index] as (typeof turns.sides)[number];
    const notes = [`${turns.rounds} rounds: ${spread}`, (times[index] as ProcessorTimes).note(item), ...turns.notes];
    return { name: `${name}_${processes}`, value: median, baseline, notes } satisfies Line & Measured;
  });
}
