/** https://dev.twitch.tv/docs/eventsub/handling-webhook-events/#responding-to-a-challenge-request */
import { headerOf, jsonOf, memberOf } from "../request-parts.ts";
import type { Handshake } from "../scheme.ts";
import { handshakeBytesMax, repeated, unrepeatable } from "./challenge.ts";

export const twitchHandshake: Handshake = {
  isSigned: true,
  answer(request) {
    if (headerOf(request, "twitch-eventsub-message-type") !== "webhook_callback_verification") return null;
    return request.body.length > handshakeBytesMax
      ? unrepeatable
      : repeated(memberOf(jsonOf(request.body), "challenge"));
  },
};
