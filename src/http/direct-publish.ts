/**
 * The short way to stage 1, [publish] → dispatch → attempt → journal, for what nearly all publishers send: JSON of a
 * known length, and nothing beside it that a program has to think about. It is answered on `node:http` itself: router,
 * hooks and reply of Fastify are 3 of the 40 µs that the main thread takes for an event with a request of its own
 * (Node 24.21). Everything else, and whoever may not publish, goes to the route in routes/events.ts: its answers are
 * the same, and it alone is in the API's document.
 */
import type { IncomingMessage, OutgoingHttpHeaders, RequestListener, Server, ServerResponse } from "node:http";
import { TrotlineError } from "../core/errors.ts";
import type { Publisher } from "../outbound/publish.ts";
import { type Asking, admit, type Gate } from "./authenticate.ts";
import { httpLimits } from "./http-limits.ts";
import { jsonContentType } from "./http-server.ts";
import { endIfGone, type ProblemMaker } from "./problem.ts";
import { readWhole } from "./read-body.ts";
import { isStored, wirePublished } from "./wire-event.ts";

const path = "/v1/events";
const need = { access: "publish", isOfPortal: false } as const;
const contentTypes: ReadonlySet<string | undefined> = new Set(["application/json", jsonContentType]);
/** A longer body does not notice what the short way saves, and the rest of one that comes too slowly can be dropped. */
const bytesMax = httpLimits.droppedBodyBytes;
/** With one of these a request is not for the short way. */
const unusualHeaders = ["content-encoding", "transfer-encoding", "expect", "idempotency-key", "stripe-version"];

export interface DirectPublishOptions {
  readonly gate: Gate;
  readonly publisher: Publisher;
  readonly bodyTimeoutMs: number;
  readonly makeProblem: ProblemMaker;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly options: DirectPublishOptions;
}

/**
 * Puts the short way in front of the router. Not by Fastify's `serverFactory`: with one, `localhost` would be listened
 * on at one of its addresses only.
 */
export function placeDirectPublish(server: Server, options: DirectPublishOptions): void {
  const routed = server.listeners("request") as RequestListener[];
  server.removeAllListeners("request");
  server.on("request", (request, response) => {
    if (publishDirectly(request, response, options)) return;
    for (const listener of routed) listener.call(server, request, response);
  });
}

/** False where the request is not for the short way; nothing was done then. */
function publishDirectly(request: IncomingMessage, response: ServerResponse, options: DirectPublishOptions): boolean {
  const { gate } = options;
  if (request.url !== path || request.method !== "POST" || !isUsual(request) || gate.isClosing()) return false;
  const asking = admit(request, need, gate);
  if (asking instanceof TrotlineError) return false;
  const exchange = { request, response, options };
  readWhole(request, { bytesMax, timeoutMs: options.bodyTimeoutMs }, (error, body) => {
    // With what has not come of the body, the connection is of no more use.
    if (body === undefined) answerProblem(error, exchange, { connection: "close" });
    else publish(body, asking, exchange);
  });
  return true;
}

function isUsual({ headers }: IncomingMessage): boolean {
  if (!contentTypes.has(headers["content-type"])) return false;
  const length = Number(headers["content-length"]);
  return length > 0 && length <= bytesMax && !unusualHeaders.some((name) => headers[name] !== undefined);
}

function publish(body: Buffer, { keyId, key }: Asking, exchange: Exchange): void {
  const { response, options } = exchange;
  options.publisher.publish(body, { keyId, idempotencyKey: null, boundTenant: key?.tenant ?? null }).then(
    (answer) => {
      const text = wirePublished(answer);
      // Ids and cursors are ASCII: a character is a byte.
      const headers = ["content-type", jsonContentType, "content-length", String(text.length)];
      response.writeHead(isStored(answer) ? 201 : 200, headers).end(text, "latin1");
    },
    (error: unknown) => answerProblem(error, exchange),
  );
}

function answerProblem(cause: unknown, { request, response, options }: Exchange, more: OutgoingHttpHeaders = {}): void {
  if (endIfGone(request)) return;
  const { status, headers, body } = options.makeProblem(cause, request, path);
  response.writeHead(status, { ...headers, ...more, "content-length": Buffer.byteLength(body) }).end(body);
}
