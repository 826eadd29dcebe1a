import { Type } from "typebox";
import type { Endpoint } from "../../core/endpoint.ts";
import type { LaneView } from "../../outbound/deliveries.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { positionOf } from "../log-place.ts";
import {
  type EndpointBody,
  endpointSchema,
  noMembersSchema,
  resumeSchema,
  seekEndpointSchema,
} from "../schemas/endpoint.ts";
import { newReplaySchema, replaySchema } from "../schemas/replay.ts";
import { wireEndpoint } from "../wire-endpoint.ts";
import { replayPlan, wireReplay } from "../wire-replay.ts";

const urlOfOne = "/v1/endpoints/:id";
const params = Type.Object({ id: Type.String() });

/** What a person does to a running endpoint. */
export function endpointActionRoutes(server: HttpServer, { app }: RouteContext): void {
  const { registry, store, deliveries, dispatcher, replays } = app;
  const wire = async (endpoint: Endpoint): Promise<EndpointBody> => {
    const [lane] = await deliveries.laneViews([endpoint]);
    return wireEndpoint(endpoint, lane as LaneView, store.events.bounds().epochs);
  };

  server.route({
    method: "POST",
    url: `${urlOfOne}/pause`,
    config: { access: "manage" },
    schema: {
      summary: "Stop sending to an endpoint",
      description: "It keeps its cursor. What is in flight ends.",
      params,
      body: noMembersSchema,
      response: { 200: endpointSchema },
    },
    handler: async (request, reply) =>
      reply.send(await wire(await registry.setStatus(request.params.id, "paused", null))),
  });

  server.route({
    method: "POST",
    url: `${urlOfOne}/resume`,
    config: { access: "manage" },
    schema: {
      summary: "Send to an endpoint again",
      description: "Whether it was paused or disabled.",
      params,
      body: resumeSchema,
      response: { 200: endpointSchema },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      await dispatcher.resume(registry.requireEndpoint(id), request.body.from ?? "cursor");
      return reply.send(await wire(registry.requireEndpoint(id)));
    },
  });

  server.route({
    method: "POST",
    url: `${urlOfOne}/seek`,
    config: { access: "manage" },
    schema: {
      summary: "Move the cursor of an endpoint",
      description:
        "Back or forward; its status stays. What is parked beyond is sent when the cursor comes there; what is " +
        "parked at or before the place is retried as before. Answers when that is durable.",
      params,
      body: seekEndpointSchema,
      response: { 200: endpointSchema },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      const { tenant } = registry.requireEndpoint(id);
      const position = await positionOf(request.body.to, { events: store.events, tenant });
      await dispatcher.seek(registry.requireEndpoint(id), position);
      return reply.send(await wire(registry.requireEndpoint(id)));
    },
  });

  server.route({
    method: "POST",
    url: `${urlOfOne}/replay`,
    config: { access: "manage" },
    schema: {
      summary: "Send a range of the log to an endpoint again",
      description:
        "Beside its live traffic, which does not wait for it. Answers when the range was counted, or after five " +
        "seconds while it is being counted.",
      params,
      body: newReplaySchema,
      response: { 201: replaySchema },
    },
    handler: async (request, reply) => {
      const endpoint = registry.requireEndpoint(request.params.id);
      const replay = await replays.create(await replayPlan(request.body, endpoint, store.events));
      return reply
        .code(201)
        .header("location", `/v1/replays/${replay.id}`)
        .send(wireReplay(replay, store.events.bounds().epochs));
    },
  });
}
