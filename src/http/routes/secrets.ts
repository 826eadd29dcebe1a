import { Type } from "typebox";
import type { Endpoint } from "../../core/endpoint.ts";
import { signsWithKeyPair } from "../../core/endpoint-signing.ts";
import { limits } from "../../core/limits.ts";
import { wireRetiring } from "../endpoint-facets/signing.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { rotateSchema, secretsSchema } from "../schemas/secrets.ts";

const url = "/v1/endpoints/:id/secrets";
const params = Type.Object({ id: Type.String() });

/** What an endpoint's deliveries are signed with, and how one takes over from another. */
export function secretRoutes(server: HttpServer, { app }: RouteContext): void {
  const { registry } = app;

  server.route({
    method: "GET",
    url,
    config: { access: "manage" },
    schema: { summary: "The secrets of an endpoint", params, response: { 200: secretsSchema } },
    handler: (request, reply) =>
      void reply.header("cache-control", "no-store").send(wireSecrets(registry.requireEndpoint(request.params.id))),
  });

  server.route({
    method: "POST",
    url: `${url}/rotate`,
    config: { access: "manage" },
    schema: {
      summary: "Give an endpoint a new secret",
      description:
        "Those before it sign too until their grace ends. Where a request has room for one signature, the receiver " +
        "is sent the one that it accepts.",
      params,
      body: rotateSchema,
      response: { 200: secretsSchema },
    },
    handler: async (request, reply) => {
      const { secret, grace_ms: graceMs = limits.secretGraceMsDefault } = request.body;
      const input = { graceMs, ...(secret !== undefined && { secret }) };
      const endpoint = await registry.rotation.rotate(request.params.id, input);
      return reply.header("cache-control", "no-store").send(wireSecrets(endpoint));
    },
  });
}

/** Private keys never leave. */
export function wireSecrets(endpoint: Endpoint): Type.Static<typeof secretsSchema> {
  if (signsWithKeyPair(endpoint.signing)) return { secrets: [], retiring: [] };
  return { secrets: [...endpoint.secrets], retiring: endpoint.retiringSecrets.map(wireRetiring) };
}
