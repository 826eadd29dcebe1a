/**
 * What counting statistics costs those who send: deliveries a second of a server that counts beside them.
 *
 * Baseline: the same server, with the same load, whose counting rests. Both are measured in turn; what a round left to
 * be counted is counted before the other's turn, and is in no rate. The notes have the processor time of each delivery,
 * until all was counted, which is steadier than a rate where others share the machine.
 */
import { createBusyEndpoint, deliveriesPerSecond, eventsPerRound, startSending } from "./deliveries.ts";
import { alternate, type Figure } from "./figure.ts";
import { ProcessorTimes } from "./processor-time.ts";
import { type Server, startServer } from "./server-process.ts";

const pollMs = 200;
const resting = new URL("statistics-resting.ts", import.meta.url).href;

/** The newest attempts are counted when nothing is left: then it says so of now. */
async function allCounted(server: Server): Promise<void> {
  for (;;) {
    const askedAtMs = Date.now();
    const { as_of: asOf } = await server.api<{ as_of: string | null }>("GET", "/v1/stats");
    if (asOf !== null && Date.parse(asOf) >= askedAtMs) return;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

export const figure: Figure = {
  name: "stats_cost",
  unit: "deliveries/s",
  what: "deliveries while statistics are counted, against not counting them",
  async measure(bench, resources) {
    const sending = await startSending(bench, resources);
    const events = eventsPerRound(bench);
    const side = async (name: string, more: readonly string[], settled: (server: Server) => Promise<void>) => {
      const data = await resources.folder(`stats-cost-${name}`);
      const server = await startServer({ data, nodeOptions: [...bench.nodeOptions, ...more] }, resources);
      await createBusyEndpoint(server, sending);
      const times = new ProcessorTimes();
      const measure = async (): Promise<number> => {
        const { rate } = await times.during(async () => {
          const made = await deliveriesPerSecond(server, sending, events);
          await settled(server);
          return { items: events, rate: made };
        });
        return rate;
      };
      return { measure, times };
    };
    const counting = await side("counting", [], allCounted);
    const still = await side("resting", ["--import", resting], async () => {});
    const sides = await alternate(bench, {
      name: "stats_cost",
      value: counting.measure,
      baseline: still.measure,
    });
    const notes = [`counting: ${counting.times.note("delivery")}`, `resting: ${still.times.note("delivery")}`];
    return { ...sides, notes: [...sides.notes, ...notes] };
  },
};
