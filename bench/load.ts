/**
 * Worker: the load generator. Each connection writes the same request bytes, waits for the whole answer, and writes
 * again (closed loop, no pipelining). On plain sockets with bytes made beforehand, so that it takes little of the
 * machine from the server, and the same whatever the server is.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { serveCommands } from "./worker.ts";

interface Load {
  readonly port: number;
  /** One whole HTTP/1.1 request. */
  readonly request: Uint8Array;
  /** Where in it a number stands that is another for each request: its first digit, and how many there are. */
  readonly counter?: { readonly offset: number; readonly digits: number };
  readonly connections: number;
  /** Ends after this many requests, */
  readonly requests?: number;
  /** or after this long. */
  readonly seconds?: number;
}

interface LoadResult {
  readonly answered: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Run {
  readonly load: Load;
  /** `performance.now()` after which nothing new is sent. */
  readonly untilMs: number;
  readonly latenciesMs: number[];
  left: number;
}

/** Of this process: no two runs send the same. */
let counted = 0;

async function run(load: Load): Promise<LoadResult> {
  const sockets = await Promise.all(Array.from({ length: load.connections }, () => open(load.port)));
  const startMs = performance.now();
  const state: Run = {
    load,
    untilMs: startMs + (load.seconds ?? Number.POSITIVE_INFINITY) * 1000,
    latenciesMs: [],
    left: load.requests ?? Number.POSITIVE_INFINITY,
  };
  try {
    await Promise.all(sockets.map((socket) => drive(socket, state)));
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  const seconds = (performance.now() - startMs) / 1000;
  const sorted = state.latenciesMs.sort((left, right) => left - right);
  const quantile = (fraction: number) => sorted[Math.floor(sorted.length * fraction)] ?? 0;
  return { answered: sorted.length, seconds, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return socket;
}

function drive(socket: Socket, state: Run): Promise<void> {
  return new Promise((resolve, reject) => {
    let sentMs = 0;
    let pending: Buffer | null = null;
    const { counter } = state.load;
    // Its own: it is written anew only when the last one was answered.
    const request = counter === undefined ? state.load.request : Buffer.from(state.load.request);
    const send = () => {
      sentMs = performance.now();
      if (state.left <= 0 || sentMs >= state.untilMs) return resolve();
      state.left -= 1;
      if (counter !== undefined) {
        const digits = String(++counted).padStart(counter.digits, "0");
        Buffer.from(request.buffer, request.byteOffset, request.length).write(digits, counter.offset, "latin1");
      }
      socket.write(request);
    };
    socket.on("data", (chunk: Buffer) => {
      const bytes: Buffer = pending === null ? chunk : Buffer.concat([pending, chunk]);
      const end = bytes.indexOf("\r\n\r\n");
      if (end === -1 || bytes.length < end + 4 + bodyLength(bytes, end)) {
        pending = bytes;
        return;
      }
      pending = null;
      // Anything but 2xx ends the run: a figure made of refusals is no figure.
      if (bytes[9] !== 0x32) return reject(new Error(`refused: ${bytes.toString("utf8").slice(0, 1000)}`));
      state.latenciesMs.push(performance.now() - sentMs);
      send();
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the server closed the connection")));
    send();
  });
}

function bodyLength(bytes: Buffer, headEnd: number): number {
  const length = /content-length: *(\d+)/i.exec(bytes.toString("latin1", 0, headEnd))?.[1];
  if (length === undefined) throw new Error("an answer without content-length");
  return Number(length);
}

const commands = { run };
export type LoadCommands = typeof commands;

serveCommands(commands);
