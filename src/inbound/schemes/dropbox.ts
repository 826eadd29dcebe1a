import { declaredPreset } from "./declared.ts";
import { acceptSetting, handshakeRefusal, tokenSetting } from "./handshakes/challenge.ts";
import { dropboxHandshake } from "./handshakes/dropbox.ts";

/** A request says only whose files changed: two that are equal are two events, so nothing names them. */
export const dropbox = declaredPreset({
  name: "dropbox",
  title: "Dropbox",
  documentation: "https://www.dropbox.com/developers/reference/webhooks",
  secret: "The app secret: App Console, Settings.",
  // https://www.dropbox.com/developers/reference/webhooks
  answerDeadlineMs: 10_000,
  settings: [tokenSetting, acceptSetting],
  settingsRefusal: handshakeRefusal,
  handshake: dropboxHandshake,
  custom: { signature: { place: "header:X-Dropbox-Signature" } },
});
