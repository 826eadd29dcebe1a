import { Type } from "typebox";
import { limits } from "../../core/limits.ts";
import { typeMap } from "../../registry/type-map.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import {
  endpointTypesSchema,
  eventTypePageSchema,
  eventTypeQuerySchema,
  eventTypeSchema,
  putEventTypeSchema,
} from "../schemas/event-type.ts";
import { eventTypeInput, wireEventType } from "../wire-event-type.ts";

const url = "/v1/event-types";
const urlOfOne = "/v1/event-types/:name";
const params = Type.Object({ name: Type.String() });

/** The catalogue of event types, and what an endpoint takes of it. */
export function eventTypeRoutes(server: HttpServer, { app }: RouteContext): void {
  const { eventTypes, registry } = app;

  server.route({
    method: "PUT",
    url: urlOfOne,
    config: { access: "manage" },
    schema: {
      summary: "Make or replace an event type",
      description: "The body says the whole: members that are left out take their defaults.",
      params,
      body: putEventTypeSchema,
      response: { 200: eventTypeSchema, 201: eventTypeSchema },
    },
    handler: async (request, reply) => {
      const { eventType, isNew } = await eventTypes.put(eventTypeInput(request.params.name, request.body));
      return reply.code(isNew ? 201 : 200).send(wireEventType(eventType));
    },
  });

  server.route({
    method: "GET",
    url,
    config: { access: "read" },
    schema: {
      summary: "Event types, by name",
      description: "Those that are archived are left out unless they are asked for.",
      querystring: eventTypeQuerySchema,
      response: { 200: eventTypePageSchema },
    },
    handler: (request, reply) => {
      const { group, archived = "false", after, limit = limits.listPageSize } = request.query;
      const page = eventTypes.list({
        limit,
        archived: archived === "all" ? null : archived === "true",
        ...(group !== undefined && { group }),
        ...(after !== undefined && { afterName: after }),
      });
      reply.send({
        data: page.eventTypes.map(wireEventType),
        next_cursor: page.more ? (page.eventTypes.at(-1)?.name ?? null) : null,
        has_more: page.more,
      });
    },
  });

  server.route({
    method: "GET",
    url: urlOfOne,
    config: { access: "read" },
    schema: { summary: "One event type", params, response: { 200: eventTypeSchema } },
    handler: (request, reply) => void reply.send(wireEventType(eventTypes.require(request.params.name))),
  });

  server.route({
    method: "DELETE",
    url: urlOfOne,
    config: { access: "manage" },
    schema: {
      summary: "Take an event type out of the catalogue",
      description: "Events of the type can be published as before; nothing is checked any more.",
      params,
      response: { 204: Type.Null() },
    },
    handler: async (request, reply) => {
      await eventTypes.remove(request.params.name);
      return reply.code(204).send(null);
    },
  });

  server.route({
    method: "GET",
    url: "/v1/endpoints/:id/types",
    config: { access: "read" },
    schema: {
      summary: "Which types of the catalogue an endpoint takes",
      description: "A map to true and false, which `types` of an endpoint may also be given as.",
      params: Type.Object({ id: Type.String() }),
      response: { 200: endpointTypesSchema },
    },
    handler: (request, reply) => {
      const { types } = registry.requireEndpoint(request.params.id);
      const offered = eventTypes.values().filter(({ archived }) => !archived);
      reply.send({
        types: typeMap(
          types,
          offered.map(({ name }) => name),
        ),
      });
    },
  });
}
