import { Type } from "typebox";
import { TrotlineError } from "../../core/errors.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";

const okSchema = Type.Object({ status: Type.Enum(["ok"]) });

/** For whoever runs the process: is it alive, and should it be sent requests? */
export function healthRoutes(server: HttpServer, { app, isClosing }: RouteContext): void {
  server.route({
    method: "GET",
    url: "/healthz",
    config: { access: "public" },
    schema: { summary: "Whether the process runs", response: { 200: okSchema } },
    handler: (_request, reply) => void reply.send({ status: "ok" }),
  });

  server.route({
    method: "GET",
    url: "/readyz",
    config: { access: "public" },
    schema: { summary: "Whether requests are taken", response: { 200: okSchema } },
    handler: (_request, reply) => {
      if (isClosing()) throw new TrotlineError("shutting-down", "The server is stopping.");
      if (app.store.trouble() !== null) {
        throw new TrotlineError("store-unavailable", "The last write to the store failed.");
      }
      const trouble = app.cluster.trouble();
      if (trouble !== null) throw new TrotlineError("store-unavailable", trouble);
      reply.send({ status: "ok" });
    },
  });
}
