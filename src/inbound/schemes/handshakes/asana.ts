/** https://developers.asana.com/docs/webhooks-guide#the-webhook-handshake */
import { headerValues } from "../../../core/received-request.ts";
import { refusal } from "../refusal.ts";
import type { Handshake } from "../scheme.ts";
import { tokenRefusal } from "./challenge.ts";

/** The secret comes with the handshake. It is taken once: whoever sends another later is not Asana, for all we know. */
export const asanaHandshake: Handshake = {
  isSigned: false,
  answer(request, context) {
    const values = headerValues(request.headers, "x-hook-secret");
    if (values.length === 0) return null;
    if (context.settings.handshake !== "accept") {
      return refusal("handshake_refused", "The source does not say `handshake: accept`.");
    }
    if (context.secrets.length > 0) return refusal("handshake_refused", "The source has a secret already.");
    const refused = tokenRefusal(request, context);
    if (refused !== null) return refused;
    const [secret = ""] = values;
    if (values.length > 1 || !/^[A-Za-z0-9_-]{16,256}$/.test(secret)) {
      return refusal("handshake_refused", "The `X-Hook-Secret` is no secret of Asana's.");
    }
    return {
      status: 200,
      headers: [
        "x-hook-secret",
        secret,
        "content-type",
        "text/plain; charset=utf-8",
        "x-content-type-options",
        "nosniff",
      ],
      body: "",
      secretToKeep: secret,
    };
  },
};
