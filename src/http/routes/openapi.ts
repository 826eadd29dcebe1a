import { Type } from "typebox";
import type { EventTypes } from "../../registry/event-types/event-types.ts";
import { type HttpServer, jsonContentType } from "../http-server.ts";
import type { DocumentedRoute } from "../openapi.ts";
import { openApiText } from "../openapi.ts";

export function openApiRoutes(
  server: HttpServer,
  routes: readonly DocumentedRoute[],
  eventTypes: Pick<EventTypes, "revision" | "values">,
): void {
  let text: string | undefined;
  let revision = -1;
  server.route({
    method: "GET",
    url: "/openapi.json",
    config: { access: "any" },
    schema: {
      summary: "This interface as an OpenAPI 3.1 document, with the events of the catalogue",
      responseContent: { 200: { "application/json": Type.Object({}) } },
    },
    handler: (_request, reply) => {
      if (revision !== eventTypes.revision) text = undefined;
      text ??= openApiText(routes, eventTypes.values());
      revision = eventTypes.revision;
      reply.type(jsonContentType).send(text);
    },
  });
}
