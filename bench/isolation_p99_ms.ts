/**
 * The 99th percentile, in milliseconds, of the time from publishing an event until its delivery has come, at 99 healthy
 * endpoints, while the hundredth is a black hole: it takes connections and requests, and never answers. 500 events a
 * second, for one endpoint each, the black hole's among them.
 *
 * Baseline: a second server, the same in everything but that its hundredth endpoint answers as the others do.
 *
 * Why it is fair: one process publishes and receives for both, at the same pace, by one clock; the servers take turns,
 * and the one that waits is frozen (SIGSTOP), so that it takes nothing from the other. The hundredth endpoint's own
 * deliveries are measured on neither side.
 */
import type { DelaysCommands } from "./delays.ts";
import { orderData } from "./events.ts";
import { alternate, type Bench, type Figure, quantile } from "./figure.ts";
import type { Resources } from "./resources.ts";
import { type Server, startServer } from "./server-process.ts";
import { startWorker, type Worker } from "./worker.ts";

const endpointsTotal = 100;
const perSecond = 500;
const types = Array.from({ length: endpointsTotal }, (_, index) => `bench.isolated.${index}`);
const hundredth = types.at(-1) as string;

export const figure: Figure = {
  name: "isolation_p99_ms",
  unit: "ms",
  what: "delay at 99 endpoints beside one that is a black hole, against without",
  async measure(bench, resources) {
    const delays = await startWorker<DelaysCommands>(new URL("delays.ts", import.meta.url), resources);
    const { port } = await delays.call("listen", undefined);
    const well = await serverWith(`http://127.0.0.1:${port}/well`, { bench, port, resources });
    well.freeze(true);
    const holed = await serverWith(`http://127.0.0.1:${port}/hole`, { bench, port, resources });
    holed.freeze(true);
    const seconds = bench.quick ? 1 : 4;
    const side = async (server: Server) => {
      server.freeze(false);
      const p99Ms = await p99(delays, { server, seconds });
      server.freeze(true);
      return p99Ms;
    };
    const sides = await alternate(bench, {
      name: "isolation_p99_ms",
      value: () => side(holed),
      baseline: () => side(well),
    });
    return { ...sides, notes: [...sides.notes, `${perSecond} events a second, ${seconds} s a round`] };
  },
};

async function p99(delays: Worker<DelaysCommands>, given: { server: Server; seconds: number }): Promise<number> {
  const { port, key } = given.server;
  const unmeasured = [hundredth];
  const data = orderData(1024);
  const { seconds } = given;
  const found = await delays.call("run", { server: { port, key }, types, unmeasured, data, perSecond, seconds });
  return quantile(found, 0.99);
}

async function serverWith(
  urlOfHundredth: string,
  given: { bench: Bench; port: number; resources: Resources },
): Promise<Server> {
  const { bench, port, resources } = given;
  const data = await resources.folder("isolation");
  const server = await startServer({ data, nodeOptions: bench.nodeOptions }, resources);
  for (const type of types) {
    const url = type === hundredth ? urlOfHundredth : `http://127.0.0.1:${port}/${type}`;
    await server.api("POST", "/v1/endpoints", { url, types: [type] });
  }
  return server;
}
