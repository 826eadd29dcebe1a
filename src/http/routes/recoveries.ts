import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import { cursorAt } from "../../core/epochs.ts";
import { type ErrorCode, errorCatalogue, TrotlineError } from "../../core/errors.ts";
import { defaultTenant } from "../../core/event.ts";
import type { Replay } from "../../core/replay.ts";
import { ShardElsewhereError } from "../../log/shard-store.ts";
import type { RecoveryRange } from "../../outbound/recoveries.ts";
import type { ForwardedAnswer } from "../forwarded-request.ts";
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
export function recoveryRoutes(server: HttpServer, { app, forwarding }: RouteContext): void {
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
      const data = await recoveries.ofAll(tenant, range, async (endpoint) => {
        try {
          return wire(await recoveries.ofEndpoint(endpoint, range));
        } catch (error) {
          if (!(error instanceof ShardElsewhereError) || forwarding === null) throw error;
          const asked = { method: "POST", url: `/v1/endpoints/${endpoint.id}/recover`, body: wireRange(range) };
          return madeElsewhere(await forwarding.ask(request as FastifyRequest, error, asked));
        }
      });
      return reply.code(201).send({ data: [...data] });
    },
  });

  /** The range as it was fixed here, as another process reads it. */
  function wireRange({ first, last, isDryRun }: RecoveryRange): Uint8Array {
    const { epochs } = events.bounds();
    const body = { since: cursorAt(epochs, first - 1), until: cursorAt(epochs, last), dry_run: isDryRun };
    return Buffer.from(JSON.stringify(body));
  }
}

/** What another process answered; its refusal is ours. */
function madeElsewhere({ status, body }: ForwardedAnswer): ReplayBody {
  const answer = JSON.parse(Buffer.from(body).toString());
  if (status === 201) return answer;
  const code = Object.hasOwn(errorCatalogue, answer.code) ? (answer.code as ErrorCode) : "internal";
  throw new TrotlineError(code, String(answer.detail));
}
