import { Type } from "typebox";
import { defaultTenant } from "../../core/event.ts";
import type { Replay } from "../../core/replay.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import {
  newRecoveriesSchema,
  newRecoverySchema,
  type ReplayBody,
  recoveriesSchema,
  replaySchema,
} from "../schemas/replay.ts";
import { recoveryRange, wireReplay } from "../wire-replay.ts";

/** Sends again what failed: a recovery is a replay, and from then on stands in `replays.ts`. */
export function recoveryRoutes(server: HttpServer, { app }: RouteContext): void {
  const { registry, store, recoveries } = app;
  const { events } = store;
  const wire = (replay: Replay): ReplayBody => wireReplay(replay, events.bounds().epochs);

  server.route({
    method: "POST",
    url: "/v1/endpoints/:id/recover",
    config: { access: "manage" },
    schema: {
      summary: "Send again what failed at an endpoint",
      description:
        "Deliveries that were given up, and those that wait for a retry, beside its live traffic. It is a replay. " +
        "Answers when they were counted, or after five seconds while they are being counted.",
      params: Type.Object({ id: Type.String() }),
      body: newRecoverySchema,
      response: { 201: replaySchema },
    },
    handler: async (request, reply) => {
      const endpoint = registry.requireEndpoint(request.params.id);
      const range = await recoveryRange(request.body, { events, tenant: endpoint.tenant });
      const replay = await recoveries.ofEndpoint(endpoint, range);
      return reply.code(201).header("location", `/v1/replays/${replay.id}`).send(wire(replay));
    },
  });

  server.route({
    method: "POST",
    url: "/v1/recover",
    config: { access: "manage" },
    schema: {
      summary: "Send again what failed at all endpoints",
      description: "Of one tenant, or of all: a replay for each endpoint that has deliveries that failed.",
      body: newRecoveriesSchema,
      response: { 201: recoveriesSchema },
    },
    handler: async (request, reply) => {
      const { tenant, ...asked } = request.body;
      const range = await recoveryRange(asked, { events, tenant: tenant ?? defaultTenant });
      const replays = await recoveries.ofAll(tenant, range);
      return reply.code(201).send({ data: replays.map(wire) });
    },
  });
}
