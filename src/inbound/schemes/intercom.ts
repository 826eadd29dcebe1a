/** Intercom: HMAC-SHA1 of the body; the URL is asked with `HEAD` before it is taken. */
import { declaredPreset } from "./declared.ts";
import { acceptSetting, handshakeRefusal, tokenSetting } from "./handshakes/challenge.ts";
import { intercomHandshake } from "./handshakes/intercom.ts";

export const intercom = declaredPreset({
  name: "intercom",
  title: "Intercom",
  documentation: "https://developers.intercom.com/docs/webhooks/webhook-notifications#signed-notifications",
  secret: "The client secret of the app: Developer Hub, Basic information.",
  // https://developers.intercom.com/docs/webhooks/webhook-notifications#duplicate-notifications
  answerDeadlineMs: 5000,
  settings: [tokenSetting, acceptSetting],
  settingsRefusal: handshakeRefusal,
  handshake: intercomHandshake,
  custom: {
    algorithm: "hmac-sha1",
    signature: { place: "header:X-Hub-Signature", prefix: "sha1=" },
    id: "body:id",
    type: "body:topic",
    occurredAt: { place: "body:created_at", unit: "seconds" },
  },
});
