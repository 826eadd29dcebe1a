/** `/in/{source}`: where other systems send their webhooks. Without a key: the source's scheme tells who sends. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { Type } from "typebox";
import { TrotlineError } from "../../core/errors.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { receivedBody } from "../received-body.ts";
import { roleRefusal } from "../roles.ts";

const description =
  "Verified by the source's scheme on the bytes as they came; a 2xx is sent after the event is durable, also to a " +
  "copy of one that was stored before. Takes the methods of the source; what is behind its name is part of the URL.";

const params = Type.Object({ source: Type.String({ description: "The name of a source." }) });

/** Those that a source may take. `GET` brings `HEAD` with it. */
const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

export function inboundRoutes(server: HttpServer, { app, isClosing, bodyTimeouts }: RouteContext): void {
  const { receiving } = app;
  const refusal = roleRefusal("/in/:source", app);
  // Answered before the framework looks at the body: it would refuse content types that are none, and its way to a
  // handler costs as much as the verification.
  server.addHook("onRequest", (request, reply) => {
    receive(request as FastifyRequest, reply as unknown as FastifyReply).catch((error) => {
      // Nobody waits once more for a body that did not come.
      if ((error as TrotlineError).code === "request-timeout") reply.header("connection", "close");
      reply.send(error);
    });
  });

  for (const method of methods) {
    for (const url of ["/in/:source", "/in/:source/*"]) {
      server.route({
        method,
        url,
        config: { access: "public", isDocumented: method === "POST" && !url.endsWith("*") },
        schema: {
          summary: "Receive a webhook",
          description,
          params,
          requestContent: { "*/*": Type.Unknown() },
          responseContent: { 200: { "text/plain": Type.String() } },
        },
        handler: () => {}, // Answered above.
      });
    }
  }

  async function receive(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (refusal !== null) throw refusal;
    if (isClosing()) throw new TrotlineError("shutting-down", "The server is stopping.");
    const { raw } = request;
    const { source } = request.params as { readonly source: string };
    const { status, headers, body } = await receiving.receive(source, {
      method: raw.method ?? "",
      target: raw.url ?? "",
      headers: raw.rawHeaders,
      peer: { address: raw.socket.remoteAddress ?? "", isEncrypted: "encrypted" in raw.socket },
      readBody: (bounds) => receivedBody(raw, { ...bounds, timeoutMs: bodyTimeouts.wholeMs }),
    });
    reply.hijack();
    const { raw: response } = reply;
    response.statusCode = status;
    for (const name in headers) response.setHeader(name, headers[name] ?? "");
    response.end(body);
  }
}
