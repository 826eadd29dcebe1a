/** `/in/{source}`: where other systems send their webhooks. Without a key: the source's scheme tells who sends. */
import { METHODS } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import { Type } from "typebox";
import { TrotlineError } from "../../core/errors.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { isPartOfOwnPage } from "../own-page.ts";
import { receivedBody } from "../received-body.ts";
import { roleRefusal } from "../roles.ts";

const description =
  "Verified by the source's scheme on the bytes as they came; a 2xx is sent after the event is durable, also to a " +
  "copy of one that was stored before. Takes the methods of the source; what is behind its name is part of the URL.";

const params = Type.Object({ source: Type.String({ description: "The name of a source." }) });

/** All that Node reads as requests: a bin takes them. `GET` brings `HEAD` with it. */
const methods = METHODS.filter((method) => method !== "HEAD" && method !== "CONNECT");

const plainText = "text/plain; charset=utf-8";

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

  // Held for nobody when the server stops. A server that only lists its routes leaves them be.
  server.addHook("preClose", (done) => {
    if (server.server.listening) receiving.bins?.held.close();
    done();
  });

  for (const method of methods) {
    if (!server.supportedMethods.includes(method)) server.addHttpMethod(method);
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
    reply.header("x-content-type-options", "nosniff"); // Also where a problem is the answer.
    const { status, headers, body, held } = await receiving.receive(source, {
      method: raw.method ?? "",
      target: raw.url ?? "",
      headers: raw.rawHeaders,
      peer: { address: raw.socket.remoteAddress ?? "", isEncrypted: "encrypted" in raw.socket },
      readBody: (bounds) => receivedBody(raw, { ...bounds, timeoutMs: bodyTimeouts.wholeMs }),
    });
    reply.hijack();
    const { raw: response } = reply;
    if (held !== undefined) {
      response.once("close", held.end);
      await held.over;
    }
    response.statusCode = status;
    for (const name in headers) response.setHeader(name, headers[name] ?? "");
    if (isPartOfOwnPage(raw)) response.setHeader("content-type", plainText);
    response.end(body === "" ? body : Buffer.from(body)); // Text would have headers written as UTF-8, too.
  }
}
