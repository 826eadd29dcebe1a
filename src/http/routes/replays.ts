import { Type } from "typebox";
import { TrotlineError } from "../../core/errors.ts";
import { limits } from "../../core/limits.ts";
import type { Replay } from "../../core/replay.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { noMembersSchema } from "../schemas/endpoint.ts";
import { type ReplayBody, replayPageSchema, replayQuerySchema, replaySchema } from "../schemas/replay.ts";
import { seesTenant } from "../tenancy.ts";
import { wireReplay } from "../wire-replay.ts";

const url = "/v1/replays";
const urlOfOne = "/v1/replays/:id";
const params = Type.Object({ id: Type.String() });

/** Replays that there are; one is made at its endpoint (`endpoint-actions.ts`). */
export function replayRoutes(server: HttpServer, { app }: RouteContext): void {
  const { replays, store } = app;
  const wire = (replay: Replay): ReplayBody => wireReplay(replay, store.events.bounds().epochs);

  server.route({
    method: "GET",
    url,
    config: { access: "read" },
    schema: {
      summary: "Replays, newest first",
      description: "Those that ended long ago are forgotten.",
      querystring: replayQuerySchema,
      response: { 200: replayPageSchema },
    },
    handler: async (request, reply) => {
      const { endpoint_id: endpointId, after, limit = limits.listPageSize } = request.query;
      if (after !== undefined && !/^rpl_[0-9a-z]{26}$/.test(after)) {
        const detail = "The parameter `after` is the `next_cursor` of a page of replays.";
        throw new TrotlineError("invalid-query", detail, { field: "after" });
      }
      await replays.look();
      const page = replays.list({
        limit,
        sees: ({ endpointId: of }) => seesTenant(request, app.registry.endpoint(of)?.tenant),
        ...(endpointId !== undefined && { endpointId }),
        ...(after !== undefined && { afterId: after }),
      });
      return reply.send({
        data: page.replays.map(wire),
        next_cursor: page.more ? (page.replays.at(-1)?.id ?? null) : null,
        has_more: page.more,
      });
    },
  });

  server.route({
    method: "GET",
    url: urlOfOne,
    config: { access: "read" },
    schema: { summary: "One replay", params, response: { 200: replaySchema } },
    handler: async (request, reply) => {
      await replays.look();
      return reply.send(wire(replays.require(request.params.id)));
    },
  });

  server.route({
    method: "POST",
    url: `${urlOfOne}/pause`,
    config: { access: "manage" },
    schema: {
      summary: "Stop a replay for now",
      description: "What is in flight ends.",
      params,
      body: noMembersSchema,
      response: { 200: replaySchema },
    },
    handler: async (request, reply) => reply.send(wire(await replays.pause(request.params.id))),
  });

  server.route({
    method: "POST",
    url: `${urlOfOne}/resume`,
    config: { access: "manage" },
    schema: {
      summary: "Let a replay go on",
      description: "From where it was.",
      params,
      body: noMembersSchema,
      response: { 200: replaySchema },
    },
    handler: async (request, reply) => reply.send(wire(await replays.resume(request.params.id))),
  });

  server.route({
    method: "POST",
    url: `${urlOfOne}/cancel`,
    config: { access: "manage" },
    schema: {
      summary: "End a replay",
      description: "What is in flight ends, and what was parked is retried; nothing more is sent.",
      params,
      body: noMembersSchema,
      response: { 200: replaySchema },
    },
    handler: async (request, reply) => reply.send(wire(await replays.cancel(request.params.id))),
  });
}
