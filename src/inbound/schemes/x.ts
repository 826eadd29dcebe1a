import { bodyName } from "./body-name.ts";
import { declaredPreset } from "./declared.ts";
import { acceptSetting, handshakeRefusal, tokenSetting } from "./handshakes/challenge.ts";
import { twitterHandshake } from "./handshakes/twitter.ts";

/** X, once Twitter. The member of the body that has the events, each with its id, is what happened. */
export const x = declaredPreset({
  name: "x",
  title: "X (Twitter)",
  documentation: "https://docs.x.com/x-api/webhooks/quickstart",
  secret: "The API secret key (consumer secret) of the app: Developer Portal, Keys and tokens.",
  answerDeadlineMs: null,
  settings: [tokenSetting, acceptSetting],
  settingsRefusal: handshakeRefusal,
  handshake: twitterHandshake,
  custom: {
    signature: { place: "header:X-Twitter-Webhooks-Signature", encoding: "base64", prefix: "sha256=" },
  },
  facts: (values, found) => ({
    ...found,
    deliveryId: bodyName(values.request),
    type: values.names().find((name) => name.endsWith("_events") || name.endsWith("_event")) ?? null,
  }),
});
