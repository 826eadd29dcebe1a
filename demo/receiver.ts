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
  /** When it was answered, by the clock on the wall. */
  readonly atMs: number;
  readonly path: string;
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
/** By path and id. */
const seen = new Set<string>();
const accepted = new Set<string>();
const webhooks = new Map<string, Webhook>();
let answerAfterMs = 0;

const server = createServer(async (request, response) => {
  const body = await bodyOf(request);
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const path = request.url ?? "";
  const id = headers["webhook-id"] ?? "";
  const delivery = `${path} ${id}`;
  const failure = seen.has(delivery) ? null : failureOf(seen.size);
  seen.add(delivery);
  if (answerAfterMs > 0) await new Promise((resolve) => setTimeout(resolve, answerAfterMs));
  if (failure === null) accepted.add(delivery);
  received.push({ atMs: Date.now(), path, id, headers, body, refusal: refusalOf(path, body, headers), failure });
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

function refusalOf(path: string, body: Buffer, headers: Record<string, string>): string | null {
  try {
    const webhook = webhooks.get(path);
    if (webhook === undefined) return "no secret yet";
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
  /** `afterMs`: how long each answer takes, so that something is always in flight. */
  async listen({ afterMs }: { afterMs: number }): Promise<{ port: number }> {
    answerAfterMs = afterMs;
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return { port: (server.address() as AddressInfo).port };
  },
  /** What comes at this path is signed with the secret. */
  trust({ path, secret }: { path: string; secret: string }): void {
    webhooks.set(path, new Webhook(secret));
  },
  /** How many deliveries were answered with 200. */
  progress: () => ({ requests: received.length, accepted: accepted.size }),
  received: (): readonly Received[] => received,
};
export type DemoReceiverCommands = typeof commands;

serveCommands(commands);
