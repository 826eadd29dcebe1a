/**
 * Worker: the baseline of `publish_single`. `node:http` alone: it collects the body, parses the JSON, and answers in
 * the shape in which Trotline does. It stores nothing and asks nobody who they are.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { serveCommands } from "./worker.ts";

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const event = JSON.parse(Buffer.concat(chunks).toString("utf8")) as { type: string };
    const answer = JSON.stringify({ id: `evt_${event.type}`, cursor: "AQAAAAAAAAAAAAA", duplicate: false });
    response.writeHead(201, { "content-type": "application/json", "content-length": Buffer.byteLength(answer) });
    response.end(answer);
  });
});

const commands = {
  async listen(): Promise<{ port: number }> {
    server.listen(0, "127.0.0.1", 4096);
    await once(server, "listening");
    return { port: (server.address() as AddressInfo).port };
  },
};
export type BareHttpCommands = typeof commands;

serveCommands(commands);
