/** https://docs.x.com/x-api/webhooks/quickstart#2-the-crc-check */
import { hmac, isSameDigest } from "../matching.ts";
import { isRefusal, refusal } from "../refusal.ts";
import { headerOf, queryOf } from "../request-parts.ts";
import type { Handshake, Refusal, SchemeRequest, VerifyContext } from "../scheme.ts";
import { jsonAnswer, tokenRefusal, unrepeatable } from "./challenge.ts";

/**
 * The answer is the signature of the token by the secret that also signs events, so that whoever may choose the token
 * has anything signed. Of these characters no event is made.
 */
const tokens = /^[A-Za-z0-9+/=_-]{8,128}$/;

export const twitterHandshake: Handshake = {
  isSigned: false,
  methods: ["GET"],
  answer(request, context) {
    const [token, ...others] = queryOf(request).getAll("crc_token");
    if (request.method !== "GET" || token === undefined) return null;
    if (others.length > 0 || !tokens.test(token)) return unrepeatable;
    const [newest] = context.secrets;
    if (newest === undefined) return refusal("secret_missing", "The source has no secret that is still valid.");
    const secret = signer(request, context);
    if (isRefusal(secret)) return secret;
    return jsonAnswer({ response_token: `sha256=${hmac("sha256", secret ?? newest, token).toString("base64")}` });
  },
};

/** The secret that signed the query; null where it need not be signed. */
function signer(request: SchemeRequest, context: VerifyContext): string | null | Refusal {
  const signature = headerOf(request, "x-twitter-webhooks-signature");
  const signed = request.url.slice(request.url.indexOf("?") + 1);
  const secret = context.secrets.find((candidate) => {
    const made = `sha256=${hmac("sha256", candidate, signed).toString("base64")}`;
    return isSameDigest(Buffer.from(made), Buffer.from(signature ?? ""));
  });
  if (secret !== undefined) return secret;
  const refused = tokenRefusal(request, context);
  if (refused === null || signature === null) return refused;
  return refusal("signature_mismatch", "The signature of the query is not by a secret of the source.");
}
