/**
 * Programs a second through the whole of Trotline: events published in batches of 100, made durable, `/bin/true` run
 * for each by one endpoint with 8 at once, its exit status and output journalled. The clock runs from the first publish
 * until the server reports every attempt.
 *
 * Baseline: a bare loop of `child_process.spawn` in a process of its own that runs `/bin/true` with pipes for input and
 * outputs, 8 at once, and waits for each to close.
 *
 * Why it is fair: both start the same program from a Node process in the same way; what the ratio leaves out of one is
 * the price of storing, of lanes, process groups and time limits, and of remembering what came of it. Starting a
 * process costs more the larger the one that starts it is, and a server is larger than a loop: that is counted.
 */
import { journalled, journalPollMs } from "./deliveries.ts";
import { batchText, busyType, eventText } from "./events.ts";
import { alternate, type Figure } from "./figure.ts";
import { startServer } from "./server-process.ts";
import type { SpawnLoopCommands } from "./spawn-loop.ts";
import { startWorker } from "./worker.ts";

const program = "/bin/true";
const inFlight = 8;
const eventsPerRequest = 100;
const dataBytes = 256;

export const figure: Figure = {
  name: "commands",
  unit: "programs/s",
  what: "programs run by an endpoint, 8 at once, against a bare spawn loop",
  async measure(bench, resources) {
    const data = await resources.folder("commands");
    const flags = ["--allow-commands", program];
    const server = await startServer({ data, nodeOptions: bench.nodeOptions, flags }, resources);
    const loop = await startWorker<SpawnLoopCommands>(new URL("spawn-loop.ts", import.meta.url), resources);
    const endpoint = { kind: "command", command: { program }, types: [busyType], max_in_flight: inFlight };
    await server.api("POST", "/v1/endpoints", endpoint);
    const events = bench.quick ? 200 : 600;
    const body = batchText(eventsPerRequest, eventText(dataBytes));
    const value = async (): Promise<number> => {
      const before = await journalled(server);
      const startMs = performance.now();
      for (let sent = 0; sent < events; sent += eventsPerRequest) await server.text("POST", "/v1/events", body);
      while ((await journalled(server)) < before + events) {
        await new Promise((resolve) => setTimeout(resolve, journalPollMs));
      }
      return events / ((performance.now() - startMs) / 1000);
    };
    const baseline = async (): Promise<number> => {
      const { seconds } = await loop.call("run", { program, inFlight, runs: events });
      return events / seconds;
    };
    return alternate(bench, { name: "commands", value, baseline });
  },
};
