/**
 * Worker: publishes at a steady pace and receives what comes of it, in one process, so that both are times of one
 * clock. A delay is from writing the request that publishes an event until its delivery has come, whole: the same path
 * for every side of a figure. Paths under `/hole` are never answered, and not measured.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { publishRequest } from "./events.ts";
import { serveCommands } from "./worker.ts";

interface Pace {
  readonly server: { readonly port: number; readonly key: string };
  /** Event types that are published in turn, each taken by one endpoint. */
  readonly types: readonly string[];
  /** Of these nothing is measured. */
  readonly unmeasured: readonly string[];
  readonly data: string;
  readonly perSecond: number;
  readonly seconds: number;
}

const tickMs = 5;
const patienceMs = 20_000;

/** By event id: when it was published. */
const publishedAtMs = new Map<string, number>();
let delaysMs: number[] = [];
let socket: Socket | null = null;
let sequence = 0;

const receiver = createServer((request, response) => {
  if (request.url?.startsWith("/hole") === true) return;
  request.resume();
  request.on("end", () => {
    response.writeHead(200, { "content-length": 0 }).end();
    const id = String(request.headers["webhook-id"]);
    const sinceMs = publishedAtMs.get(id);
    if (sinceMs === undefined) return;
    publishedAtMs.delete(id);
    delaysMs.push(performance.now() - sinceMs);
  });
});

async function open(port: number): Promise<Socket> {
  const opened = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(opened, "connect");
  // Answers are not waited for: a pace is a pace.
  opened.resume();
  return opened;
}

const commands = {
  async listen(): Promise<{ port: number }> {
    receiver.listen(0, "127.0.0.1");
    await once(receiver, "listening");
    return { port: (receiver.address() as AddressInfo).port };
  },
  /** Publishes so many events a second for so long, waits until all that are measured have come, and answers delays. */
  async run(pace: Pace): Promise<number[]> {
    const { server, types, unmeasured, perSecond, seconds, data } = pace;
    const without = new Set(unmeasured);
    socket?.destroy();
    socket = await open(server.port);
    delaysMs = [];
    publishedAtMs.clear();
    const startMs = performance.now();
    for (let published = 0; published < perSecond * seconds; ) {
      const dueBy = ((performance.now() - startMs) / 1000) * perSecond;
      for (; published < dueBy && published < perSecond * seconds; published++) {
        sequence += 1;
        const type = types[sequence % types.length] as string;
        const id = `delay-${process.pid}-${sequence}`;
        if (!without.has(type)) publishedAtMs.set(id, performance.now());
        socket.write(publishRequest(server, `{"id":"${id}","type":"${type}","data":${data}}`));
      }
      await new Promise((resolve) => setTimeout(resolve, tickMs));
    }
    const untilMs = performance.now() + patienceMs;
    while (publishedAtMs.size > 0) {
      if (performance.now() > untilMs) throw new Error(`${publishedAtMs.size} deliveries did not come`);
      await new Promise((resolve) => setTimeout(resolve, tickMs));
    }
    return delaysMs;
  },
};
export type DelaysCommands = typeof commands;

serveCommands(commands);
