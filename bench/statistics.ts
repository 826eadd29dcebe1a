/**
 * Attempts a second that are counted into statistics on SQLite: read with their events, added up by minute, hour,
 * endpoint, tenant and type, and stored with how far that came, page after page. And how long a question takes whose
 * answer has five hundred buckets of each of twenty endpoints.
 *
 * Baseline: `node:sqlite` reading the same rows by the same statement in one loop, which is what is read at least.
 */
import { alternate, type Figure, median } from "./figure.ts";
import type { StatisticsLoopCommands } from "./statistics-loop.ts";
import { startWorker } from "./worker.ts";

const questions = 5;

export const figure: Figure = {
  name: "statistics",
  unit: "attempts/s",
  what: "attempts counted into statistics, against reading the same rows",
  async measure(bench, resources) {
    const attempts = bench.quick ? 20_000 : 200_000;
    const loop = await startWorker<StatisticsLoopCommands>(new URL("statistics-loop.ts", import.meta.url), resources);
    const folder = await resources.folder("statistics");
    bench.progress(`preparing ${attempts} attempts`);
    await loop.call("fill", { folder, attempts });
    const rolled = await alternate(bench, {
      name: "stats_rollup",
      value: async () => attempts / (await loop.call("roll", undefined)).seconds,
      baseline: async () => attempts / (await loop.call("read", undefined)).seconds,
    });
    const times: number[] = [];
    let found = 0;
    for (let asked = 0; asked < questions; asked++) {
      const { ms, buckets } = await loop.call("query", undefined);
      times.push(ms);
      found = buckets;
    }
    await loop.call("close", undefined);
    const notes = [`${found} buckets in all, ${attempts} attempts of a day and a half`];
    return [
      { name: "stats_rollup", ...rolled },
      { name: "stats_query_ms", unit: "ms", value: median(times), baseline: null, notes },
    ];
  },
};
