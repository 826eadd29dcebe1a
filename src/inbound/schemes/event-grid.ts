/** Azure Event Grid: the secret is in the URL of the event subscription, or in a header that it is told to send. */
import { batchId, commonType, earliest } from "./batch.ts";
import { tokenTextRefusal, verifyToken } from "./bearer.ts";
import { cloudEventsFacts } from "./cloudevents-facts.ts";
import { hexOf, withHeaders, withMembers } from "./draft.ts";
import { originsSetting, permissionRefusal, rateSetting } from "./handshakes/cloudevents.ts";
import { eventGridHandshake, eventGridOrigins } from "./handshakes/event-grid.ts";
import { isObject, jsonOf, mediaTypeOf, wordOf } from "./request-parts.ts";
import type { Scheme, SchemeFacts, SchemeRequest } from "./scheme.ts";
import { readTime } from "./signed-time.ts";

/** https://learn.microsoft.com/en-us/azure/event-grid/security-authentication */
const places = { header: "aeg-sas-key", word: "", parameter: "token" } as const;

export const eventGrid: Scheme = {
  name: "event-grid",
  title: "Azure Event Grid",
  documentation: "https://learn.microsoft.com/en-us/azure/event-grid/security-authentication",
  secret: "A secret of yours, in the subscription's URL as `?token=`, or in its delivery property `aeg-sas-key`.",
  secretFrom: "receiver",
  secretRefusal: tokenTextRefusal,
  settings: [originsSetting(eventGridOrigins), rateSetting],
  settingsRefusal: permissionRefusal,
  toleranceMs: null,
  // https://learn.microsoft.com/en-us/azure/event-grid/delivery-and-retry
  answerDeadlineMs: 30_000,
  verify: (request, context) => verifyToken(places, request, context),
  facts: eventGridFacts,
  handshake: eventGridHandshake,
  signer: {
    makeSecret(random) {
      const secret = hexOf(random(32));
      return { secret, signingKey: secret };
    },
    sign(draft, { signingKey, nowMs }) {
      const body = Array.isArray(jsonOf(draft.body)) ? draft.body : Buffer.concat([open, draft.body, close]);
      const said = { id: draft.deliveryId, eventType: draft.type, eventTime: new Date(nowMs).toISOString() };
      const filled = withMembers({ ...draft, body: isObject(jsonOf(draft.body)) ? body : draft.body }, said);
      return withHeaders(filled, { "aeg-sas-key": signingKey, "aeg-event-type": "Notification" });
    },
  },
  custom: null,
};

const open = Buffer.from("[");
const close = Buffer.from("]");

function eventGridFacts(request: SchemeRequest): SchemeFacts {
  if (mediaTypeOf(request).startsWith("application/cloudevents")) return cloudEventsFacts(request);
  const value = jsonOf(request.body);
  const events = (Array.isArray(value) ? value : [value]).filter(isObject);
  return {
    deliveryId: batchId(events.map(({ id }) => wordOf(id))),
    type: commonType(events.map(({ eventType }) => wordOf(eventType))),
    occurredAtMs: earliest(events.map(({ eventTime }) => readTime(wordOf(eventTime) ?? "", "rfc3339"))),
  };
}
