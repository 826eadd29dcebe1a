/**
 * The 99th percentile, in milliseconds, of the time from the answer to a publisher (its event is durable) until a
 * client that waits for such events has its answer, while 1,000 others wait for something else: 500 of them each for
 * another type, 500 for the same one. Never less than 0: a waiter may be answered before the publisher. No baseline: it
 * is held against a number.
 */
import { busyType, eventText, publishRequest } from "./events.ts";
import type { Figure } from "./figure.ts";
import type { PollersCommands } from "./pollers.ts";
import { pollRequest, untilWaiting } from "./polls.ts";
import { startServer } from "./server-process.ts";
import { startWorker } from "./worker.ts";

const idle = 1000;

export const figure: Figure = {
  name: "wakeup_p99_ms",
  unit: "ms",
  what: "publish answered → waiter answered, 1,000 others waiting",
  async measure(bench, resources) {
    const times = bench.quick ? 200 : 1000;
    const server = await startServer({ data: await resources.folder("wakeup") }, resources);
    const others = await startWorker<PollersCommands>(new URL("pollers.ts", import.meta.url), resources);
    const one = await startWorker<PollersCommands>(new URL("pollers.ts", import.meta.url), resources);
    const requests = Array.from({ length: idle }, (_, index) =>
      pollRequest(server, index % 2 === 0 ? "bench.never" : `bench.never.${index}`),
    );
    await others.call("hold", { port: server.port, requests, connections: idle });
    await untilWaiting(server, idle);
    const delaysMs = await one.call("wakeOne", {
      port: server.port,
      poll: pollRequest(server, busyType),
      publish: publishRequest(server, eventText(1024)),
      times,
    });
    const sorted = delaysMs.sort((left, right) => left - right);
    const quantile = (fraction: number) => sorted[Math.floor(sorted.length * fraction)] ?? Number.NaN;
    const notes = [`${times} events; p50 ${quantile(0.5).toFixed(2)} ms, worst ${(sorted.at(-1) ?? 0).toFixed(2)} ms`];
    return { value: quantile(0.99), baseline: null, notes };
  },
};
