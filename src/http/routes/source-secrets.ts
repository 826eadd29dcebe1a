import { Type } from "typebox";
import { TrotlineError } from "../../core/errors.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { newSourceSecretSchema, sourceSecretsSchema } from "../schemas/source.ts";
import { secretInput, wireSourceSecrets } from "../wire-source.ts";
import { readTime } from "../wire-time.ts";

const url = "/v1/sources/:id/secrets";
const id = Type.String({ description: "The source's id, or its name." });
const params = Type.Object({ id });

/** What a source verifies by, and how one secret takes over from another. */
export function sourceSecretRoutes(server: HttpServer, { app }: RouteContext): void {
  const { sources, clock } = app;

  server.route({
    method: "GET",
    url,
    config: { access: "manage" },
    schema: { summary: "The secrets of a source", params, response: { 200: sourceSecretsSchema } },
    handler: (request, reply) =>
      void reply
        .header("cache-control", "no-store")
        .send({ data: wireSourceSecrets(sources, sources.require(request.params.id)) }),
  });

  server.route({
    method: "POST",
    url,
    config: { access: "manage" },
    schema: {
      summary: "Give a source another secret",
      description: "Those before it verify too, until they expire or are deleted.",
      params,
      body: newSourceSecretSchema,
      response: { 201: sourceSecretsSchema },
    },
    handler: async (request, reply) => {
      const { secret = "generate", expires_at: expiresAt, grace_ms: graceMs = null } = request.body;
      const expiresAtMs = expiresAt === undefined ? null : futureTime(expiresAt, clock.wallMs());
      const source = await sources.addSecret(request.params.id, secretInput(secret), { expiresAtMs, graceMs });
      return reply
        .code(201)
        .header("cache-control", "no-store")
        .send({ data: wireSourceSecrets(sources, source) });
    },
  });

  server.route({
    method: "DELETE",
    url: `${url}/:secret`,
    config: { access: "manage" },
    schema: {
      summary: "Take a secret from a source",
      description: "It verifies nothing from then on.",
      params: Type.Object({ id, secret: Type.String({ description: "The secret's id." }) }),
      response: { 204: Type.Null() },
    },
    handler: async (request, reply) => {
      await sources.removeSecret(request.params.id, request.params.secret);
      return reply.code(204).send(null);
    },
  });
}

function futureTime(text: string, nowMs: number): number {
  const timeMs = readTime(text);
  if (timeMs !== null && timeMs > nowMs) return timeMs;
  const detail = "`expires_at` is a time of RFC 3339 that is to come, such as 2099-01-31T12:00:00Z.";
  throw new TrotlineError("invalid-body", detail, { field: "/expires_at" });
}
