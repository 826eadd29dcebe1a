import type { StatisticsStore } from "../../../src/log/statistics-store.ts";

/** No attempt is there to be counted: that happens behind the flow, and would take most of a simulated week. */
export const uncounted: Pick<StatisticsStore, "state" | "trim"> = {
  state: async () => ({ rolledTo: 0, lastSequence: 0 }),
  trim: async () => false,
};
