import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import { errorClasses } from "../../core/attempt.ts";
import type { Endpoint } from "../../core/endpoint.ts";
import { TrotlineError } from "../../core/errors.ts";
import { defaultTenant } from "../../core/event.ts";
import { attemptId, attemptSequence } from "../../core/ids.ts";
import { limits } from "../../core/limits.ts";
import type { AttemptQuery, StoredAttempt } from "../../log/journal.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { attemptPageSchema, attemptSchema } from "../schemas/attempt.ts";
import { pageParameters } from "../schemas/page.ts";
import { boundTenant, requireEndpoint } from "../tenancy.ts";
import { wireAttempt } from "../wire-attempt.ts";
import { readTime } from "../wire-time.ts";

const statusPattern = "^(delivered|failed|[2-5]xx|[1-5][0-9]{2}|[0-9]{1,2})$";

const attemptQuerySchema = Type.Object(
  {
    endpoint_id: Type.Optional(Type.String()),
    event_id: Type.Optional(Type.String()),
    tenant: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: limits.tenantLength,
        description: "Only this tenant's, as far as their events are stored; with `event_id`, `default` if absent.",
      }),
    ),
    status: Type.Optional(
      Type.String({
        pattern: statusPattern,
        description:
          "`delivered`, `failed`, an HTTP status such as 503, a class of them such as `5xx`, or an exit status.",
      }),
    ),
    error_class: Type.Optional(Type.Enum([...errorClasses])),
    since: Type.Optional(Type.String({ format: "date-time", description: "Started then or later." })),
    until: Type.Optional(Type.String({ format: "date-time", description: "Started before." })),
    ...pageParameters,
  },
  { additionalProperties: false },
);

type Query = Type.Static<typeof attemptQuerySchema>;

export function attemptRoutes(server: HttpServer, { app }: RouteContext): void {
  const { registry, store } = app;

  server.route({
    method: "GET",
    url: "/v1/attempts",
    config: { access: "read" },
    schema: {
      summary: "Attempts, newest first",
      querystring: attemptQuerySchema,
      response: { 200: attemptPageSchema },
    },
    handler: async (request, reply) => {
      const limit = request.query.limit ?? limits.listPageSize;
      const query = await attemptQuery(request.query, (id) => requireEndpoint(request, registry, id));
      const found = await store.journal.attempts({ ...query, limit: limit + 1 });
      const page = found.slice(0, limit);
      const last = page.at(-1);
      const hasMore = found.length > limit;
      return reply.send({
        data: page.map((attempt) => wireAttempt(attempt, registry)),
        next_cursor: hasMore && last !== undefined ? attemptId(last.sequence) : null,
        has_more: hasMore,
      });
    },
  });

  server.route({
    method: "GET",
    url: "/v1/attempts/:id",
    config: { access: "read" },
    schema: {
      summary: "One attempt",
      params: Type.Object({ id: Type.String() }),
      response: { 200: attemptSchema },
    },
    handler: async (request, reply) => {
      const sequence = attemptSequence(request.params.id);
      const attempt = sequence === null ? null : await store.journal.attempt(sequence);
      if (attempt === null || !(await isSeen(request, attempt))) {
        throw new TrotlineError("attempt-not-found", `There is no attempt \`${request.params.id}\`.`);
      }
      return reply.send(wireAttempt(attempt, registry));
    },
  });

  async function attemptQuery(query: Query, endpoint: (id: string) => Endpoint): Promise<Omit<AttemptQuery, "limit">> {
    const { endpoint_id: endpointId, event_id: eventId, status, error_class: errorClass, after, tenant } = query;
    const isOfTenant = tenant !== undefined && endpointId === undefined && eventId === undefined;
    return {
      ...(isOfTenant && { tenant }),
      ...(endpointId !== undefined && { endpointNumber: endpoint(endpointId).number }),
      ...(eventId !== undefined && { position: await positionOfEvent(query.tenant ?? defaultTenant, eventId) }),
      ...(status !== undefined && statusRange(status)),
      ...(errorClass !== undefined && { errorClass }),
      ...(query.since !== undefined && { fromMs: timeOf(query.since, "since") }),
      ...(query.until !== undefined && { beforeMs: timeOf(query.until, "until") }),
      ...(after !== undefined && { beforeSequence: sequenceOf(after) }),
    };
  }

  /** An attempt is of the tenant of its endpoint; where that was deleted, of its event. */
  async function isSeen(request: FastifyRequest, attempt: StoredAttempt): Promise<boolean> {
    const bound = boundTenant(request);
    if (bound === null) return true;
    const endpoint = registry.endpointByNumber(attempt.endpointNumber);
    if (endpoint !== undefined) return endpoint.tenant === bound;
    const event = attempt.eventId === null ? null : await store.events.find(bound, attempt.eventId);
    return event?.position === attempt.position;
  }

  async function positionOfEvent(tenant: string, id: string): Promise<number> {
    const event = await store.events.find(tenant, id);
    if (event !== null) return event.position;
    throw new TrotlineError("event-not-found", `The tenant \`${tenant}\` has no event \`${id}\`.`);
  }
}

function statusRange(status: string): Partial<AttemptQuery> {
  if (status === "delivered" || status === "failed") return { delivered: status === "delivered" };
  const first = Number(status.replace("xx", "00"));
  return { statusMin: first, statusMax: status.endsWith("xx") ? first + 99 : first };
}

function timeOf(text: string, field: string): number {
  const timeMs = readTime(text);
  if (timeMs !== null) return timeMs;
  const detail = `The parameter \`${field}\` is a time of RFC 3339, such as 2026-01-31T12:00:00Z.`;
  throw new TrotlineError("invalid-query", detail, { field });
}

function sequenceOf(after: string): number {
  const sequence = attemptSequence(after);
  if (sequence !== null) return sequence;
  const detail = "The parameter `after` is the `next_cursor` of a page of attempts.";
  throw new TrotlineError("invalid-query", detail, { field: "after" });
}
