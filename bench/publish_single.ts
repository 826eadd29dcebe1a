/**
 * Events a second when each is published by a request of its own: 32 connections, each waiting for its answer before it
 * sends the next, 1 KiB of data, no endpoint. Every answer means that the event is on disk (fsync).
 *
 * Baseline: a bare `node:http` server in a process of its own that collects the body, parses the JSON and answers in
 * the same shape, driven by the same load generator with the same bytes.
 *
 * Why it is fair: what the baseline does is the least that any JSON API in Node does for a request, so the ratio is the
 * price of authentication, validation, keeping the bytes, and durability. The load generator writes bytes made
 * beforehand to plain sockets and is not the bottleneck of either side.
 */
import type { BareHttpCommands } from "./bare-http.ts";
import { eventText, publishRequest } from "./events.ts";
import { alternate, type Figure, roundSeconds } from "./figure.ts";
import type { LoadCommands } from "./load.ts";
import { startServer } from "./server-process.ts";
import { startWorker } from "./worker.ts";

const connections = 32;
const dataBytes = 1024;

export const figure: Figure = {
  name: "publish_single",
  unit: "events/s",
  what: "single-event durable publish, 32 connections, against bare node:http",
  async measure(bench, resources) {
    const data = await resources.folder("publish-single");
    const server = await startServer({ data, nodeOptions: bench.nodeOptions }, resources);
    const bare = await startWorker<BareHttpCommands>(new URL("bare-http.ts", import.meta.url), resources);
    const load = await startWorker<LoadCommands>(new URL("load.ts", import.meta.url), resources);
    const { port } = await bare.call("listen", undefined);
    const body = eventText(dataBytes);
    const seconds = roundSeconds(bench);
    const latencies: string[] = [];
    const side = async (target: { port: number; key: string }) => {
      const request = publishRequest(target, body);
      const result = await load.call("run", { port: target.port, request, connections, seconds });
      latencies.push(`${result.p50Ms.toFixed(2)}/${result.p99Ms.toFixed(2)}`);
      return result.answered / result.seconds;
    };
    const sides = await alternate(bench, {
      name: "publish_single",
      value: () => side(server),
      baseline: () => side({ port, key: server.key }),
    });
    const [bareLatency, latency] = latencies.reverse();
    return { ...sides, notes: [...sides.notes, `last round's p50/p99 in ms: ${latency}, bare ${bareLatency}`] };
  },
};
