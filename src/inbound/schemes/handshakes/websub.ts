/** https://www.w3.org/TR/websub/#hub-verifies-intent */
import { refusal } from "../refusal.ts";
import { parameterOf } from "../request-parts.ts";
import type { Handshake } from "../scheme.ts";
import { repeated, tokenRefusal } from "./challenge.ts";

/** A subscription to the source's topic is confirmed; to end one must be allowed, for anyone can ask a hub to. */
export const websubHandshake: Handshake = {
  isSigned: false,
  methods: ["GET"],
  answer(request, context) {
    const mode = parameterOf(request, "hub.mode");
    if (request.method !== "GET" || mode === null) return null;
    const refused = tokenRefusal(request, context);
    if (refused !== null) return refused;
    const { topic, unsubscribe } = context.settings;
    if (topic === undefined || parameterOf(request, "hub.topic") !== topic) {
      return refusal("handshake_refused", "The `hub.topic` is not the source's `topic`.");
    }
    const isWanted = mode === "subscribe" || (mode === "unsubscribe" && unsubscribe === "accept");
    return isWanted
      ? repeated(parameterOf(request, "hub.challenge"))
      : refusal("handshake_refused", "The `hub.mode` is not one that the source agrees to.");
  },
};
