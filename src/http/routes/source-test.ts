import { Type } from "typebox";
import { errorCatalogue, TrotlineError } from "../../core/errors.ts";
import { makeTest } from "../../inbound/source-test.ts";
import { systemRandom } from "../../platform/random.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { roleRefusal } from "../roles.ts";
import { sourceTestedSchema, sourceTestSchema } from "../schemas/source.ts";

const takenFrom = 200;

/** Sends a source what its provider would, without a provider. */
export function sourceTestRoutes(server: HttpServer, { app }: RouteContext): void {
  const { sources, receiving, publicUrl, clock } = app;
  const random = systemRandom();
  const refusal = roleRefusal("/in/:source", app);

  server.route({
    method: "POST",
    url: "/v1/sources/:id/test",
    config: { access: "manage" },
    schema: {
      summary: "Send a source what its provider would",
      description:
        "Signed with its newest secret, and received as any other request: what comes of it is an event like others, " +
        "or a receipt. `GET /v1/schemes` has the events that there are.",
      params: Type.Object({ id: Type.String({ description: "The source's id, or its name." }) }),
      body: sourceTestSchema,
      response: { 200: sourceTestedSchema },
    },
    handler: async (request, reply) => {
      if (refusal !== null) throw refusal;
      const source = sources.require(request.params.id);
      const { event = null, forged = false } = request.body;
      const { socket } = request.raw;
      const isEncrypted = "encrypted" in socket;
      const host = request.headers.host ?? "localhost";
      const origin = publicUrl ?? `${isEncrypted ? "https" : "http"}://${host}`;
      const secret = sources.secrets(source)[0]?.value ?? null;
      const test = { source, secret, event, isForged: forged, url: `${origin}/in/${source.name}` };
      const made = await makeTest(test, { clock, random });
      const { method, url, headers, body } = made.request;
      const answered = await receiving
        .receive(source.name, {
          method,
          target: url.slice(origin.length),
          headers: ["Host", host, "User-Agent", "trotline-test", ...headers, "Content-Length", String(body.length)],
          peer: { address: socket.remoteAddress ?? "", isEncrypted },
          readBody: async () => body,
        })
        .catch(refused);
      return reply.send({
        event: made.event,
        taken: answered.status >= takenFrom && answered.status < 300,
        status: answered.status,
        code: "code" in answered ? answered.code : null,
        detail: "detail" in answered ? answered.detail : null,
      });
    },
  });
}

/** What the provider would have been told. */
function refused(error: unknown): { status: number; code: string; detail: string } {
  if (!(error instanceof TrotlineError)) throw error;
  return { status: errorCatalogue[error.code].status ?? 500, code: error.code, detail: error.message };
}
