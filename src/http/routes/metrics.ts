import { Type } from "typebox";
import type { HttpServer, RouteContext } from "../http-server.ts";

export function metricsRoutes(server: HttpServer, { app }: RouteContext): void {
  server.route({
    method: "GET",
    url: "/metrics",
    config: { access: "read" },
    schema: {
      summary: "Figures in Prometheus' text format",
      responseContent: { 200: { "text/plain": Type.String() } },
    },
    handler: async (_request, reply) => reply.type(app.metrics.contentType).send(await app.metrics.text()),
  });
}
