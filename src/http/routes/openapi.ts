import { Type } from "typebox";
import { type HttpServer, jsonContentType } from "../http-server.ts";
import type { DocumentedRoute } from "../openapi.ts";
import { openApiText } from "../openapi.ts";

export function openApiRoutes(server: HttpServer, routes: readonly DocumentedRoute[]): void {
  let text: string | undefined;
  server.route({
    method: "GET",
    url: "/openapi.json",
    config: { access: "any" },
    schema: {
      summary: "This interface as an OpenAPI 3.1 document",
      responseContent: { 200: { "application/json": Type.Object({}) } },
    },
    handler: (_request, reply) => {
      text ??= openApiText(routes);
      reply.type(jsonContentType).send(text);
    },
  });
}
