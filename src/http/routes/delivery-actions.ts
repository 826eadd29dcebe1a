import { Type } from "typebox";
import type { Endpoint } from "../../core/endpoint.ts";
import { TrotlineError } from "../../core/errors.ts";
import type { StoredEvent } from "../../core/event.ts";
import type { EventLog } from "../../log/event-log.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { attemptSchema } from "../schemas/attempt.ts";
import { noMembersSchema } from "../schemas/endpoint.ts";
import { deliverySchema } from "../schemas/event.ts";
import { wireAttempt } from "../wire-attempt.ts";
import { wireDelivery } from "../wire-event.ts";

const urlOfOne = "/v1/endpoints/:id/deliveries/:event_id";
const params = Type.Object({ id: Type.String(), event_id: Type.String() });

/** What a person does to one delivery. */
export function deliveryActionRoutes(server: HttpServer, { app }: RouteContext): void {
  const { registry, store, deliveries } = app;

  server.route({
    method: "POST",
    url: `${urlOfOne}/retry`,
    config: { access: "manage" },
    schema: {
      summary: "Send one event to an endpoint now",
      description:
        "Whatever the state of the delivery, and whatever stands before it where deliveries are ordered. Answers " +
        "when the attempt has ended.",
      params,
      body: noMembersSchema,
      response: { 200: attemptSchema },
    },
    handler: async (request, reply) => {
      const endpoint = registry.requireEndpoint(request.params.id);
      const event = await eventOf(store.events, endpoint, request.params.event_id);
      return reply.send(wireAttempt(await deliveries.retry(endpoint, event), registry));
    },
  });

  server.route({
    method: "POST",
    url: `${urlOfOne}/skip`,
    config: { access: "manage" },
    schema: {
      summary: "Give one delivery up",
      description:
        "It is cancelled, and those that waited for it go on. An attempt under way ends first. Answers when that is " +
        "durable; refused where the delivery is settled, or the endpoint has not come to it.",
      params,
      body: noMembersSchema,
      response: { 200: deliverySchema },
    },
    handler: async (request, reply) => {
      const endpoint = registry.requireEndpoint(request.params.id);
      const event = await eventOf(store.events, endpoint, request.params.event_id);
      return reply.send(wireDelivery(await deliveries.skip(endpoint, event), registry));
    },
  });
}

async function eventOf(events: EventLog, endpoint: Endpoint, eventId: string): Promise<StoredEvent> {
  const event = await events.find(endpoint.tenant, eventId);
  if (event !== null) return event;
  const detail = `The endpoint's tenant \`${endpoint.tenant}\` has no event \`${eventId}\`.`;
  throw new TrotlineError("event-not-found", detail);
}
