import { Type } from "typebox";
import { TrotlineError } from "../../core/errors.ts";
import { defaultTenant } from "../../core/event.ts";
import { decodeRequest, headerValues, type KeptRequest } from "../../core/received-request.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { isPartOfOwnPage } from "../own-page.ts";
import { receivedRequestSchema } from "../schemas/receipt.ts";
import { tenantParameter } from "../schemas/scalars.ts";
import { wireRequest } from "../wire-request.ts";

const bytesType = "application/octet-stream";

/** The request that an event was received with. */
export function eventRequestRoutes(server: HttpServer, { app }: RouteContext): void {
  const { sources, store } = app;

  server.route({
    method: "GET",
    url: "/v1/events/:id/request",
    config: { access: "read" },
    schema: {
      summary: "The request that an event came with",
      description: "With `body=raw` the bytes of its body alone, under the media type that they came with.",
      params: Type.Object({ id: Type.String() }),
      querystring: Type.Object(
        {
          tenant: tenantParameter,
          body: Type.Optional(Type.Enum(["json", "raw"], { description: "`json` if absent." })),
        },
        { additionalProperties: false },
      ),
      responseContent: { 200: { "application/json": receivedRequestSchema, "*/*": Type.Unknown() } },
    },
    handler: async (request, reply) => {
      const { tenant = defaultTenant, body = "json" } = request.query;
      const kept = await requireRequest(tenant, request.params.id);
      if (body === "json") return reply.send(wireRequest(kept, sources.byName(kept.source)));
      // Others wrote it: a browser is to save it, and never to show it or to guess what it is.
      return reply
        .type(isPartOfOwnPage(request.raw) ? bytesType : mediaType(kept))
        .header("content-disposition", `attachment; filename="${request.params.id}"`)
        .header("content-security-policy", "sandbox")
        .header("x-content-type-options", "nosniff")
        .send(Buffer.from(kept.body));
    },
  });

  async function requireRequest(tenant: string, id: string): Promise<KeptRequest> {
    const event = await store.events.find(tenant, id);
    if (event === null) throw new TrotlineError("event-not-found", `The tenant \`${tenant}\` has no event \`${id}\`.`);
    if (event.request !== null) return decodeRequest(event.request, event.data);
    throw new TrotlineError("request-not-found", `The event \`${id}\` was published.`);
  }
}

/** Of compressed bytes, what they are when they are decompressed says nothing. */
function mediaType({ headers }: KeptRequest): string {
  const [type = ""] = headerValues(headers, "content-type");
  const isPlain = /^[\x20-\x7e]+\/[\x20-\x7e]+$/.test(type) && headerValues(headers, "content-encoding").length === 0;
  return isPlain ? type : bytesType;
}
