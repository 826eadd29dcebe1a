/** https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md#4-abuse-protection */
import { headerValues } from "../../../core/received-request.ts";
import { verifyToken } from "../bearer.ts";
import { refusal } from "../refusal.ts";
import type { Handshake, HandshakeAnswer, Refusal, SchemeRequest, SchemeSetting, VerifyContext } from "../scheme.ts";
import { handshakeRefusal } from "./challenge.ts";

/** https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md#3-authorization */
export const cloudEventsPlaces = { header: "authorization", word: "Bearer", parameter: "access_token" } as const;

/** A sender may ask without its token: that is for the source to allow. */
export const cloudEventsHandshake: Handshake = {
  isSigned: false,
  methods: ["OPTIONS"],
  answer(request, context) {
    if (request.method !== "OPTIONS") return null;
    const verdict = verifyToken(cloudEventsPlaces, request, context);
    const isMissing = !verdict.ok && verdict.reason === "signature_missing";
    if (verdict.ok || (isMissing && context.settings.handshake === "accept")) return permission(request, context);
    return verdict;
  },
};

export function originsSetting(defaults: string): SchemeSetting {
  const otherwise = defaults === "" ? "" : `; ${defaults} where it is not given`;
  const description = `Who may ask with OPTIONS whether it may send, divided by commas${otherwise}.`;
  return { name: "origins", description, isRequired: false };
}

export const rateSetting: SchemeSetting = {
  name: "rate",
  description: "Events a minute that are allowed to those who ask; `*`, any number, where it is not given.",
  isRequired: false,
};

export const permissionRefusal = (settings: Readonly<Record<string, string>>): string | null =>
  ratePattern.test(settings.rate ?? "*")
    ? handshakeRefusal(settings)
    : "`rate` is a whole number of events a minute, or `*`.";

const ratePattern = /^(?:[1-9]\d{0,9}|\*)$/;

/** Says yes to an origin that is configured. The URL in `WebHook-Request-Callback` is never called. */
export function permission(
  { headers }: SchemeRequest,
  { settings }: Pick<VerifyContext, "settings">,
  defaultOrigins = "",
): HandshakeAnswer | Refusal {
  const [asked = "", ...others] = headerValues(headers, "webhook-request-origin");
  const origins = (settings.origins ?? defaultOrigins).split(",").map((origin) => origin.trim().toLowerCase());
  // What is answered is what is configured, never what was sent.
  const origin = origins.find((configured) => configured !== "" && configured === asked.toLowerCase());
  if (origin === undefined || others.length > 0) {
    return refusal("handshake_refused", "The `WebHook-Request-Origin` is not one of the source's `origins`.");
  }
  const { rate = "*" } = settings;
  return {
    status: 200,
    headers: ["webhook-allowed-origin", origin, "webhook-allowed-rate", rate, "allow", "POST, OPTIONS"],
    body: "",
  };
}
