/** An event in the shape of Stripe's, and the answer to who asks for one. */
import type { IncomingHttpHeaders } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { App } from "../../app.ts";
import { TrotlineError } from "../../core/errors.ts";
import type { StoredEvent } from "../../core/event.ts";
import { objectMembers, skipSpace } from "../../core/json-members.ts";
import { limits } from "../../core/limits.ts";
import type { DeliveryView } from "../../outbound/deliveries.ts";
import { jsonContentType } from "../http-server.ts";
import { tenantFor } from "../tenancy.ts";
import { StripeRefusal, stripeHeaders } from "./stripe-error.ts";
import { checkStripeRetrieval } from "./stripe-query.ts";

const openBrace = 0x7b;
const decoder = new TextDecoder();

/** `GET /v1/events/{id}` of a client of Stripe's. */
export async function answerStripeEvent(
  app: App,
  request: FastifyRequest<{ Params: { id: string } }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  refuseAccount(request);
  checkStripeRetrieval(request.url);
  const { id } = request.params;
  const event = await app.store.events.find(tenantFor(request, undefined), id);
  if (event === null) {
    throw new StripeRefusal("resource_missing", "event-not-found", { detail: `No such event: '${id}'`, field: "id" });
  }
  const body = stripeEvent(event, undelivered(await app.deliveries.ofEvent(event)));
  return reply
    .headers({ ...stripeHeaders(request), "cache-control": "no-store" })
    .type(jsonContentType)
    .send(body);
}

/** Answering for another account than the one asked for would show one's events to the other. */
export function refuseAccount({ headers }: { readonly headers: IncomingHttpHeaders }): void {
  if (headers["stripe-account"] === undefined && headers["stripe-context"] === undefined) return;
  const detail = "Events of other accounts are not served here: leave out `Stripe-Account` and `Stripe-Context`.";
  throw new TrotlineError("forbidden", detail);
}

/** Webhooks of an event that no endpoint has taken yet, or ever will. */
export const undelivered = (deliveries: readonly DeliveryView[]): number =>
  deliveries.filter(({ state }) => state !== "delivered" && state !== "skipped").length;

/**
 * The JSON text. `created` is when the event was accepted, in seconds: the order of the list is by it. `api_version` is
 * the event's own `version`, which means the same: the form that `data` has.
 */
export function stripeEvent(event: StoredEvent, pendingWebhooks: number): Buffer {
  const head = {
    id: event.id,
    object: "event",
    api_version: event.version,
    created: Math.floor(event.acceptedAtMs / 1000),
  };
  const rest = {
    livemode: false,
    pending_webhooks: pendingWebhooks,
    request: { id: null, idempotency_key: null },
    type: event.type,
  };
  const isWrapped = hasObject(event.data);
  return Buffer.concat([
    Buffer.from(`${JSON.stringify(head).slice(0, -1)},"data":${isWrapped ? "" : '{"object":'}`),
    event.data,
    Buffer.from(`${isWrapped ? "" : "}"},${JSON.stringify(rest).slice(1)}`),
  ]);
}

/** True where `data` is what Stripe's would be already: an object with the object that it is about in `object`. */
function hasObject(data: Uint8Array): boolean {
  const start = skipSpace(data, 0);
  if (data[start] !== openBrace) return false;
  const { members } = objectMembers(data, start, limits.dataDepth);
  // Of a name that stands twice, programs see the last.
  const object = members.findLast(
    ({ key }) => JSON.parse(decoder.decode(data.subarray(key.start, key.end))) === "object",
  );
  return object !== undefined && data[object.value.start] === openBrace;
}
