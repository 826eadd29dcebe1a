/**
 * Worker: clients that wait. Each connection writes one request and waits for its answer. On plain sockets, so that ten
 * thousand of them take little of the machine from the server. It publishes too, on a connection of its own, so that
 * "published" and "woken" are times of one clock.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { serveCommands } from "./worker.ts";

/** Connections that are being opened at once: fewer than any system's queue for them. */
const openingMax = 200;
const headEnd = "\r\n\r\n";

interface Poller {
  readonly socket: Socket;
  answered: PromiseWithResolvers<number>;
  pending: Buffer | null;
}

const pollers: Poller[] = [];
let publisher: Poller | null = null;

async function open(port: number): Promise<Poller> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  const poller: Poller = { socket, answered: Promise.withResolvers(), pending: null };
  socket.on("data", (chunk: Buffer) => read(poller, chunk));
  socket.on("error", (error) => poller.answered.reject(error));
  socket.on("close", () => poller.answered.reject(new Error("the server closed the connection")));
  poller.answered.promise.catch(() => {});
  return poller;
}

/** Resolves with the time at which the whole answer was there. */
function read(poller: Poller, chunk: Buffer): void {
  const bytes: Buffer = poller.pending === null ? chunk : Buffer.concat([poller.pending, chunk]);
  const end = bytes.indexOf(headEnd);
  if (end === -1 || bytes.length < end + headEnd.length + bodyLength(bytes, end)) {
    poller.pending = bytes;
    return;
  }
  poller.pending = null;
  if (bytes[9] === 0x32) poller.answered.resolve(performance.now());
  else poller.answered.reject(new Error(`refused: ${bytes.toString("utf8").slice(0, 500)}`));
}

function bodyLength(bytes: Buffer, end: number): number {
  const length = /content-length: *(\d+)/i.exec(bytes.toString("latin1", 0, end))?.[1];
  if (length === undefined) throw new Error("an answer without content-length");
  return Number(length);
}

function ask(poller: Poller, request: Uint8Array): Promise<number> {
  poller.answered = Promise.withResolvers();
  poller.answered.promise.catch(() => {});
  poller.socket.write(request);
  return poller.answered.promise;
}

const commands = {
  /** Opens connections, and has each ask once; `requests` are dealt out in turn. */
  async hold({ port, requests, connections }: { port: number; requests: Uint8Array[]; connections: number }) {
    while (pollers.length < connections) {
      const count = Math.min(openingMax, connections - pollers.length);
      pollers.push(...(await Promise.all(Array.from({ length: count }, () => open(port)))));
    }
    for (const [index, poller] of pollers.entries()) void ask(poller, requests[index % requests.length] as Uint8Array);
  },
  /** Writes one request on a connection of its own, and waits until everyone who holds is answered. */
  async wakeAll({ port, request }: { port: number; request: Uint8Array }): Promise<{ ms: number }> {
    publisher ??= await open(port);
    const startMs = performance.now();
    const published = ask(publisher, request);
    const answered = await Promise.all(pollers.map((poller) => poller.answered.promise));
    await published;
    return { ms: Math.max(...answered) - startMs };
  },
  /** Again and again: one client waits, an event is published, and both answers are timed. Never below zero. */
  async wakeOne({
    port,
    poll,
    publish,
    times,
  }: {
    port: number;
    poll: Uint8Array;
    publish: Uint8Array;
    times: number;
  }) {
    publisher ??= await open(port);
    const waiter = await open(port);
    const delaysMs: number[] = [];
    for (let time = 0; time < times; time++) {
      const woken = ask(waiter, poll);
      await new Promise((resolve) => setTimeout(resolve, 5));
      const publishedMs = await ask(publisher, publish);
      delaysMs.push(Math.max(0, (await woken) - publishedMs));
    }
    waiter.socket.destroy();
    return delaysMs;
  },
  drop(): void {
    for (const { socket } of pollers.splice(0)) socket.destroy();
    publisher?.socket.destroy();
    publisher = null;
  },
};
export type PollersCommands = typeof commands;

serveCommands(commands);
