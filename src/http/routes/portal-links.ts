import type { FastifyRequest } from "fastify";
import { TrotlineError } from "../../core/errors.ts";
import { defaultTenant } from "../../core/event.ts";
import { isAdmin } from "../../core/key.ts";
import { limits } from "../../core/limits.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { newPortalLinkSchema, portalLinkSchema } from "../schemas/portal-link.ts";
import { wireTime } from "../wire-time.ts";

/** Links that show one tenant its endpoints, events and attempts: each a key of its own, that ends by itself. */
export function portalLinkRoutes(server: HttpServer, { app }: RouteContext): void {
  const { clock, publicUrl, registry } = app;
  const pageUrl = ({ headers }: FastifyRequest): string => `${publicUrl ?? `http://${headers.host}`}/portal`;

  server.route({
    method: "POST",
    url: "/v1/portal-links",
    config: { access: "manage" },
    schema: {
      summary: "Make a link to the portal of a tenant",
      description:
        "Whoever has it sees the tenant's endpoints, events and attempts, may change and test the endpoints, send " +
        "again what failed, and replay; nothing else, and nothing of another tenant.",
      body: newPortalLinkSchema,
      response: { 201: portalLinkSchema },
    },
    handler: async (request, reply) => {
      const { tenant = defaultTenant, expires_in_ms: ageMs, name = `portal of ${tenant}` } = request.body;
      const by = request.key;
      if (by !== null && !isAdmin(by) && !by.scopes.includes("read")) {
        throw new TrotlineError("forbidden", "A link also reads: the key has not the scope `read`.");
      }
      const lifeMs = ageMs ?? limits.portalLinkAgeMsDefault;
      const wantedMs = clock.wallMs() + lifeMs;
      const expiresAtMs = ageMs === undefined ? Math.min(wantedMs, by?.expiresAtMs ?? wantedMs) : wantedMs;
      const { record, text } = await registry.keys.create({ name, scopes: ["portal"], tenant, expiresAtMs }, by);
      return reply
        .code(201)
        .header("cache-control", "no-store")
        .send({
          url: `${pageUrl(request)}#token=${text}`,
          token: text,
          tenant,
          expires_at: wireTime(expiresAtMs),
          key_id: record.id,
        });
    },
  });
}
