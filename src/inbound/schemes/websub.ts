/** WebSub: an HMAC by the secret of the subscription. The hub names the hash, of those that the source takes. */
import { hash } from "node:crypto";
import { tryEach } from "./declared.ts";
import { hexOf, withHeaders } from "./draft.ts";
import { acceptSetting, tokenSetting } from "./handshakes/challenge.ts";
import { websubHandshake } from "./handshakes/websub.ts";
import { hmac, isSameDigest } from "./matching.ts";
import { refusal } from "./refusal.ts";
import { oneHeader } from "./request-parts.ts";
import type { Scheme, SchemeRequest, Verdict, VerifyContext } from "./scheme.ts";
import { choiceRefusal, listRefusal } from "./settings-check.ts";
import { decodeSignature } from "./signature-key.ts";

const signatureHeader = "x-hub-signature";
/** https://www.w3.org/TR/websub/#recognized-algorithms-0 */
const algorithms = ["sha1", "sha256", "sha384", "sha512"] as const;
const defaults = "sha256,sha384,sha512";

export const websub: Scheme = {
  name: "websub",
  title: "WebSub",
  documentation: "https://www.w3.org/TR/websub/#authenticated-content-distribution",
  secret: "The `hub.secret` of the subscription: less than 200 bytes.",
  secretFrom: "receiver",
  secretRefusal: (text) => (/^[\x21-\x7e]{16,199}$/.test(text) ? null : "It has 16 to 199 printable ASCII characters."),
  settings: [
    { name: "topic", description: "The topic: only a subscription to it is confirmed.", isRequired: true },
    tokenSetting,
    acceptSetting,
    { name: "unsubscribe", description: "`accept`: the end of a subscription is confirmed.", isRequired: false },
    {
      name: "algorithms",
      description: `Hashes that are taken, divided by commas; else ${defaults}. Some hubs have sha1 only.`,
      isRequired: false,
    },
  ],
  settingsRefusal: (settings) =>
    choiceRefusal(settings, { handshake: ["accept"], unsubscribe: ["accept"] }) ??
    listRefusal(settings, { name: "algorithms", values: algorithms }),
  toleranceMs: null,
  answerDeadlineMs: null,
  verify: verifyWebsub,
  /** A hub names neither its deliveries nor what happened: the content is the topic's. */
  facts: ({ body }) => ({ deliveryId: `sha256-${hash("sha256", body)}`, type: null, occurredAtMs: null }),
  handshake: websubHandshake,
  signer: {
    makeSecret(random) {
      const secret = hexOf(random(32));
      return { secret, signingKey: secret };
    },
    sign(draft, { signingKey, settings }) {
      const algorithm = taken(settings)[0] ?? "sha256";
      const signature = hmac(algorithm, signingKey, draft.body).toString("hex");
      return withHeaders(draft, { "X-Hub-Signature": `${algorithm}=${signature}` });
    },
  },
  custom: null,
};

const taken = ({ algorithms: named = defaults }: Readonly<Record<string, string>>) =>
  algorithms.filter((algorithm) => named.split(",").some((name) => name.trim() === algorithm));

function verifyWebsub(request: SchemeRequest, { secrets, settings }: VerifyContext): Verdict {
  const header = oneHeader(request, signatureHeader);
  if (typeof header !== "string") return header;
  const [, method = "", text = ""] = /^([a-z0-9]+)=(.*)$/.exec(header) ?? [];
  const algorithm = taken(settings).find((name) => name === method);
  if (algorithm === undefined) {
    return refusal("signature_malformed", "The signature's hash is not one of the source's `algorithms`.");
  }
  const signature = decodeSignature(text, "hex");
  if (signature === null) return refusal("signature_malformed", "The signature is not in hexadecimal digits.");
  return tryEach(secrets, (secret) => isSameDigest(hmac(algorithm, secret, request.body), signature));
}
