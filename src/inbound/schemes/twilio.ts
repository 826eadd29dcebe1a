/** Twilio: HMAC-SHA1 of the URL and the sorted fields of the form; of a JSON body the URL has the SHA-256. */
import { hash } from "node:crypto";
import { tryEach, urlRefusal, urlSetting } from "./declared.ts";
import { hexOf, withHeaders, withParameter } from "./draft.ts";
import { hmac, isSameDigest } from "./matching.ts";
import { refusal } from "./refusal.ts";
import { formOf, headerOf, mediaTypeOf, oneHeader, queryOf, signedUrl } from "./request-parts.ts";
import type { Refusal, Scheme, SchemeFacts, SchemeRequest, Verdict, VerifyContext } from "./scheme.ts";
import { decodeSignature, isSameText } from "./signature-key.ts";
import { twilioUrls } from "./twilio-urls.ts";

const signatureHeader = "x-twilio-signature";
const bodyParameter = "bodySHA256";
const formType = "application/x-www-form-urlencoded";

export const twilio: Scheme = {
  name: "twilio",
  title: "Twilio",
  documentation: "https://www.twilio.com/docs/usage/webhooks/webhooks-security",
  secret: "The auth token of the account or subaccount, from the Twilio Console.",
  secretRefusal: (text) => (/^\S{1,256}$/.test(text) ? null : "An auth token has no white space."),
  settings: [urlSetting],
  settingsRefusal: urlRefusal,
  toleranceMs: null,
  // https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
  answerDeadlineMs: 15_000,
  // An answer without TwiML is shown as a warning in the Console.
  answer: {
    status: 200,
    headers: ["content-type", "text/xml"],
    body: '<?xml version="1.0" encoding="UTF-8"?><Response></Response>',
  },
  verify: verifyTwilio,
  facts: twilioFacts,
  handshake: null,
  signer: {
    makeSecret(random) {
      const secret = hexOf(random(16));
      return { secret, signingKey: secret };
    },
    sign(draft, { signingKey, settings }) {
      const isForm = mediaTypeOf(draft) === formType || draft.body.length === 0;
      const url = isForm ? draft.url : withParameter(draft, bodyParameter, hash("sha256", draft.body));
      const seen = signedUrl({ url }, settings);
      const signature = signatureOf(signingKey, seen, (isForm ? fieldsOf(draft) : "") ?? "").toString("base64");
      return withHeaders(
        { ...draft, url },
        { "X-Twilio-Signature": signature, "I-Twilio-Idempotency-Token": draft.deliveryId },
      );
    },
  },
  custom: null,
};

function verifyTwilio(request: SchemeRequest, { secrets, settings }: VerifyContext): Verdict {
  const header = oneHeader(request, signatureHeader);
  if (typeof header !== "string") return header;
  const signature = decodeSignature(header, "base64");
  if (signature === null) return refusal("signature_malformed", "The signature is not base64.");
  const fields = coveredFields(request);
  if (typeof fields !== "string") return fields;
  const urls = twilioUrls(signedUrl(request, settings));
  return tryEach(secrets, (secret) => {
    const matching = urls.filter((url) => isSameDigest(signatureOf(secret, url, fields), signature));
    return matching.length > 0;
  });
}

const signatureOf = (secret: string, url: string, fields: string): Buffer => hmac("sha1", secret, url, fields);

/** What is signed behind the URL. A body that neither it nor the URL covers is refused. */
function coveredFields(request: SchemeRequest): string | Refusal {
  const digests = queryOf(request).getAll(bodyParameter);
  if (digests.length > 0) {
    const isOurs = digests.length === 1 && isSameText(digests[0] ?? "", hash("sha256", request.body));
    return isOurs
      ? ""
      : refusal("signature_mismatch", `The body is not the one that \`${bodyParameter}\` is the digest of.`);
  }
  if (request.body.length === 0) return "";
  if (mediaTypeOf(request) !== formType) {
    return refusal(
      "body_unreadable",
      `The signature covers no body but a form, or one with \`${bodyParameter}\` in the URL.`,
    );
  }
  return fieldsOf(request) ?? refusal("body_unreadable", "The form is not UTF-8, or has too many fields.");
}

/**
 * Names and values of a form, sorted; the values of a name that is repeated are sorted too, each once. Null where it
 * cannot be read.
 */
function fieldsOf({ body }: Pick<SchemeRequest, "body">): string | null {
  const form = formOf(body);
  if (form === null) return null;
  const values = new Map<string, Set<string>>();
  for (const [name, value] of form) {
    values.set(name, (values.get(name) ?? new Set()).add(value));
  }
  const names = [...values.keys()].sort();
  return names
    .map((name) =>
      [...values.get(name)!]
        .sort()
        .map((value) => name + value)
        .join(""),
    )
    .join("");
}

function twilioFacts(request: SchemeRequest): SchemeFacts {
  const fields = (mediaTypeOf(request) === formType ? formOf(request.body) : null) ?? queryOf(request);
  const message = fields.get("MessageStatus") ?? fields.get("SmsStatus");
  const call = fields.get("CallStatus");
  const type = fields.get("EventType") ?? (message ? `message.${message}` : null) ?? (call ? `call.${call}` : null);
  return { deliveryId: headerOf(request, "i-twilio-idempotency-token"), type, occurredAtMs: null };
}
