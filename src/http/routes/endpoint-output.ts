import { Type } from "typebox";
import { TrotlineError } from "../../core/errors.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { OutputStreamWriter } from "../output-stream.ts";

/** What an endpoint's programs and handlers write, while they run. */
export function endpointOutputRoutes(server: HttpServer, { app, isClosing, openAnswers }: RouteContext): void {
  server.route({
    method: "GET",
    url: "/v1/endpoints/:id/output",
    config: { access: "read" },
    schema: {
      summary: "Follow what an endpoint's programs write",
      description:
        "Server-sent events, from now on: `started`, `output` with `stream` and `text`, and `ended`, each with " +
        "`event_id` and `attempt`. What runs already comes first. Whoever does not keep up is cut off; what is kept " +
        "of the output is in the attempts. Refused with `shard-elsewhere` by a process that does not run the endpoint, " +
        "and ended when another takes it over.",
      params: Type.Object({ id: Type.String() }),
      responseContent: { 200: { "text/event-stream": Type.String() } },
    },
    handler: (request, reply) => {
      const endpoint = app.registry.requireEndpoint(request.params.id);
      const { id, number, kind } = endpoint;
      if (kind === "http") throw new TrotlineError("output-none", `The endpoint \`${id}\` goes to a URL.`);
      // Its programs run where its lane does, and so does what they write.
      app.dispatcher.requireOwn(endpoint);
      const { raw } = reply;
      const writer = new OutputStreamWriter(raw, () => isClosing() || !app.shards.runs(number));
      let stop = (): void => writer.stop();
      const begin = (): void => {
        reply.hijack();
        openAnswers.add(request, reply);
        raw.writeHead(200, {
          "content-type": "text/event-stream",
          "cache-control": "no-store",
          "x-accel-buffering": "no",
        });
        raw.write(": from now on\n\n");
      };
      raw.on("error", () => {}); // The reader hung up; `close` follows.
      raw.on("close", () => stop());
      if (request.method === "HEAD") {
        begin();
        raw.end();
        return;
      }
      try {
        const unfollow = app.runs.output.follow(id, writer, begin);
        stop = () => {
          unfollow();
          writer.stop();
        };
      } catch (error) {
        writer.stop();
        throw error;
      }
    },
  });
}
