/**
 * Worker: the baseline of clients that wait. `node:http` alone: it keeps the response of every GET, and answers all of
 * them with the same bytes when a POST comes.
 */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { serveCommands } from "./worker.ts";

const held = new Set<ServerResponse>();
const body = Buffer.from(JSON.stringify({ data: [{ note: "x".repeat(1200) }], next_cursor: "c", has_more: false }));

function answer(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
  response.end(body);
}

const server = createServer((request, response) => {
  if (request.method === "GET") {
    held.add(response);
    response.on("close", () => held.delete(response));
    return;
  }
  request.resume();
  request.on("end", () => {
    answer(response);
    for (const waiting of held) answer(waiting);
    held.clear();
  });
});

const commands = {
  async listen(): Promise<{ port: number }> {
    server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 });
    await once(server, "listening");
    return { port: (server.address() as AddressInfo).port };
  },
  held: () => held.size,
  async residentMiB(): Promise<number> {
    return Number(/VmRSS:\s+(\d+) kB/.exec(await readFile("/proc/self/status", "utf8"))?.[1]) / 1024;
  },
};
export type BareHoldCommands = typeof commands;

serveCommands(commands);
