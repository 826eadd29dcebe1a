/** https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests */
import { refusal } from "../refusal.ts";
import { parameterOf } from "../request-parts.ts";
import type { Handshake, SchemeSetting } from "../scheme.ts";
import { isSameText } from "../signature-key.ts";
import { repeated } from "./challenge.ts";

export const verifyTokenSetting: SchemeSetting = {
  name: "verify_token",
  description: "The verify token that was typed in beside the URL; without it no verification request is answered.",
  isRequired: false,
  isSecret: true,
};

export const metaHandshake: Handshake = {
  isSigned: false,
  methods: ["GET"],
  answer(request, { settings }) {
    if (request.method !== "GET" || parameterOf(request, "hub.mode") !== "subscribe") return null;
    const { verify_token: wanted = "" } = settings;
    const given = parameterOf(request, "hub.verify_token") ?? "";
    if (wanted === "" || !isSameText(given, wanted)) {
      return refusal("handshake_refused", "The `hub.verify_token` is not the source's `verify_token`.");
    }
    return repeated(parameterOf(request, "hub.challenge"));
  },
};
