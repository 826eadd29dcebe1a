/** Requests as Node has them: `node:http`, Express, Fastify's raw ones, and whatever else hands them on. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { httpLimits } from "../http/http-limits.ts";
import type { InboundAnswer } from "../inbound/answer.ts";
import { alreadyRead, type Bounds, type Door, keptBody, streamedBody } from "./door.ts";

export interface NodeRequest extends IncomingMessage {
  /** The whole path, where a router has cut off what it is mounted on. */
  readonly originalUrl?: string;
  /** The bytes, where somebody read and kept them. */
  readonly rawBody?: unknown;
  readonly body?: unknown;
}

/** `next` is called for a request that is for no source; without it that is answered 404. */
export function nodeListener(door: Door): (request: NodeRequest, response: ServerResponse, next?: () => void) => void {
  return (request, response, next) => {
    const target = request.originalUrl ?? request.url ?? "";
    const source = door.sourceIn(target);
    if (source === null && next !== undefined) {
      next();
      return;
    }
    const arrival = {
      method: request.method ?? "",
      target,
      headers: withoutPseudoHeaders(request.rawHeaders),
      peer: { address: request.socket.remoteAddress ?? "", isEncrypted: "encrypted" in request.socket },
      readBody: (bounds: Bounds) => bodyOf(request, bounds),
    };
    void door.receive(source, arrival).then((answer) => send(answer, request, response));
  };
}

/** Those of HTTP/2 begin with a colon. */
const withoutPseudoHeaders = (headers: readonly string[]): readonly string[] =>
  headers.some((name, index) => index % 2 === 0 && name.startsWith(":"))
    ? headers.filter((_, index) => !headers[index - (index % 2)]?.startsWith(":"))
    : headers;

async function bodyOf(request: NodeRequest, bounds: Bounds): Promise<Uint8Array> {
  if (!hasBody(request)) return new Uint8Array(0);
  if (!request.readableDidRead) return streamedBody(request, bounds);
  const { rawBody, body } = request;
  const kept = rawBody instanceof Uint8Array ? rawBody : body;
  if (kept instanceof Uint8Array) return keptBody(kept, bounds);
  throw alreadyRead();
}

const hasBody = ({ headers, httpVersionMajor, complete }: NodeRequest): boolean =>
  headers["transfer-encoding"] !== undefined ||
  (headers["content-length"] === undefined ? httpVersionMajor > 1 && !complete : headers["content-length"] !== "0");

/** A small rest of a body that was not read is dropped by Node; a large one, or one that does not come, ends it all. */
function isGivenUp(request: NodeRequest, status: number): boolean {
  if (request.httpVersionMajor > 1 || request.complete || !hasBody(request)) return false;
  return status === 408 || !(Number(request.headers["content-length"]) <= httpLimits.droppedBodyBytes);
}

function send({ status, headers, body }: InboundAnswer, request: NodeRequest, response: ServerResponse): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    ...headers,
    ...(status !== 204 && status !== 205 && { "content-length": bytes.length }),
    ...(isGivenUp(request, status) && { connection: "close" }),
  });
  response.end(bytes);
}
