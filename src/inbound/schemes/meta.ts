import { bodyName } from "./body-name.ts";
import { declaredPreset } from "./declared.ts";
import { metaHandshake, verifyTokenSetting } from "./handshakes/meta.ts";

/** Facebook, Instagram, Messenger, WhatsApp: one way to sign. A request has several entries, each with its time. */
export const meta = declaredPreset({
  name: "meta",
  title: "Meta (Facebook, Instagram, Messenger, WhatsApp)",
  documentation: "https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads",
  secret: "The app secret: App Dashboard, App settings, Basic.",
  answerDeadlineMs: null,
  settings: [verifyTokenSetting],
  handshake: metaHandshake,
  custom: {
    signature: { place: "header:X-Hub-Signature-256", prefix: "sha256=" },
    type: "body:object",
    occurredAt: { place: "body:entry.0.time", unit: "seconds" },
  },
  // Pages count in seconds, Messenger and Instagram in milliseconds.
  facts: (values, found) => ({
    ...found,
    deliveryId: bodyName(values.request),
    occurredAtMs: /^\d{13}$/.test(values.one("body:entry.0.time") ?? "")
      ? Number(values.one("body:entry.0.time"))
      : found.occurredAtMs,
  }),
});
