/** Whatever went wrong, as the answer of RFC 9457 that a client can act on. Stacks go to the log and nowhere else. */
import type { IncomingMessage } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import { type ErrorCode, errorCatalogue, TrotlineError } from "../core/errors.ts";
import { makeId } from "../core/ids.ts";
import type { Clock, Logger, Random } from "../core/ports.ts";
import { isStripeRequest, stripeProblem } from "./forms/stripe-error.ts";
import { httpLimits } from "./http-limits.ts";

const problemContentType = "application/problem+json; charset=utf-8";

interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What Fastify itself refuses, in our words. */
const frameworkErrors: Readonly<Record<string, [code: ErrorCode, detail: string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ["body-too-large", "The body is larger than this address takes."],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ["unsupported-media-type", "The `content-type` is not one that this address takes."],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ["invalid-body", "The body has another length than `content-length` says."],
  // Of a method whose requests have a body, which no address of ours takes.
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: ["unsupported-media-type", "The request does not say its `content-type`."],
  FST_ERR_BAD_URL: ["route-not-found", "The path is not a valid one."],
  FST_ERR_MAX_PARAM_LENGTH: ["route-not-found", "A part of the path is longer than any id."],
};

/** The error as one of the catalogue; an unknown one is `internal` and says nothing about itself. */
export function asTrotlineError(error: unknown): TrotlineError {
  if (error instanceof TrotlineError && errorCatalogue[error.code].status !== null) return error;
  const framework = frameworkErrors[(error as { code?: string } | null)?.code ?? ""];
  if (framework !== undefined) return new TrotlineError(framework[0], framework[1]);
  return new TrotlineError("internal", "The server met an error that it did not expect.", { cause: error });
}

export function problemOf(error: TrotlineError, requestId: string): Problem {
  const { title, advice, retryable, status } = errorCatalogue[error.code];
  const { retryAfterSeconds, allow, quota, field, errors, resume, lost } = error.extras;
  const headers: Record<string, string> = { "content-type": problemContentType };
  const waitSeconds = retryAfterSeconds ?? (status === 503 ? 1 : undefined);
  if (waitSeconds !== undefined) headers["retry-after"] = String(waitSeconds);
  if (allow !== undefined) headers.allow = allow;
  if (quota !== undefined) Object.assign(headers, quotaHeaders(quota));
  if (error.code === "unauthenticated") headers["www-authenticate"] = 'Bearer realm="trotline"';
  const body = JSON.stringify({
    type: `urn:trotline:error:${error.code}`,
    title,
    status,
    code: error.code,
    detail: error.message,
    advice,
    retryable,
    field,
    errors,
    resume,
    lost,
    request_id: requestId,
  });
  return { status: status ?? 500, headers, body };
}

/** As browsers and gateways have read them for years; the draft that is to replace them still changes. */
export const quotaHeaders = (quota: NonNullable<TrotlineError["extras"]["quota"]>): Record<string, string> => ({
  "ratelimit-limit": String(quota.limit),
  "ratelimit-remaining": String(quota.remaining),
  "ratelimit-reset": String(quota.resetSeconds),
});

/** Makes the answer to a request that something went wrong with. What is a defect of ours goes to the log. */
export type ProblemMaker = (cause: unknown, request: IncomingMessage, route: string | undefined) => Problem;

export function problemMaker(machine: {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}): ProblemMaker {
  return (cause, request, route) => {
    const error = asTrotlineError(cause);
    const requestId = makeId("req", machine.clock.wallMs(), machine.random.bytes(16));
    if (error.code === "internal") {
      const facts = { request_id: requestId, method: request.method, route, err: error.cause };
      machine.logger.error(facts, "A request met an unexpected error.");
    }
    const plain = problemOf(error, requestId);
    const problem = isStripeRequest(request) ? stripeProblem(error, { ...plain, requestId }) : plain;
    if (request.complete || dropBody(request)) return problem;
    return { ...problem, headers: { ...problem.headers, connection: "close" } };
  };
}

/** True where the client hung up in the middle of its request: there is nobody to tell. Its connection is ended. */
export function endIfGone(request: IncomingMessage): boolean {
  if (!request.destroyed || request.complete) return false;
  request.socket.destroy();
  return true;
}

/** The error handler of the server. */
export function problemSender(makeProblem: ProblemMaker) {
  return (cause: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    if (endIfGone(request.raw)) {
      reply.hijack();
      return;
    }
    const problem = makeProblem(cause, request.raw, request.routeOptions.url);
    reply.code(problem.status).headers(problem.headers).send(problem.body);
  };
}

/** Part of the body was not read. A small rest is read and dropped; false where the connection is to be given up. */
function dropBody(request: IncomingMessage): boolean {
  const { headers, socket } = request;
  const length = Number(headers["content-length"] ?? Number.NaN);
  const hasBody = headers["transfer-encoding"] !== undefined || length > 0;
  // What comes from another process came whole, and has no connection.
  if (!hasBody || !("destroy" in socket)) return true;
  if (!(length <= httpLimits.droppedBodyBytes)) return false;
  setTimeout(() => {
    if (!request.complete) socket.destroy();
  }, httpLimits.droppedBodyTimeoutMs).unref();
  return true;
}
