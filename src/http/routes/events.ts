import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import { Type } from "typebox";
import { TrotlineError } from "../../core/errors.ts";
import { defaultTenant } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import type { Logger } from "../../core/ports.ts";
import type { Publisher } from "../../outbound/publish.ts";
import { isStripeRequest } from "../forms/stripe-error.ts";
import { answerStripeEvent } from "../forms/stripe-event.ts";
import { httpLimits } from "../http-limits.ts";
import { type HttpServer, jsonContentType, type RouteContext } from "../http-server.ts";
import { publishedLines } from "../published-lines.ts";
import { takeBodies } from "../read-body.ts";
import {
  batchSchema,
  eventSchema,
  newEventSchema,
  publishedBatchSchema,
  publishedLineSchema,
  publishedSchema,
} from "../schemas/event.ts";
import { includeParameter, tenantParameter } from "../schemas/scalars.ts";
import { stripeEventSchema } from "../schemas/stripe.ts";
import { boundTenant } from "../tenancy.ts";
import { isStored, wireDelivery, wireEvent, wirePublished } from "../wire-event.ts";
import { requestMember } from "../wire-received.ts";

const ndjson = "application/x-ndjson";

export function eventRoutes(server: HttpServer, { app, bodyTimeouts, openAnswers }: RouteContext): void {
  const { publisher, registry, store, deliveries, logger } = app;
  takeBodies(server, { bytesMax: limits.publishBodyBytes, ndjson: true, timeouts: bodyTimeouts });

  server.route({
    method: "POST",
    url: "/v1/events",
    config: { access: "publish" },
    schema: {
      summary: "Publish events",
      description:
        "One event, an array of them (all or none is stored), or NDJSON of any length, which is answered line by " +
        "line. A 2xx is sent after the events are durable. `Idempotency-Key` is taken with JSON.",
      requestContent: {
        "application/json": Type.Union([newEventSchema, batchSchema]),
        [ndjson]: newEventSchema,
      },
      responseContent: {
        200: { "application/json": Type.Union([publishedSchema, publishedBatchSchema]), [ndjson]: publishedLineSchema },
        201: { "application/json": Type.Union([publishedSchema, publishedBatchSchema]) },
      },
    },
    handler: (request, reply) => {
      const { body } = request;
      if (body instanceof Uint8Array) publishWhole(body, publisher, { request, reply });
      else if (body === undefined) throw new TrotlineError("empty-body", "The request has no body.");
      else {
        openAnswers.add(request, reply as unknown as FastifyReply);
        publishStream(body as IncomingMessage, { publisher, logger }, { request, reply });
      }
    },
  });

  server.route({
    method: "GET",
    url: "/v1/events/:id",
    config: { access: "read" },
    schema: {
      summary: "One event, and where it went",
      params: Type.Object({ id: Type.String() }),
      querystring: Type.Object({ tenant: tenantParameter, include: includeParameter }, { additionalProperties: false }),
      description: "With the header `Stripe-Version`, in the shape of Stripe's API.",
      responseContent: { 200: { "application/json": Type.Union([eventSchema, stripeEventSchema]) } },
    },
    handler: async (request, reply) => {
      if (isStripeRequest(request)) return answerStripeEvent(app, request, reply);
      const { tenant = defaultTenant, include } = request.query;
      const event = await store.events.find(tenant, request.params.id);
      if (event === null) {
        throw new TrotlineError("event-not-found", `The tenant \`${tenant}\` has no event \`${request.params.id}\`.`);
      }
      const views = await deliveries.ofEvent(event);
      const body = wireEvent(event, store.events.bounds().epochs, {
        deliveries: views.map((view) => wireDelivery(view, registry)),
        redeliveries: event.request === null ? null : await store.events.redeliveries(event.position),
        request: include === "request" ? requestMember(app.sources) : undefined,
      });
      return reply.type(jsonContentType).send(body);
    },
  });
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Without a schema: the publisher reads the bytes itself. Most requests come a shorter way (`direct-publish.ts`). */
function publishWhole(body: Uint8Array, publisher: Publisher, { request, reply }: Exchange): void {
  const { keyId } = request;
  const publication = { keyId, idempotencyKey: idempotencyKeyOf(request), boundTenant: boundTenant(request) };
  publisher.publish(body, publication).then(
    (answer) => {
      reply
        .code(isStored(answer) ? 201 : 200)
        .type(jsonContentType)
        .send(wirePublished(answer));
    },
    (error: unknown) => reply.send(error),
  );
}

function publishStream(
  body: IncomingMessage,
  { publisher, logger }: { readonly publisher: Publisher; readonly logger: Logger },
  { request, reply }: Exchange,
): void {
  if (idempotencyKeyOf(request) !== null) {
    const detail = "NDJSON takes no Idempotency-Key: give each event an `id`, and it is stored once.";
    throw new TrotlineError("invalid-idempotency-key", detail);
  }
  const onFailure = (error: TrotlineError): void => {
    const isGone = body.destroyed && !body.complete; // The publisher hung up: there is nothing to report.
    if (isGone || error.code !== "internal") return;
    logger.error({ err: error.cause }, "A stream of events met an unexpected error.");
  };
  publishedLines(publisher.publishLines(body, boundTenant(request)), onFailure).then(
    (lines) => {
      const stream = Readable.from(lines, { objectMode: false, highWaterMark: httpLimits.streamAnswerBytes });
      reply.code(200).type(ndjson).send(stream);
    },
    (error: unknown) => reply.send(error),
  );
}

const idempotencyKeyOf = (request: FastifyRequest): string | null =>
  (request.headers["idempotency-key"] as string | undefined) ?? null;
