/**
 * Milliseconds from publishing one event until 10,000 clients that wait for it have their answers, whole.
 *
 * Baseline: a bare `node:http` server that keeps the responses of 10,000 requests and answers them all with the same
 * bytes when a request tells it to.
 *
 * Why it is fair: the same clients, and answers of the same size. Trotline makes the event durable first, and finds out
 * who waits for it. Lower is better: the ratio should be no more than 2.
 */
import type { BareHoldCommands } from "./bare-hold.ts";
import { busyType, eventText, publishRequest } from "./events.ts";
import { alternate, type Figure } from "./figure.ts";
import type { PollersCommands } from "./pollers.ts";
import { pollRequest, until, untilWaiting } from "./polls.ts";
import { startServer } from "./server-process.ts";
import { startWorker } from "./worker.ts";

export const figure: Figure = {
  name: "wake_10k_ms",
  unit: "ms",
  what: "one event answers 10,000 waiters, against bare node:http answering as many",
  async measure(bench, resources) {
    const connections = bench.quick ? 2000 : 10_000;
    const server = await startServer(
      { data: await resources.folder("wake"), nodeOptions: bench.nodeOptions },
      resources,
    );
    const bare = await startWorker<BareHoldCommands>(new URL("bare-hold.ts", import.meta.url), resources);
    const { port } = await bare.call("listen", undefined);
    const polls = await startWorker<PollersCommands>(new URL("pollers.ts", import.meta.url), resources);
    const barePolls = await startWorker<PollersCommands>(new URL("pollers.ts", import.meta.url), resources);
    const target = { port, key: server.key };
    const event = eventText(1024);
    const sides = await alternate(bench, {
      name: "wake_10k_ms",
      async value() {
        await polls.call("hold", { port: server.port, requests: [pollRequest(server, busyType)], connections });
        await untilWaiting(server, connections);
        const request = publishRequest(server, event);
        return (await polls.call("wakeAll", { port: server.port, request })).ms;
      },
      async baseline() {
        await barePolls.call("hold", { port, requests: [pollRequest(target, busyType)], connections });
        await until(async () => (await bare.call("held", undefined)) >= connections);
        return (await barePolls.call("wakeAll", { port, request: publishRequest(target, event) })).ms;
      },
    });
    return { ...sides, notes: [...sides.notes, `${connections} waiters`] };
  },
};
