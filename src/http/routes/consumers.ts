import { Type } from "typebox";
import { TrotlineError } from "../../core/errors.ts";
import { defaultTenant, isTenant, operationsTenant } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import type { ConsumerView } from "../../feed/consumers.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { positionOf } from "../log-place.ts";
import {
  type ConsumerBody,
  consumerListQuerySchema,
  consumerListSchema,
  consumerSchema,
  putConsumerSchema,
  tenantQuerySchema,
} from "../schemas/consumer.ts";
import { consumerInput, consumerKey, wireConsumer } from "../wire-consumer.ts";
import { consumerReadingRoutes } from "./consumer-reading.ts";

const url = "/v1/consumers";
const urlOfOne = "/v1/consumers/:name";
const params = Type.Object({ name: Type.String() });

/** The resource itself; what clients do that read as a consumer stands in `consumer-reading.ts`. */
export function consumerRoutes(server: HttpServer, context: RouteContext): void {
  const { consumers, store, clock } = context.app;
  const wire = (view: ConsumerView): ConsumerBody =>
    wireConsumer(view, { epochs: store.events.bounds().epochs, clock });

  server.route({
    method: "PUT",
    url: urlOfOne,
    config: { access: "manage" },
    schema: {
      summary: "Make or change a consumer",
      description: "One that exists keeps its cursor, and its settings that are left out. Repeating it is harmless.",
      params,
      querystring: tenantQuerySchema,
      body: putConsumerSchema,
      response: { 200: consumerSchema, 201: consumerSchema },
    },
    handler: async (request, reply) => {
      const key = consumerKey(request);
      checkTenant(key.tenant);
      const { from = "latest" } = request.body;
      const start = () => positionOf(from, { events: store.events, tenant: key.tenant });
      const { isNew } = await consumers.put(key, consumerInput(request.body), start).catch(inBody);
      return reply.code(isNew ? 201 : 200).send(wire(await consumers.view(key)));
    },
  });

  server.route({
    method: "GET",
    url,
    config: { access: "read" },
    schema: {
      summary: "Consumers of a tenant, by name",
      querystring: consumerListQuerySchema,
      response: { 200: consumerListSchema },
    },
    handler: async (request, reply) => {
      const { tenant = defaultTenant, after: afterName = null, limit = limits.listPageSize } = request.query;
      const { views, more } = await consumers.list({ tenant, afterName, limit });
      return reply.send({
        data: views.map(wire),
        next_cursor: more ? (views.at(-1)?.consumer.name ?? null) : null,
        has_more: more,
      });
    },
  });

  server.route({
    method: "GET",
    url: urlOfOne,
    config: { access: "read" },
    schema: {
      summary: "One consumer: how far it is, and how far behind",
      params,
      querystring: tenantQuerySchema,
      response: { 200: consumerSchema },
    },
    handler: async (request, reply) => reply.send(wire(await consumers.view(consumerKey(request)))),
  });

  server.route({
    method: "DELETE",
    url: urlOfOne,
    config: { access: "manage" },
    schema: {
      summary: "Delete a consumer",
      description: "Whoever waits for its events is told so.",
      params,
      querystring: tenantQuerySchema,
      response: { 204: Type.Null() },
    },
    handler: async (request, reply) => {
      await consumers.remove(consumerKey(request));
      return reply.code(204).send(null);
    },
  });

  consumerReadingRoutes(server, context);
}

function checkTenant(tenant: string): void {
  if (isTenant(tenant) || tenant === operationsTenant) return;
  const rule = `1 to ${limits.tenantLength} letters, digits and _ . : -, beginning with a letter or digit`;
  throw new TrotlineError("invalid-query", `The parameter \`tenant\` is ${rule}.`, { field: "tenant" });
}

/** A filter is a member here, and not a parameter. */
function inBody(error: unknown): never {
  if (!(error instanceof TrotlineError) || error.code !== "filter-invalid") throw error;
  throw new TrotlineError(error.code, error.message, { ...error.extras, field: "/filter" });
}
