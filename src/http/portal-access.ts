/**
 * What a link to the portal lets its holder do: what the portal shows of one tenant, and nothing else. A new address is
 * not in it until it has a line here; whose things are seen at each, `tenancy.ts` says.
 */
const addresses: ReadonlySet<string> = new Set([
  "GET /v1/events",
  "GET /v1/events/:id",
  "GET /v1/event-types",
  "GET /v1/event-types/:name",
  "POST /v1/filters/test",
  "POST /v1/transforms/dry-run",
  "GET /v1/endpoints",
  "POST /v1/endpoints",
  "GET /v1/endpoints/:id",
  "PATCH /v1/endpoints/:id",
  "DELETE /v1/endpoints/:id",
  "GET /v1/endpoints/:id/types",
  "POST /v1/endpoints/:id/pause",
  "POST /v1/endpoints/:id/resume",
  "POST /v1/endpoints/:id/test",
  "GET /v1/endpoints/:id/secrets",
  "POST /v1/endpoints/:id/secrets/rotate",
  "POST /v1/endpoints/:id/transform/dry-run",
  "POST /v1/endpoints/:id/deliveries/:event_id/retry",
  "POST /v1/endpoints/:id/deliveries/:event_id/skip",
  "POST /v1/endpoints/:id/replay",
  "POST /v1/endpoints/:id/recover",
  "GET /v1/replays",
  "GET /v1/replays/:id",
  "POST /v1/replays/:id/pause",
  "POST /v1/replays/:id/resume",
  "POST /v1/replays/:id/cancel",
  "GET /v1/attempts",
  "GET /v1/attempts/:id",
  "GET /v1/stats",
]);

export const isOfPortal = (method: string, url: string): boolean =>
  addresses.has(`${method === "HEAD" ? "GET" : method} ${url}`);
