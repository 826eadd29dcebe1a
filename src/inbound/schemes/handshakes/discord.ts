/**
 * https://docs.discord.com/developers/interactions/overview#setting-up-an-endpoint and
 * https://docs.discord.com/developers/events/webhook-events: they number their pings differently, and a webhook event
 * has the number that is an interaction's ping.
 */
import { isObject, jsonOf } from "../request-parts.ts";
import type { Handshake } from "../scheme.ts";
import { handshakeBytesMax, jsonAnswer } from "./challenge.ts";

export const discordHandshake: Handshake = {
  isSigned: true,
  answer({ body }) {
    if (body.length > handshakeBytesMax) return null;
    const said = jsonOf(body);
    if (!isObject(said) || Object.hasOwn(said, "event")) return null;
    if (said.type === 1 && !Object.hasOwn(said, "data")) return jsonAnswer({ type: 1 });
    return said.type === 0 ? { status: 204, headers: ["content-type", "application/json"], body: "" } : null;
  },
};
