import { Type } from "typebox";
import { errorClasses } from "../../core/attempt.ts";
import { deliveryMethods } from "../../core/endpoint-payload.ts";
import { TrotlineError } from "../../core/errors.ts";
import { limits } from "../../core/limits.ts";
import type { DryRun } from "../../outbound/dry-run.ts";
import { formatSchema, transformSchema } from "../endpoint-facets/payload.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { nullable } from "../schemas/scalars.ts";

const body = Type.Object(
  {
    transform: Type.Optional(transformSchema),
    format: Type.Optional(formatSchema),
    event_id: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: limits.eventIdLength,
        description: "One event of the endpoint's tenant.",
      }),
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
  },
  { additionalProperties: false },
);

const requestSchema = Type.Object(
  {
    method: Type.Enum([...deliveryMethods]),
    url: Type.String(),
    headers: Type.Record(Type.String(), Type.String(), {
      description: "In lower case. A value that signs or authorizes is `…`.",
    }),
    body: Type.String({ description: "Before it is compressed." }),
  },
  { title: "DryRunRequest" },
);

const resultSchema = Type.Object(
  {
    event_id: Type.String(),
    event_type: Type.String(),
    request: nullable(requestSchema, "What would be sent; null where nothing would be."),
    skipped: Type.Boolean({ description: "The transform leaves the event out." }),
    error_class: nullable(Type.Enum([...errorClasses]), "How the attempt would fail before anything is sent."),
    error_detail: nullable(Type.String(), "A sentence for people."),
  },
  { title: "DryRunResult", description: "What an endpoint would be sent of one event." },
);

const dryRunSchema = Type.Object({ data: Type.Array(resultSchema) }, { title: "DryRun" });

export function transformRoutes(server: HttpServer, { app }: RouteContext): void {
  const { registry, store, dryRuns } = app;
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
      const { event_id: eventId, last, transform, format } = request.body;
      if (eventId !== undefined && last !== undefined) {
        const detail = "`last` stands in place of `event_id`: give one.";
        throw new TrotlineError("invalid-body", detail, { field: "/last" });
      }
      const found = registry.requireEndpoint(request.params.id);
      if (found.kind !== "http") {
        const detail = `An endpoint of the kind \`${found.kind}\` is sent no request that could be shown.`;
        throw new TrotlineError("invalid-body", detail, { field: "" });
      }
      const change = { ...(transform !== undefined && { transform }), ...(format !== undefined && { format }) };
      const endpoint = dryRuns.changed(found, change);
      const events =
        eventId === undefined ? await dryRuns.newest(endpoint, last ?? 1) : [await required(endpoint.tenant, eventId)];
      const data: ReturnType<typeof wireDryRun>[] = [];
      let room = limits.pageBytes;
      for (const event of events) {
        const shown = wireDryRun(await dryRuns.run(endpoint, event));
        room -= shown.request?.body.length ?? 0;
        if (data.length > 0 && room < 0) break;
        data.push(shown);
      }
      return reply.send({ data });
    },
  });

  async function required(tenant: string, eventId: string) {
    const event = await store.events.find(tenant, eventId);
    if (event !== null) return event;
    throw new TrotlineError("event-not-found", `The endpoint's tenant \`${tenant}\` has no event \`${eventId}\`.`);
  }
}

function wireDryRun({ event, outcome }: DryRun) {
  const isFailure = outcome !== null && "errorClass" in outcome;
  return {
    event_id: event.id,
    event_type: event.type,
    request: outcome === null || isFailure ? null : { ...outcome, headers: { ...outcome.headers } },
    skipped: outcome === null,
    error_class: isFailure ? outcome.errorClass : null,
    error_detail: isFailure ? outcome.errorDetail : null,
  };
}
