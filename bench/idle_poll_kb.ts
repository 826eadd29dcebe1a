/**
 * Memory of a client that waits: the growth of the server's resident memory (all threads) when 10,000 connections have
 * asked for events that do not come, divided by 10,000.
 *
 * Baseline: a bare `node:http` server that keeps the response of each of 10,000 such requests and does nothing else.
 *
 * Why it is fair: the same requests from the same clients on plain sockets; what a connection costs in Node and in its
 * HTTP parser is in both. Lower is better: the ratio should be no more than 1.5.
 */
import { setTimeout as after } from "node:timers/promises";
import type { BareHoldCommands } from "./bare-hold.ts";
import type { Figure } from "./figure.ts";
import type { PollersCommands } from "./pollers.ts";
import { pollRequest, until, untilWaiting } from "./polls.ts";
import { startServer } from "./server-process.ts";
import { startWorker } from "./worker.ts";

const settleMs = 2000;

export const figure: Figure = {
  name: "idle_poll_kb",
  unit: "KiB",
  what: "memory of a waiting long poll, 10,000 of them, against bare node:http holding the response",
  async measure(bench, resources) {
    const connections = bench.quick ? 2000 : 10_000;
    const perPoll = (before: number, held: number) => ((held - before) * 1024) / connections;
    const value = await resources.scope(async (inner) => {
      const server = await startServer({ data: await inner.folder("idle-polls") }, inner);
      const pollers = await startWorker<PollersCommands>(new URL("pollers.ts", import.meta.url), inner);
      const requests = [pollRequest(server, "bench.never")];
      await pollers.call("hold", { port: server.port, requests, connections: 100 });
      await untilWaiting(server, 100);
      await after(settleMs);
      const before = await server.residentMiB();
      await pollers.call("hold", { port: server.port, requests, connections: connections + 100 });
      await untilWaiting(server, connections + 100);
      await after(settleMs);
      return perPoll(before, await server.residentMiB());
    });
    bench.progress(`idle_poll_kb: ${value.toFixed(1)} KiB a poll`);
    const baseline = await resources.scope(async (inner) => {
      const bare = await startWorker<BareHoldCommands>(new URL("bare-hold.ts", import.meta.url), inner);
      const pollers = await startWorker<PollersCommands>(new URL("pollers.ts", import.meta.url), inner);
      const { port } = await bare.call("listen", undefined);
      const requests = [pollRequest({ port, key: "x".repeat(41) }, "bench.never")];
      await pollers.call("hold", { port, requests, connections: 100 });
      await after(settleMs);
      const before = await bare.call("residentMiB", undefined);
      await pollers.call("hold", { port, requests, connections: connections + 100 });
      await until(async () => (await bare.call("held", undefined)) >= connections + 100);
      await after(settleMs);
      return perPoll(before, await bare.call("residentMiB", undefined));
    });
    return { value, baseline, notes: [`${connections} connections`] };
  },
};
