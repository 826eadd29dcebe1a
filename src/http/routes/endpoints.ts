import { Type } from "typebox";
import type { Endpoint } from "../../core/endpoint.ts";
import { TrotlineError } from "../../core/errors.ts";
import { defaultTenant, isTenant, operationsTenant } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import type { LaneView } from "../../outbound/deliveries.ts";
import { requireOperator } from "../authenticate.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { positionOf } from "../log-place.ts";
import {
  changeEndpointSchema,
  createdEndpointSchema,
  createEndpointSchema,
  type EndpointBody,
  endpointPageSchema,
  endpointSchema,
} from "../schemas/endpoint.ts";
import { pageParameters } from "../schemas/page.ts";
import { endpointInput, wireEndpoint } from "../wire-endpoint.ts";
import { wireSecrets } from "./secrets.ts";

const url = "/v1/endpoints";
const urlOfOne = "/v1/endpoints/:id";
const params = Type.Object({ id: Type.String() });

/** The resource itself; what is done to a running endpoint stands in `endpoint-actions.ts`. */
export function endpointRoutes(server: HttpServer, { app }: RouteContext): void {
  const { registry, store, deliveries } = app;
  const wireAll = async (endpoints: readonly Endpoint[]): Promise<EndpointBody[]> => {
    const lanes = await deliveries.laneViews(endpoints);
    const { epochs } = store.events.bounds();
    return endpoints.map((endpoint, index) => wireEndpoint(endpoint, lanes[index] as LaneView, epochs));
  };
  const wire = async (endpoint: Endpoint): Promise<EndpointBody> => (await wireAll([endpoint]))[0] as EndpointBody;

  server.route({
    method: "POST",
    url,
    config: { access: "manage" },
    schema: { summary: "Make an endpoint", body: createEndpointSchema, response: { 201: createdEndpointSchema } },
    handler: async (request, reply) => {
      const { tenant = defaultTenant, start_at: startAt = "latest", ...settings } = request.body;
      if (settings.kind !== undefined && settings.kind !== "http") requireOperator(request);
      if (!isTenant(tenant) && tenant !== operationsTenant) {
        const rule = `1 to ${limits.tenantLength} letters, digits and _ . : -, beginning with a letter or digit`;
        const detail = `\`tenant\` is ${rule}.`;
        throw new TrotlineError("invalid-body", detail, { field: "/tenant" });
      }
      const start = await positionOf(startAt, { events: store.events, tenant });
      const endpoint = await registry.createEndpoint({ ...endpointInput(settings), tenant }, start);
      return reply
        .code(201)
        .header("location", `${urlOfOne.replace(":id", endpoint.id)}`)
        .send({
          ...wireEndpoint(endpoint, deliveries.newLaneView(endpoint, start), store.events.bounds().epochs),
          secrets: wireSecrets(endpoint).secrets,
        });
    },
  });

  server.route({
    method: "GET",
    url,
    config: { access: "read" },
    schema: {
      summary: "Endpoints, oldest first",
      querystring: Type.Object(
        { tenant: Type.Optional(Type.String({ description: "Only this tenant's." })), ...pageParameters },
        { additionalProperties: false },
      ),
      response: { 200: endpointPageSchema },
    },
    handler: async (request, reply) => {
      const { tenant, after, limit = limits.listPageSize } = request.query;
      const { endpoints, more } = registry.listEndpoints({
        limit,
        ...(tenant !== undefined && { tenant }),
        ...(after !== undefined && { afterId: after }),
      });
      return reply.send({
        data: await wireAll(endpoints),
        next_cursor: more ? (endpoints.at(-1)?.id ?? null) : null,
        has_more: more,
      });
    },
  });

  server.route({
    method: "GET",
    url: urlOfOne,
    config: { access: "read" },
    schema: { summary: "One endpoint", params, response: { 200: endpointSchema } },
    handler: async (request, reply) => reply.send(await wire(registry.requireEndpoint(request.params.id))),
  });

  server.route({
    method: "PATCH",
    url: urlOfOne,
    config: { access: "manage" },
    schema: {
      summary: "Change an endpoint",
      description: "Members that are left out stay as they are; lists and `headers` are replaced whole.",
      params,
      body: changeEndpointSchema,
      response: { 200: endpointSchema },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      if (registry.requireEndpoint(id).kind !== "http") requireOperator(request);
      return reply.send(await wire(await registry.changeEndpoint(id, endpointInput(request.body))));
    },
  });

  server.route({
    method: "DELETE",
    url: urlOfOne,
    config: { access: "manage" },
    schema: {
      summary: "Delete an endpoint",
      description: "What is parked for it goes with it; its attempts stay until their retention.",
      params,
      response: { 204: Type.Null() },
    },
    handler: async (request, reply) => {
      await registry.deleteEndpoint(request.params.id);
      return reply.code(204).send(null);
    },
  });
}
