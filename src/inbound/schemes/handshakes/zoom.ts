/** https://developers.zoom.us/docs/api/webhooks/#validate-your-webhook-endpoint */
import { hmac, isSameDigest } from "../matching.ts";
import { headerOf, jsonOf, memberOf } from "../request-parts.ts";
import type { Handshake, SchemeRequest } from "../scheme.ts";
import { isRepeatable, jsonAnswer, mayBe, unrepeatable } from "./challenge.ts";

export const zoomHandshake: Handshake = {
  isSigned: true,
  answer(request, { secrets }) {
    if (!mayBe(request.body, "endpoint.url_validation")) return null;
    const said = jsonOf(request.body);
    if (memberOf(said, "event") !== "endpoint.url_validation") return null;
    const plainToken = memberOf(said, "payload", "plainToken");
    const secret = secrets.find((candidate) => isSignedBy(request, candidate));
    // A colon would make the answer a signature: those are made of `v0:`, the time and the body.
    if (secret === undefined || !isRepeatable(plainToken) || plainToken.includes(":")) return unrepeatable;
    return jsonAnswer({ plainToken, encryptedToken: hmac("sha256", secret, plainToken).toString("hex") });
  },
};

/** It was verified before; this says by which secret. */
function isSignedBy(request: SchemeRequest, secret: string): boolean {
  const time = headerOf(request, "x-zm-request-timestamp") ?? "";
  const made = `v0=${hmac("sha256", secret, `v0:${time}:`, request.body).toString("hex")}`;
  return isSameDigest(Buffer.from(made), Buffer.from(headerOf(request, "x-zm-signature") ?? ""));
}
