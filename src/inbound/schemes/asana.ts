import { bodyName } from "./body-name.ts";
import { declaredPreset } from "./declared.ts";
import { asanaHandshake } from "./handshakes/asana.ts";
import { acceptSetting, handshakeRefusal, tokenSetting } from "./handshakes/challenge.ts";

/** A request has several events, each with its time, or none as a sign of life. */
export const asana = declaredPreset({
  name: "asana",
  title: "Asana",
  documentation: "https://developers.asana.com/docs/webhooks-guide",
  secret: "The secret that Asana sends as `X-Hook-Secret` when the webhook is made.",
  // https://developers.asana.com/docs/webhooks-guide
  answerDeadlineMs: 10_000,
  secretFrom: "handshake",
  settings: [tokenSetting, acceptSetting],
  settingsRefusal: handshakeRefusal,
  handshake: asanaHandshake,
  custom: { signature: { place: "header:X-Hook-Signature" } },
  facts: ({ request }, found) => ({ ...found, deliveryId: bodyName(request) }),
});
