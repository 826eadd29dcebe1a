import { Type } from "typebox";
import { errorClasses } from "../../core/attempt.ts";
import { TrotlineError } from "../../core/errors.ts";
import { isEventType } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import { testEventType } from "../../outbound/test-send.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { dryRunRequestSchema, shownRequest } from "../schemas/dry-run.ts";
import { nullable } from "../schemas/scalars.ts";

const body = Type.Object(
  {
    type: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: limits.eventTypeLength,
        default: testEventType,
        description: "The type of the example; its data are those of the catalogue where that has some.",
      }),
    ),
  },
  { additionalProperties: false },
);

const testSchema = Type.Object(
  {
    event_id: Type.String({ description: "Of the example, which is in no log." }),
    event_type: Type.String(),
    delivered: Type.Boolean(),
    status: nullable(Type.Integer(), "HTTP status of the answer; null where none came."),
    error_class: nullable(Type.Enum([...errorClasses]), "Null exactly when it delivered."),
    error_detail: nullable(Type.String(), "A sentence for people."),
    duration_ms: Type.Number(),
    response_body: Type.String({
      description: `Cut at ${limits.responseBodyBytes} bytes; what is not UTF-8 is replaced.`,
    }),
    response_truncated: Type.Boolean(),
    request: nullable(
      dryRunRequestSchema,
      "What was sent; null where nothing was, or where a program is run or a handler called.",
    ),
  },
  { title: "EndpointTest", description: "What came of a test of an endpoint." },
);

const decoder = new TextDecoder("utf-8");

export function endpointTestRoutes(server: HttpServer, { app }: RouteContext): void {
  server.route({
    method: "POST",
    url: "/v1/endpoints/:id/test",
    config: { access: "manage" },
    schema: {
      summary: "Send an example to an endpoint",
      description:
        "As a delivery is sent, whatever the endpoint's status, and answers what came of it. Nothing is stored, and " +
        "neither cursor nor health change.",
      params: Type.Object({ id: Type.String() }),
      body,
      response: { 200: testSchema },
    },
    handler: async (request, reply) => {
      const endpoint = app.registry.requireEndpoint(request.params.id);
      const { type = testEventType } = request.body;
      if (!isEventType(type)) {
        const detail = "`type` is not a type of events, such as `order.paid`.";
        throw new TrotlineError("invalid-body", detail, { field: "/type" });
      }
      // A program runs where the lane does, as it would for a delivery.
      if (endpoint.kind !== "http") app.dispatcher.requireOwn(endpoint);
      const { event, result } = await app.testSender.send(endpoint, type);
      const shown = endpoint.kind === "http" ? await app.dryRuns.run(endpoint, event) : null;
      return reply.send({
        event_id: event.id,
        event_type: event.type,
        delivered: result.errorClass === null,
        status: result.status,
        error_class: result.errorClass,
        error_detail: result.errorDetail,
        duration_ms: result.durationMs,
        response_body: decoder.decode(result.responseBody),
        response_truncated: result.responseTruncated,
        request: shown === null ? null : shownRequest(shown),
      });
    },
  });
}
