/**
 * Milliseconds from starting the process until `/readyz` answers 200, on a data folder whose log has a million events
 * and that was stopped cleanly. No baseline: it is held against a number. The note says what the same start takes on an
 * empty folder, which is what Node, the program's own code and an open port cost.
 */
import { type Figure, median } from "./figure.ts";
import type { Resources } from "./resources.ts";
import { startServer } from "./server-process.ts";

export const figure: Figure = {
  name: "start_ms",
  unit: "ms",
  what: "start of the process to /readyz 200, on a log of 1,000,000 events",
  async measure(bench, resources) {
    const { data, events } = await bench.filledLog();
    const empty = await resources.folder("empty-log");
    const times = bench.quick ? 3 : 7;
    const filledMs: number[] = [];
    const emptyMs: number[] = [];
    for (let time = 0; time < times; time++) {
      filledMs.push(await startOnce(data, resources));
      emptyMs.push(await startOnce(empty, resources));
      bench.progress(`start_ms ${time + 1} of ${times}: ${Math.round(filledMs.at(-1) ?? 0)} ms`);
    }
    const notes = [`log of ${events} events; on an empty folder ${Math.round(median(emptyMs))} ms`];
    return { value: median(filledMs), baseline: null, notes };
  },
};

const startOnce = (data: string, resources: Resources): Promise<number> =>
  resources.scope(async (inner) => {
    const server = await startServer({ data }, inner);
    return server.startMs;
  });
