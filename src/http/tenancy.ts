/**
 * Whose things a request may see and change: the one place that says what a key of one tenant gets at each address.
 * What is another tenant's is to such a key as if it did not exist.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { App } from "../app.ts";
import type { Endpoint } from "../core/endpoint.ts";
import { TrotlineError } from "../core/errors.ts";
import { defaultTenant } from "../core/event.ts";
import type { Registry } from "../registry/registry.ts";
import type { Sources } from "../registry/sources.ts";

/** How an address keeps to the tenant of the key that asks. */
export type TenantRule =
  /** It shows the same to everyone. */
  | "shared"
  /** Only keys of no tenant are served. */
  | "unbound"
  /** The query's, or the body's, `tenant` is the key's own: where it is left out it is filled in. */
  | "query"
  | "body"
  /** The path names an endpoint, a replay, a source, or a bin, of the tenant. */
  | "endpoint"
  | "replay"
  | "source"
  | "bin"
  /** The handler sees to it, with the functions below. */
  | "handler";

/** A new address needs a line here; without one it is `unbound`. */
const rules: Readonly<Record<string, TenantRule>> = {
  "GET /healthz": "shared",
  "GET /readyz": "shared",
  "GET /openapi.json": "shared",
  "GET /.well-known/jwks.json": "shared",
  // Whose event it becomes, the source says.
  "POST /in/:source": "shared",
  "POST /v1/session": "shared",
  "GET /v1/session": "shared",
  "DELETE /v1/session": "shared",
  "GET /v1/tenants": "handler",
  "POST /v1/portal-links": "body",
  "GET /metrics": "unbound",
  "GET /v1/cluster": "unbound",
  "POST /v1/events": "handler",
  "GET /v1/events": "query",
  "GET /v1/events/:id": "query",
  "GET /v1/events/:id/request": "query",
  "GET /v1/sources": "query",
  "POST /v1/sources": "body",
  "GET /v1/bins": "query",
  "POST /v1/bins": "handler",
  "GET /v1/receipts/:id": "handler",
  "GET /v1/receipts/:id/diagnosis": "handler",
  "GET /v1/schemes": "shared",
  "GET /v1/event-types": "shared",
  "GET /v1/event-types/:name": "shared",
  "PUT /v1/event-types/:name": "unbound",
  "DELETE /v1/event-types/:name": "unbound",
  "POST /v1/filters/test": "body",
  "POST /v1/transforms/dry-run": "body",
  "GET /v1/endpoints": "query",
  "POST /v1/endpoints": "body",
  "GET /v1/attempts": "query",
  "GET /v1/attempts/:id": "handler",
  "GET /v1/stats": "query",
  "GET /v1/replays": "handler",
  "POST /v1/recover": "body",
  "GET /v1/consumers": "query",
  "GET /v1/keys": "handler",
  "POST /v1/keys": "handler",
};

/** For an address, and all that are below it. */
const rulesBelow: Readonly<Record<string, TenantRule>> = {
  "/v1/endpoints/:id": "endpoint",
  "/v1/replays/:id": "replay",
  "/v1/consumers/:name": "query",
  "/v1/keys/:id": "handler",
  "/v1/sources/:id": "source",
  "/v1/bins/:id": "bin",
};

/** Undefined where an address has none. */
export function tenantRule(method: string, url: string): TenantRule | undefined {
  const exact = rules[`${method === "HEAD" ? "GET" : method} ${url}`];
  if (exact !== undefined) return exact;
  const root = Object.keys(rulesBelow).find((above) => url === above || url.startsWith(`${above}/`));
  return root === undefined ? undefined : rulesBelow[root];
}

/** The tenant that the request's key is bound to; null where it is to none, or no keys are needed. */
export const boundTenant = (request: FastifyRequest): string | null => request.key?.tenant ?? null;

/** The tenant that a request is about. `asked` is what it names itself. Refuses with `tenant-refused`. */
export function tenantFor(request: FastifyRequest, asked: string | undefined, field = "tenant"): string {
  const bound = boundTenant(request);
  if (bound === null) return asked ?? defaultTenant;
  if (asked === undefined || asked === bound) return bound;
  throw new TrotlineError("tenant-refused", `The key is of the tenant \`${bound}\`, and of no other.`, { field });
}

/** Whether what is of this tenant is there at all, for the key that asks. */
export function seesTenant(request: FastifyRequest, tenant: string | undefined): boolean {
  const bound = boundTenant(request);
  return bound === null || bound === tenant;
}

/** The endpoint, or `endpoint-not-found`: also where it is another tenant's. */
export function requireEndpoint(request: FastifyRequest, registry: Registry, id: string): Endpoint {
  const endpoint = registry.endpoint(id);
  if (endpoint === undefined || !seesTenant(request, endpoint.tenant)) {
    throw new TrotlineError("endpoint-not-found", `There is no endpoint \`${id}\`.`);
  }
  return endpoint;
}

type Hook = (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => void;

/** The hook of one route, which runs when query and body are known to fit; null where there is nothing to see to. */
export function tenantHook(rule: TenantRule | undefined, app: App): Hook | null {
  if (rule === "shared" || rule === "handler") return null;
  return (request, _reply, done) => {
    if (boundTenant(request) === null) return done();
    const keep = (): void => {
      try {
        keepToTenant(request, rule ?? "unbound", app);
      } catch (error) {
        done(error as Error);
        return;
      }
      done();
    };
    if (rule !== "replay") return keep();
    // Another process may have made it a moment ago.
    app.replays.look().then(keep, done);
  };
}

/** The source, by id or name, or `source-not-found`: also where it is another tenant's. */
function requireSource(request: FastifyRequest, sources: Sources, id: string): void {
  if (!seesTenant(request, sources.require(id).tenant)) throw sources.notFound(id);
}

/** The bin, by id or name, or `bin-not-found`: also where it is another tenant's. */
function requireBin(request: FastifyRequest, sources: Sources, id: string): void {
  const { bin } = sources.all().get(id) ?? sources.byName(id) ?? {};
  if (bin !== undefined && seesTenant(request, bin.tenant)) return;
  throw new TrotlineError("bin-not-found", `There is no bin \`${id.slice(0, 100)}\`.`);
}

function keepToTenant(request: FastifyRequest, rule: TenantRule, { registry, replays, sources }: App): void {
  const { id } = request.params as { readonly id: string };
  if (rule === "query") fillIn(request, request.query as Named, "tenant");
  else if (rule === "body") fillIn(request, request.body as Named, "/tenant");
  else if (rule === "endpoint") requireEndpoint(request, registry, id);
  else if (rule === "source") requireSource(request, sources, id);
  else if (rule === "bin") requireBin(request, sources, id);
  else if (rule === "replay") {
    if (seesTenant(request, registry.endpoint(replays.require(id).endpointId)?.tenant)) return;
    throw new TrotlineError("replay-not-found", `There is no replay \`${id}\`.`);
  } else throw new TrotlineError("tenant-refused", "This address is for keys that are of no tenant.");
}

interface Named {
  tenant?: string;
}

function fillIn(request: FastifyRequest, named: Named, field: string): void {
  named.tenant = tenantFor(request, named.tenant, field);
}
