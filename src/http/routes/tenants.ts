import type { App } from "../../app.ts";
import { defaultTenant, isTenant } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import { firstAfter } from "../../registry/sorted-ids.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { tenantPageSchema, tenantQuerySchema } from "../schemas/tenant.ts";
import { boundTenant } from "../tenancy.ts";

/** Consumers may have to be asked of the store: once, for who asks for page after page. */
const readEveryMs = 1000;

/** Tenants are made by being named: these are those that something configured names. */
export function tenantRoutes(server: HttpServer, { app }: RouteContext): void {
  const { matching } = app.registry;
  const ofConsumers = readNowAndThen(app);

  server.route({
    method: "GET",
    url: "/v1/tenants",
    config: { access: "read" },
    schema: {
      summary: "Tenants that have endpoints, sources, bins, consumers or keys, by name",
      description: "A key that is bound to a tenant sees that one. `default` is always there.",
      querystring: tenantQuerySchema,
      response: { 200: tenantPageSchema },
    },
    handler: async (request, reply) => {
      const { after, limit = limits.listPageSize } = request.query;
      const bound = boundTenant(request);
      const known = bound === null ? namesOf(app, await ofConsumers()) : [bound];
      const first = after === undefined ? 0 : firstAfter(known, after);
      const page = known.slice(first, first + limit);
      const more = first + limit < known.length;
      return reply.send({
        data: page.map((name) => ({ name, endpoints: matching.count(name) })),
        next_cursor: more ? (page.at(-1) ?? null) : null,
        has_more: more,
      });
    },
  });
}

function readNowAndThen(app: App): () => Promise<ReadonlySet<string>> {
  let reading: Promise<ReadonlySet<string>> | null = null;
  let readAtMs = Number.NEGATIVE_INFINITY;
  return () => {
    const nowMs = app.clock.steadyMs();
    if (reading !== null && nowMs - readAtMs < readEveryMs) return reading;
    readAtMs = nowMs;
    const begun = tenantsOfConsumers(app);
    begun.catch(() => {
      if (reading === begun) reading = null;
    });
    reading = begun;
    return begun;
  };
}

async function tenantsOfConsumers({ consumers }: App): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for await (const { tenant } of consumers.all()) found.add(tenant);
  return found;
}

function namesOf({ registry, sources }: App, others: ReadonlySet<string>): string[] {
  const found = new Set<string>([defaultTenant, ...others, ...registry.matching.tenants()]);
  // A bin's events are of a tenant of its own, which nobody chooses.
  for (const { tenant, bin } of sources.all().values()) found.add(bin?.tenant ?? tenant);
  const { keys } = registry.keys.list({ by: null, limit: Number.POSITIVE_INFINITY });
  for (const { tenant } of keys) if (tenant !== null) found.add(tenant);
  return [...found].filter(isTenant).sort();
}
