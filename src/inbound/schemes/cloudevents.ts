/** CloudEvents by web hook: a token, and permission that is asked for with OPTIONS. */
import { tokenTextRefusal, verifyToken } from "./bearer.ts";
import { cloudEventsFacts } from "./cloudevents-facts.ts";
import { hexOf, withHeaders, withMembers } from "./draft.ts";
import { acceptSetting } from "./handshakes/challenge.ts";
import {
  cloudEventsHandshake,
  cloudEventsPlaces,
  originsSetting,
  permissionRefusal,
  rateSetting,
} from "./handshakes/cloudevents.ts";
import { isObject, jsonOf, mediaTypeOf } from "./request-parts.ts";
import type { Scheme } from "./scheme.ts";

export const cloudevents: Scheme = {
  name: "cloudevents",
  title: "CloudEvents",
  documentation: "https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md",
  secret: "The token that the sender is given, for `Authorization: Bearer` or `?access_token=`.",
  secretFrom: "receiver",
  secretRefusal: tokenTextRefusal,
  settings: [originsSetting(""), rateSetting, acceptSetting],
  settingsRefusal: permissionRefusal,
  toleranceMs: null,
  answerDeadlineMs: null,
  verify: (request, context) => verifyToken(cloudEventsPlaces, request, context),
  facts: cloudEventsFacts,
  handshake: cloudEventsHandshake,
  signer: {
    makeSecret(random) {
      const secret = hexOf(random(32));
      return { secret, signingKey: secret };
    },
    sign(draft, { signingKey, nowMs }) {
      const authorization = { Authorization: `Bearer ${signingKey}` };
      const { deliveryId: id, type } = draft;
      const time = new Date(nowMs).toISOString();
      const source = "/trotline";
      const isStructured = mediaTypeOf(draft) === "application/cloudevents+json" && isObject(jsonOf(draft.body));
      if (isStructured)
        return withHeaders(withMembers(draft, { specversion: "1.0", id, source, type, time }), authorization);
      const attributes = {
        "ce-specversion": "1.0",
        "ce-id": id,
        "ce-source": source,
        "ce-type": type,
        "ce-time": time,
      };
      return withHeaders(draft, { ...authorization, ...attributes });
    },
  },
  custom: null,
};
