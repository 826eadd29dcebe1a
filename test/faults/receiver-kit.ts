/**
 * Receivers on raw sockets that do what no HTTP server would, and a check after each test that the sender left no
 * connection behind.
 */
import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { test } from "node:test";
import type { AttemptResult } from "../../src/core/attempt.ts";
import type { SendRequest } from "../../src/core/ports.ts";
import { AddressGuard } from "../../src/platform/address-guard.ts";
import { parseAllowList } from "../../src/platform/allow-list.ts";
import { HttpSender, type HttpSenderOptions } from "../../src/platform/http-sender.ts";

/** How much later than its deadline an attempt may end on a busy machine. */
const latenessMsMax = 500;

export interface ReceiverConnection {
  readonly socket: Socket;
  /** 0 for the first connection to this receiver. */
  readonly index: number;
  /** Everything that came on this connection. */
  received(): Buffer;
  /** Answers when a whole request with a content length has come, the n-th on this connection. */
  request(number?: number): Promise<void>;
}

export interface Receiver {
  readonly port: number;
  readonly url: string;
  readonly connections: ReceiverConnection[];
}

export interface Kit {
  /** A TCP server on loopback whose connections are handled as the test says. */
  receiver(handle: (connection: ReceiverConnection) => unknown, server?: Server): Promise<Receiver>;
  sender(options?: Partial<HttpSenderOptions> & { allow?: readonly string[] }): HttpSender;
  /** Sockets that were opened to connect anywhere. */
  readonly clientSockets: readonly Socket[];
}

/** A test with a kit. Fails when a connection of a sender outlives the sender. */
export function faultTest(name: string, body: (kit: Kit) => Promise<void>, options: { skip?: boolean } = {}): void {
  test(name, options, async () => {
    const clientSockets: Socket[] = [];
    const onSocket = (message: unknown) => clientSockets.push((message as { socket: Socket }).socket);
    subscribe("net.client.socket", onSocket);
    const senders: HttpSender[] = [];
    const endings: (() => Promise<void>)[] = [];
    try {
      await body({
        clientSockets,
        receiver: (handle, server) => openReceiver(handle, { server: server ?? createServer(), endings }),
        sender: ({ allow, ...options } = {}) => {
          const guard = new AddressGuard(parseAllowList(allow ?? ["loopback"]));
          const sender = new HttpSender({ guard, clock: { wallMs: () => Date.now() }, ...options });
          senders.push(sender);
          return sender;
        },
      });
    } finally {
      for (const sender of senders) sender.abortAll();
      await Promise.all(senders.map((sender) => sender.close()));
      await eventually(() =>
        assert.ok(
          clientSockets.every((socket) => socket.closed),
          "a connection was left behind",
        ),
      );
      await Promise.all(endings.map((end) => end()));
      unsubscribe("net.client.socket", onSocket);
    }
  });
}

/** Tries until the assertion holds, for two seconds at most. */
export async function eventually(check: () => void | Promise<void>): Promise<void> {
  const giveUpAtMs = performance.now() + 2000;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (performance.now() > giveUpAtMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

export const aRequest = (url: string, members: Partial<SendRequest> = {}): SendRequest => ({
  url,
  method: "POST",
  headers: ["content-type", "application/json", "webhook-id", "evt_1"],
  body: Buffer.from('{"id":"evt_1"}'),
  timeoutMs: 5000,
  ...members,
});

/** Sends, and holds the attempt to its deadline. */
export async function sendInTime(sender: HttpSender, request: SendRequest): Promise<AttemptResult> {
  const startedMs = performance.now();
  const result = await sender.send(request);
  const tookMs = performance.now() - startedMs;
  assert.ok(
    tookMs <= request.timeoutMs + latenessMsMax,
    `took ${tookMs} ms with a deadline of ${request.timeoutMs} ms`,
  );
  // The first attempt of a process also loads the HTTP client, which is not the receiver's time.
  const unsaidMs = tookMs - result.durationMs;
  assert.ok(unsaidMs >= -1 && unsaidMs <= latenessMsMax, `says ${result.durationMs} ms and took ${tookMs} ms`);
  assert.equal(result.errorClass === null, result.errorDetail === null);
  assert.doesNotMatch(result.errorDetail ?? "", /\d+\.\d+\.\d+\.\d+|node_modules|undefined|\n/);
  return result;
}

export const ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/** A receiver's handler that answers every request on a connection with the same bytes. */
export const answering =
  (answer: string | Uint8Array) =>
  async (connection: ReceiverConnection): Promise<void> => {
    for (let number = 1; !connection.socket.destroyed; number++) {
      await connection.request(number);
      connection.socket.write(answer);
    }
  };

async function openReceiver(
  handle: (connection: ReceiverConnection) => unknown,
  { server, endings }: { server: Server; endings: (() => Promise<void>)[] },
): Promise<Receiver> {
  const connections: ReceiverConnection[] = [];
  const onConnection = (socket: Socket) => {
    const connection = watch(socket, connections.length);
    connections.push(connection);
    handle(connection);
  };
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => sockets.add(socket));
  server.on("setSecureContext" in server ? "secureConnection" : "connection", onConnection);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endings.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}/hook`, connections };
}

function watch(socket: Socket, index: number): ReceiverConnection {
  const chunks: Buffer[] = [];
  const checks = new Set<() => void>();
  socket.on("error", () => {});
  socket.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    for (const check of checks) check();
  });
  const received = () => Buffer.concat(chunks);
  return {
    socket,
    index,
    received,
    request: (number = 1) =>
      new Promise((resolve) => {
        const check = () => {
          if (requestsIn(received()) < number) return;
          checks.delete(check);
          resolve();
        };
        checks.add(check);
        check();
      }),
  };
}

function requestsIn(bytes: Buffer): number {
  let total = 0;
  for (let at = 0; ; total++) {
    const headEnd = bytes.indexOf("\r\n\r\n", at);
    if (headEnd < 0) return total;
    const length = /\r\ncontent-length: (\d+)/.exec(bytes.toString("latin1", at, headEnd))?.[1];
    at = headEnd + 4 + Number(length ?? 0);
    if (at > bytes.length) return total;
  }
}
