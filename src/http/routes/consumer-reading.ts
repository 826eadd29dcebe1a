import type { FastifyReply } from "fastify";
import { Type } from "typebox";
import { limits } from "../../core/limits.ts";
import type { ConsumerKey, ConsumerView } from "../../feed/consumers.ts";
import { type HttpServer, jsonContentType, type RouteContext } from "../http-server.ts";
import { positionOf } from "../log-place.ts";
import { isPipelined, turnOf } from "../pipelined.ts";
import {
  acknowledgeSchema,
  type ConsumerBody,
  consumerSchema,
  fetchedSchema,
  fetchQuerySchema,
  releaseSchema,
  seekSchema,
  soughtSchema,
  tenantQuerySchema,
} from "../schemas/consumer.ts";
import { untakenAnswers } from "../untaken-answers.ts";
import { consumerKey, wireConsumer, wireFetched, wireTarget } from "../wire-consumer.ts";

const urlOfOne = "/v1/consumers/:name";
const params = Type.Object({ name: Type.String() });

/** What the clients that read as a consumer do. */
export function consumerReadingRoutes(server: HttpServer, { app, openAnswers }: RouteContext): void {
  const { consumers, store, clock } = app;
  const wire = (view: ConsumerView): ConsumerBody =>
    wireConsumer(view, { epochs: store.events.bounds().epochs, clock });
  const place = (text: string, { tenant }: ConsumerKey) => positionOf(text, { events: store.events, tenant });

  server.route({
    method: "GET",
    url: `${urlOfOne}/events`,
    exposeHeadRoute: false, // It would take a lease, and not say which.
    config: { access: "read", takes: true },
    schema: {
      summary: "What a consumer has not acknowledged",
      description:
        "Takes the lease, or renews the one that is given, and moves nothing: what is not acknowledged is answered " +
        "again.",
      params,
      querystring: fetchQuerySchema,
      responseContent: { 200: { "application/json": fetchedSchema } },
    },
    handler: async (request, reply) => {
      if (isPipelined(reply.raw)) await turnOf(request.raw, reply.raw);
      openAnswers.add(request, reply as unknown as FastifyReply);
      const key = consumerKey(request);
      const { lease = null, after, limit = limits.listPageSize, wait = 0 } = request.query;
      await consumers.check(key);
      const fetched = await consumers.fetch(key, {
        lease,
        after: after === undefined ? null : await place(after, key),
        limit,
        waitMs: wait * 1000,
        signal: goneSignal(reply),
      });
      if (fetched === null) return reply.hijack();
      const body = wireFetched(fetched, { epochs: store.events.bounds().epochs, clock });
      reply.header("cache-control", "no-store").type(jsonContentType).send(body);
      untakenAnswers.add(reply.raw, body);
      return reply;
    },
  });

  server.route({
    method: "POST",
    url: `${urlOfOne}/ack`,
    config: { access: "read" },
    schema: {
      summary: "Acknowledge everything up to a cursor",
      description: "Answered after it is durable. Renews the lease.",
      params,
      querystring: tenantQuerySchema,
      body: acknowledgeSchema,
      response: { 200: consumerSchema },
    },
    handler: async (request, reply) => {
      const key = consumerKey(request);
      await consumers.check(key);
      const position = await place(request.body.cursor, key);
      return reply.send(wire(await consumers.acknowledge(key, request.body.lease, position)));
    },
  });

  server.route({
    method: "POST",
    url: `${urlOfOne}/seek`,
    config: { access: "manage" },
    schema: {
      summary: "Move a consumer to another place",
      description: "Back or forward. Ends the lease of whoever reads. With `dry_run`, it only says how far it is.",
      params,
      querystring: tenantQuerySchema,
      body: seekSchema,
      response: { 200: soughtSchema },
    },
    handler: async (request, reply) => {
      const key = consumerKey(request);
      const { to, dry_run: isDry = false } = request.body;
      await consumers.check(key);
      const position = await place(to, key);
      if (!isDry) return reply.send(wire(await consumers.seek(key, position)));
      const view = await consumers.view(key);
      return reply.send({ ...wire(view), target: wireTarget(view, position, store.events.bounds()) });
    },
  });

  server.route({
    method: "POST",
    url: `${urlOfOne}/release`,
    config: { access: "read" },
    schema: {
      summary: "Give the lease back",
      description: "So that another client can read at once.",
      params,
      querystring: tenantQuerySchema,
      body: releaseSchema,
      response: { 204: Type.Null() },
    },
    handler: async (request, reply) => {
      await consumers.release(consumerKey(request), request.body.lease);
      return reply.code(204).send(null);
    },
  });
}

/** Aborted when the connection goes away before the answer. */
function goneSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once("close", () => gone.abort());
  return gone.signal;
}
