/**
 * Worker: the webhook receiver. It counts requests and answers 200, in one of two ways:
 *
 *   `http`     on `node:http`, as receivers are. It costs as much for a request as sending one does, or more.
 *   `sockets`  on plain sockets, reading just enough to find where a request ends: it takes so little of the machine
 *              that only the senders are compared (`--lean-receiver`).
 */
import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage } from "node:http";
import { type AddressInfo, createServer as createSocketServer, type Socket } from "node:net";
import { serveCommands } from "./worker.ts";

export type ReceiverKind = "http" | "sockets";

const answer = Buffer.from("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok");
const headerEnd = "\r\n\r\n";
/** Requests to any other path are strays: deliveries that should not have been made. */
const countedPath = "/busy";
const connectionsWaitingMax = 4096;

let counted = 0;
let strays = 0;
/** The last whole request, so that its signature can be checked. */
let sample: { headers: Record<string, string>; body: Buffer } = { headers: {}, body: Buffer.alloc(0) };
let target = { count: Number.POSITIVE_INFINITY, reached: Promise.withResolvers<void>() };

function received(path: string, request: () => typeof sample): void {
  if (path !== countedPath) {
    strays += 1;
    return;
  }
  counted += 1;
  if (counted !== target.count) return;
  sample = request();
  target.reached.resolve();
}

const onHttp = () =>
  createHttpServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      response.writeHead(200, { "content-type": "text/plain", "content-length": 2 });
      response.end("ok");
      received(request.url ?? "", () => ({ headers: headersOf(request), body: Buffer.concat(chunks) }));
    });
  });

const headersOf = (request: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));

const onSockets = () =>
  createSocketServer({ noDelay: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    readRequests(socket);
  });

function readRequests(socket: Socket): void {
  let pending: Buffer | null = null;
  socket.on("data", (chunk: Buffer) => {
    let bytes = pending === null ? chunk : Buffer.concat([pending, chunk]);
    for (;;) {
      const end = bytes.indexOf(headerEnd);
      if (end === -1) break;
      const head = bytes.toString("latin1", 0, end);
      const length = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      const total = end + headerEnd.length + length;
      if (bytes.length < total) break;
      socket.write(answer);
      const body = bytes.subarray(total - length, total);
      received(head.split(" ", 2)[1] ?? "", () => ({ headers: parsedHeaders(head), body }));
      bytes = bytes.subarray(total);
    }
    pending = bytes.length === 0 ? null : bytes;
  });
}

const parsedHeaders = (head: string): Record<string, string> =>
  Object.fromEntries(
    head
      .split("\r\n")
      .slice(1)
      .map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
  );

const commands = {
  async listen({ kind }: { kind: ReceiverKind }): Promise<{ port: number }> {
    const server = kind === "http" ? onHttp() : onSockets();
    server.listen({ port: 0, host: "127.0.0.1", backlog: connectionsWaitingMax });
    await once(server, "listening");
    return { port: (server.address() as AddressInfo).port };
  },
  /** Counts from zero, up to `count`. */
  expect({ count }: { count: number }): void {
    counted = 0;
    strays = 0;
    target = { count, reached: Promise.withResolvers() };
  },
  /** Answers when the count is reached. */
  reached: (): Promise<void> => target.reached.promise,
  state: () => ({ counted, strays, sample: { headers: sample.headers, body: Buffer.from(sample.body) } }),
};
export type ReceiverCommands = typeof commands;

serveCommands(commands);
