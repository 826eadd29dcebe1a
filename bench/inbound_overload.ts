/**
 * Memory under a flood: 400 clients begin a body of 1 MiB each for one source and do not end it. The figure is how much
 * the server grows while they are there; they have sent 400 MiB. What is beyond the source's share of the room must be
 * answered 503 with `Retry-After`, and another source must go on.
 */
import { connect, type Socket } from "node:net";
import type { Figure } from "./figure.ts";
import { addSource, inboundPath } from "./inbound-requests.ts";
import { type Server, startServer } from "./server-process.ts";

const clientCount = 400;
const bodyBytes = 1024 * 1024;
const settleMs = 100;
const waitsMax = 100;

interface Client {
  readonly socket: Socket;
  answer: string;
}

export const figure: Figure = {
  name: "inbound_overload",
  unit: "MiB",
  what: "growth of the server while 400 MiB of bodies that do not end come in",
  async measure(bench, resources) {
    const data = await resources.folder("inbound-overload");
    const server = await startServer({ data, nodeOptions: bench.nodeOptions }, resources);
    await addSource(server);
    const open = { name: "open", scheme: { unverified: true } };
    await server.api("POST", "/v1/sources", open);
    const before = await server.residentMiB();
    const clients = Array.from({ length: clientCount }, () => begin(server));
    resources.add(async () => {
      for (const { socket } of clients) socket.destroy();
    });
    const most = await watch(server, clients);
    const refused = clients.filter(({ answer }) => /^HTTP\/1\.1 503 [\s\S]*retry-after: \d/i.test(answer)).length;
    const other = await fetch(`http://127.0.0.1:${server.port}/in/open`, { method: "POST", body: "{}" });
    return {
      value: most - before,
      baseline: null,
      notes: [
        `${refused} of ${clientCount} clients were answered 503 with Retry-After; another source answered ${other.status}`,
      ],
    };
  },
};

function begin({ port }: Server): Client {
  const socket = connect(port, "127.0.0.1");
  const client: Client = { socket, answer: "" };
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    client.answer += chunk.toString("latin1");
  });
  socket.write(`POST ${inboundPath} HTTP/1.1\r\nhost: bench\r\ncontent-length: ${bodyBytes}\r\n\r\n`);
  socket.write(Buffer.alloc(bodyBytes - 1, "x"));
  return client;
}

/** The most that the server had until nothing more was answered for a while. */
async function watch(server: Server, clients: readonly Client[]): Promise<number> {
  let most = 0;
  let answered = -1;
  for (let wait = 0, calm = 0; wait < waitsMax && calm < 10; wait++) {
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    most = Math.max(most, await server.residentMiB());
    const now = clients.filter(({ answer }) => answer !== "").length;
    calm = now === answered ? calm + 1 : 0;
    answered = now;
  }
  return most;
}
