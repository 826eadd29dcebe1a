/**
 * Resident memory (MiB, the process with all its threads) of a server five seconds after it became ready on a data
 * folder whose log has a million events, with nothing to do. No baseline: it is held against a number. The note says
 * what the same server takes on an empty folder.
 */
import { setTimeout as after } from "node:timers/promises";
import type { Figure } from "./figure.ts";
import type { Resources } from "./resources.ts";
import { startServer } from "./server-process.ts";

const settleMs = 5000;

export const figure: Figure = {
  name: "idle_mb",
  unit: "MiB",
  what: "resident memory five seconds after start, on a log of 1,000,000 events",
  async measure(bench, resources) {
    const { data, events } = await bench.filledLog();
    const value = await residentOnce(data, resources);
    const empty = await residentOnce(await resources.folder("empty-log"), resources);
    return { value, baseline: null, notes: [`log of ${events} events; on an empty folder ${Math.round(empty)} MiB`] };
  },
};

const residentOnce = (data: string, resources: Resources): Promise<number> =>
  resources.scope(async (inner) => {
    const server = await startServer({ data }, inner);
    await after(settleMs);
    return await server.residentMiB();
  });
