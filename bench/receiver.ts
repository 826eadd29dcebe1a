/**
 * Worker: the webhook receiver. It reads just enough HTTP/1.1 to find the end of each request, counts it and answers
 * 200. On plain sockets, because `node:http` costs as much for a request as sending one does: with it, both sides of a
 * ratio would be bounded by the receiver, and the ratio would flatter whatever is slower.
 */
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { serveCommands } from "./worker.ts";

const answer = Buffer.from("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok");
const headerEnd = "\r\n\r\n";
/** Requests to any other path are strays: deliveries that should not have been made. */
const countedLine = "POST /busy ";

let counted = 0;
let strays = 0;
/** The last whole request, so that its signature can be checked. */
let sample: { head: string; body: Buffer } = { head: "", body: Buffer.alloc(0) };
let target = { count: Number.POSITIVE_INFINITY, reached: Promise.withResolvers<void>() };

const server = createServer((socket) => {
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  receive(socket);
});

function receive(socket: Socket): void {
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
      if (head.startsWith(countedLine)) {
        counted += 1;
        sample = { head, body: bytes.subarray(total - length, total) };
      } else strays += 1;
      socket.write(answer);
      bytes = bytes.subarray(total);
    }
    pending = bytes.length === 0 ? null : bytes;
    if (counted >= target.count) target.reached.resolve();
  });
}

const commands = {
  async listen(): Promise<{ port: number }> {
    server.listen(0, "127.0.0.1", 4096);
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
  state: () => ({ counted, strays, sample: { head: sample.head, body: Buffer.from(sample.body) } }),
};
export type ReceiverCommands = typeof commands;

serveCommands(commands);
