/** https://learn.microsoft.com/en-us/azure/event-grid/end-point-validation-event-grid-events-schema */
import { headerOf, jsonOf, memberOf } from "../request-parts.ts";
import type { Handshake } from "../scheme.ts";
import { handshakeBytesMax, isRepeatable, jsonAnswer, unrepeatable } from "./challenge.ts";
import { permission } from "./cloudevents.ts";

export const eventGridOrigins = "eventgrid.azure.net";

/** The URL has the source's secret, so that the handshakes have it too. `validationUrl` is never fetched. */
export const eventGridHandshake: Handshake = {
  isSigned: true,
  methods: ["OPTIONS"],
  answer(request, context) {
    if (request.method === "OPTIONS") return permission(request, context, eventGridOrigins);
    if (headerOf(request, "aeg-event-type") !== "SubscriptionValidation") return null;
    const said = request.body.length > handshakeBytesMax ? null : jsonOf(request.body);
    const code = memberOf(Array.isArray(said) ? said[0] : said, "data", "validationCode");
    return isRepeatable(code) ? jsonAnswer({ validationResponse: code }) : unrepeatable;
  },
};
