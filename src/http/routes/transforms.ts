import { Type } from "typebox";
import type { Endpoint } from "../../core/endpoint.ts";
import { TrotlineError } from "../../core/errors.ts";
import { defaultTenant } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import { formatSchema, transformSchema } from "../endpoint-facets/payload.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { dryRunSchema, wireDryRun } from "../schemas/dry-run.ts";
import { checkedPatterns } from "../type-patterns.ts";

const members = {
  transform: Type.Optional(transformSchema),
  format: Type.Optional(formatSchema),
  event_id: Type.Optional(
    Type.String({ minLength: 1, maxLength: limits.eventIdLength, description: "One event of the endpoint's tenant." }),
  ),
  last: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: limits.dryRunEvents,
      default: 1,
      description:
        "So many of the newest events that the endpoint's types take, in place of `event_id`; fewer where their " +
        "requests are long.",
    }),
  ),
};

const body = Type.Object(members, { additionalProperties: false });

const draftBody = Type.Object(
  {
    ...members,
    types: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: limits.eventTypeLength }), {
        maxItems: limits.typePatternsPerEndpoint,
        description: "Patterns of event types, as the endpoint would have them; every type if absent or empty.",
      }),
    ),
    tenant: Type.Optional(
      Type.String({ minLength: 1, maxLength: limits.tenantLength, description: "`default` if absent." }),
    ),
  },
  { additionalProperties: false },
);

type Wanted = Pick<Type.Static<typeof body>, "event_id" | "last">;

export function transformRoutes(server: HttpServer, { app }: RouteContext): void {
  const { registry, store, dryRuns } = app;

  server.route({
    method: "POST",
    url: "/v1/transforms/dry-run",
    config: { access: "manage" },
    schema: {
      summary: "See what an endpoint that is not made yet would be sent",
      description: "Of events that are in the log, with the transform and format given. Nothing is sent or stored.",
      body: draftBody,
      response: { 200: dryRunSchema },
    },
    handler: async (request, reply) => {
      const { tenant = defaultTenant, types = [], ...wanted } = request.body;
      requireOne(wanted);
      const endpoint = dryRuns.draft(tenant, { ...changeOf(wanted), types: checkedPatterns(types) });
      return reply.send({ data: await shown(endpoint, wanted) });
    },
  });

  server.route({
    method: "POST",
    url: "/v1/endpoints/:id/transform/dry-run",
    config: { access: "manage" },
    schema: {
      summary: "See what an endpoint would be sent",
      description:
        "Of events that are in the log, with the endpoint's transform and format, or with those given. Nothing is " +
        "sent or stored.",
      params: Type.Object({ id: Type.String() }),
      body,
      response: { 200: dryRunSchema },
    },
    handler: async (request, reply) => {
      requireOne(request.body);
      const found = registry.requireEndpoint(request.params.id);
      if (found.kind !== "http") {
        const detail = `An endpoint of the kind \`${found.kind}\` is sent no request that could be shown.`;
        throw new TrotlineError("invalid-body", detail, { field: "" });
      }
      const endpoint = dryRuns.changed(found, changeOf(request.body));
      return reply.send({ data: await shown(endpoint, request.body) });
    },
  });

  async function shown(endpoint: Endpoint, { event_id: eventId, last }: Wanted) {
    const events =
      eventId === undefined ? await dryRuns.newest(endpoint, last ?? 1) : [await required(endpoint.tenant, eventId)];
    const data: ReturnType<typeof wireDryRun>[] = [];
    let room = limits.pageBytes;
    for (const event of events) {
      const one = wireDryRun(await dryRuns.run(endpoint, event));
      room -= one.request?.body.length ?? 0;
      if (data.length > 0 && room < 0) break;
      data.push(one);
    }
    return data;
  }

  async function required(tenant: string, eventId: string) {
    const event = await store.events.find(tenant, eventId);
    if (event !== null) return event;
    throw new TrotlineError("event-not-found", `The endpoint's tenant \`${tenant}\` has no event \`${eventId}\`.`);
  }
}

function requireOne({ event_id: eventId, last }: Wanted): void {
  if (eventId === undefined || last === undefined) return;
  const detail = "`last` stands in place of `event_id`: give one.";
  throw new TrotlineError("invalid-body", detail, { field: "/last" });
}

const changeOf = ({ transform, format }: Pick<Type.Static<typeof body>, "transform" | "format">) => ({
  ...(transform !== undefined && { transform }),
  ...(format !== undefined && { format }),
});
