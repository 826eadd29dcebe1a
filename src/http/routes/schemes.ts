import { presets } from "../../inbound/schemes/presets.ts";
import type { HttpServer } from "../http-server.ts";
import { schemeListSchema } from "../schemas/scheme.ts";
import { wireScheme } from "../wire-scheme.ts";

/** The providers whose signatures are known by name. */
export function schemeRoutes(server: HttpServer): void {
  server.route({
    method: "GET",
    url: "/v1/schemes",
    config: { access: "read" },
    schema: { summary: "The schemes that have a name", response: { 200: schemeListSchema } },
    handler: (_request, reply) => void reply.send({ data: [...presets.values()].map(wireScheme) }),
  });
}
