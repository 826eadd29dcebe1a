/**
 * The receiver of the demo, a process of its own: verifies every request with the npm library `standardwebhooks` (which
 * has nothing to do with Trotline), keeps its bytes, and lets half of the events fail the first time they come.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { serveCommands } from "../bench/worker.ts";

export type Failure = "500" | "503 with Retry-After" | "connection reset" | "too slow";

/** One request as it came. */
export interface Received {
  readonly id: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
  /** Null where the signature is right. */
  readonly refusal: string | null;
  /** How it was made to fail; null where it was answered with 200. */
  readonly failure: Failure | null;
}

/** Beyond the endpoint's `timeout_ms`. */
const slowMs = 1600;
const retryAfterSeconds = 1;

const received: Received[] = [];
const seen = new Set<string>();
let webhook: Webhook | null = null;

const server = createServer(async (request, response) => {
  const body = await bodyOf(request);
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const id = headers["webhook-id"] ?? "";
  const failure = seen.has(id) ? null : failureOf(seen.size);
  seen.add(id);
  received.push({ id, headers, body, refusal: refusalOf(body, headers), failure });
  answer(response, failure);
});

/** Every second event fails the first time it comes: most with 500, the others in each way that receivers have. */
function failureOf(order: number): Failure | null {
  if (order % 2 === 0) return null;
  const failing = (order - 1) / 2;
  if (failing % 40 === 7) return "503 with Retry-After";
  if (failing % 40 === 23) return "too slow";
  return failing % 3 === 1 ? "connection reset" : "500";
}

function answer(response: ServerResponse, failure: Failure | null): void {
  if (failure === null) response.writeHead(200).end("ok");
  else if (failure === "500") response.writeHead(500).end("failing on purpose");
  else if (failure === "503 with Retry-After")
    response.writeHead(503, { "retry-after": String(retryAfterSeconds) }).end();
  else if (failure === "connection reset") response.socket?.resetAndDestroy();
  else setTimeout(() => response.writeHead(200).end("too late"), slowMs).unref();
}

function refusalOf(body: Buffer, headers: Record<string, string>): string | null {
  try {
    if (webhook === null) return "no secret yet";
    webhook.verify(body, headers);
    return null;
  } catch (error) {
    return String(error);
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const commands = {
  async listen(): Promise<{ port: number }> {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return { port: (server.address() as AddressInfo).port };
  },
  trust({ secret }: { secret: string }): void {
    webhook = new Webhook(secret);
  },
  /** How many events were answered with 200. */
  progress: () => ({ requests: received.length, accepted: new Set(acceptedIds()).size }),
  received: (): readonly Received[] => received,
};
export type DemoReceiverCommands = typeof commands;

const acceptedIds = () => received.filter((request) => request.failure === null).map((request) => request.id);

serveCommands(commands);
