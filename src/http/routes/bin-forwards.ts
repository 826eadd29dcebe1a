import { Type } from "typebox";
import { TrotlineError } from "../../core/errors.ts";
import type { Bins } from "../../registry/bins.ts";
import { requestOf } from "../bin-selection.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { forwardedSchema, forwardSchema } from "../schemas/bin.ts";
import { shownBody } from "../wire-bin.ts";
import { requireRequest } from "./bin-requests.ts";

/** Sends what came to a bin to another URL. */
export function binForwardRoutes(server: HttpServer, { app }: RouteContext, bins: Bins): void {
  server.route({
    method: "POST",
    url: "/v1/bins/:id/requests/:event_id/forward",
    config: { access: "manage" },
    schema: {
      summary: "Send a request of a bin to another URL",
      description:
        "With its method, its headers but those of the connection, and its body byte for byte, and answers what came " +
        "of it. What the server's own address guard refuses is refused here, too. Nothing is stored.",
      params: Type.Object({ id: Type.String(), event_id: Type.String() }),
      body: forwardSchema,
      response: { 200: forwardedSchema },
    },
    handler: async (request, reply) => {
      const { url } = request.body;
      const bin = bins.require(request.params.id);
      const parsed = URL.parse(url);
      if (parsed === null || !["http:", "https:"].includes(parsed.protocol)) {
        throw new TrotlineError("invalid-body", "`url` is no absolute http: or https: URL.", { field: "/url" });
      }
      const event = await requireRequest(app, bin, request.params.event_id);
      const { forwards } = app.receiving.bins ?? {};
      if (forwards === undefined) throw bins.notFound(bin.id);
      const result = await forwards.forward(bin.id, requestOf(event), parsed.href);
      return reply.header("cache-control", "no-store").send({
        url: result.url,
        status: result.status,
        headers: { ...result.headers },
        ...shownBody(result.responseBody, Number.MAX_SAFE_INTEGER),
        body_truncated: result.responseTruncated,
        duration_ms: result.durationMs,
        error_class: result.errorClass,
        error_detail: result.errorDetail,
      });
    },
  });
}
