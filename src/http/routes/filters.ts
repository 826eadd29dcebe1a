import { cursorAt } from "../../core/epochs.ts";
import { defaultTenant } from "../../core/event.ts";
import { typeFilter } from "../../core/filter.ts";
import { limits } from "../../core/limits.ts";
import { FilterTrial } from "../../outbound/filter-trial.ts";
import { checkFilter } from "../../registry/selection-check.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { filterTestSchema, filterTriedSchema } from "../schemas/event-type.ts";
import { checkedPatterns } from "../type-patterns.ts";

/** For those who write filters. */
export function filterRoutes(server: HttpServer, { app }: RouteContext): void {
  const { store } = app;
  const trial = new FilterTrial(store.events);

  server.route({
    method: "POST",
    url: "/v1/filters/test",
    config: { access: "read" },
    schema: {
      summary: "Try a filter on the newest events",
      description: "Nothing is stored or sent. A filter that cannot be read is refused, with the line and column.",
      body: filterTestSchema,
      response: { 200: filterTriedSchema },
    },
    handler: async (request, reply) => {
      const { filter, types = [], tenant = defaultTenant, last = limits.eventsPerFilterTestDefault } = request.body;
      checkFilter(filter);
      const takesType = typeFilter(checkedPatterns(types));
      const judged = await trial.judge(filter, { tenant, takesType, last });
      const { epochs } = store.events.bounds();
      return reply.send({
        taken: judged.filter(({ verdict }) => verdict === "taken").length,
        data: judged.map(({ event, verdict }) => ({
          id: event.id,
          type: event.type,
          cursor: cursorAt(epochs, event.position),
          outcome: verdict,
        })),
      });
    },
  });
}
