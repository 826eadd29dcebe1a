/** A client of a stream that reads the socket itself, and a server of one form whose times a test chooses. */
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import type { App } from "../../src/app.ts";
import { makeSelection } from "../../src/feed/selection.ts";
import { StreamBeat } from "../../src/http/forms/event-stream-beat.ts";
import type { StreamTimes } from "../../src/http/forms/event-stream-loop.ts";
import type { Form } from "../../src/http/forms/form.ts";
import { eventually } from "../../src/testing/eventually.ts";

type Ending = Pick<TestContext, "after">;

export interface RawStream {
  readonly socket: Socket;
  /** The status line and the headers; empty until they are all there. */
  head(): string;
  /** The body so far, without its framing. */
  body(): string;
  /** True once the chunk has come that ends the body. */
  isComplete(): boolean;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
}

/** Sends `GET <path>` with these headers. */
export function openStream(context: Ending, url: string, request: { path: string; headers?: object }): RawStream {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("error", () => {}); // Being cut off is what some tests are about.
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  context.after(() => socket.destroy());
  const lines = Object.entries({ host: "localhost", ...request.headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  socket.write(`GET ${request.path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  const parts = () => partsOf(Buffer.concat(chunks));
  return {
    socket,
    head: () => parts().head,
    body: () => parts().body.toString(),
    isComplete: () => parts().isComplete,
    closed,
  };
}

function partsOf(received: Buffer): { head: string; body: Buffer; isComplete: boolean } {
  const headEnd = received.indexOf("\r\n\r\n");
  if (headEnd === -1) return { head: "", body: Buffer.alloc(0), isComplete: false };
  const head = received.subarray(0, headEnd).toString();
  const chunks: Buffer[] = [];
  let at = headEnd + 4;
  for (;;) {
    const lineEnd = received.indexOf("\r\n", at);
    if (lineEnd === -1) break;
    const size = Number.parseInt(received.subarray(at, lineEnd).toString(), 16);
    if (size === 0) return { head, body: Buffer.concat(chunks), isComplete: true };
    chunks.push(received.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
  return { head, body: Buffer.concat(chunks), isComplete: false };
}

export interface FormServer {
  readonly url: string;
  readonly beat: StreamBeat;
}

/** Answers every request with the form that `make` makes of these times, from the beginning of the log. */
export async function aFormServer(
  context: Ending,
  app: App,
  options: { make: (times: StreamTimes) => Form; follow?: boolean; beatMs: number } & Partial<StreamTimes>,
): Promise<FormServer> {
  const beat = new StreamBeat(options.beatMs);
  const form = options.make({ streamMsMax: 60_000, stalledMsMax: 60_000, ...options, beat });
  const selection = makeSelection({ tenant: "default", types: [], subject: null, filter: null });
  const server = createServer((raw, response) => {
    const query = options.follow === true ? { follow: "true" as const } : {};
    const isGone = (): boolean => raw.socket.destroyed;
    const request = {
      app,
      isClosing: () => false,
      keyId: "key_test",
      ownTenant: "default",
      raw,
      isGone,
      takeOver: () => response,
    };
    void form.answer({ ...request, query, selection, place: "earliest", after: 0 });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, beat };
}

/** Publishes events whose data is this many bytes, until the log has so many more. */
export async function publishLarge(app: App, count: number, bytes: number): Promise<void> {
  const filler = "x".repeat(bytes);
  for (let left = count; left > 0; left -= 50) {
    const events = Array.from({ length: Math.min(50, left) }, () => ({ type: "order.paid", data: filler }));
    const body = Buffer.from(JSON.stringify(events));
    await app.publisher.publish(body, { keyId: "key_test", idempotencyKey: null });
  }
}

/** Waits until the number is the same a hundred looks in a row: whatever it counts has come to rest. */
export async function settled(what: string, read: () => number): Promise<number> {
  let last = read();
  let looks = 0;
  await eventually(what, () => {
    const now = read();
    looks = now === last ? looks + 1 : 0;
    last = now;
    return looks >= 100;
  });
  return last;
}
