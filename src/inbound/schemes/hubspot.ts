/** HubSpot, version 3: HMAC-SHA256 of method, URL, body and time. */
import { batchId, commonType, earliest } from "./batch.ts";
import { tryEach, urlRefusal, urlSetting } from "./declared.ts";
import { hexOf, withHeaders, withMembers } from "./draft.ts";
import { hmac, isSameDigest } from "./matching.ts";
import { refusal } from "./refusal.ts";
import { isObject, jsonOf, oneHeader, signedUrl, wordOf } from "./request-parts.ts";
import type { Scheme, SchemeFacts, SchemeRequest, Verdict, VerifyContext } from "./scheme.ts";
import { decodeSignature } from "./signature-key.ts";
import { readTime, timeRefusal } from "./signed-time.ts";

const signatureHeader = "x-hubspot-signature-v3";
const timeHeader = "x-hubspot-request-timestamp";
const toleranceMs = 300_000;

export const hubspot: Scheme = {
  name: "hubspot",
  title: "HubSpot",
  documentation:
    "https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation",
  secret: "The client secret of the app, from its Auth page.",
  secretRefusal: (text) => (/^\S{1,256}$/.test(text) ? null : "A client secret has no white space."),
  settings: [urlSetting],
  settingsRefusal: urlRefusal,
  toleranceMs,
  // https://developers.hubspot.com/docs/api/webhooks#retries
  answerDeadlineMs: 5_000,
  verify: verifyHubspot,
  facts: hubspotFacts,
  handshake: null,
  signer: {
    makeSecret(random) {
      const text = hexOf(random(16));
      const secret = [8, 12, 16, 20, 32].map((end, index) => text.slice([0, 8, 12, 16, 20][index], end)).join("-");
      return { secret, signingKey: secret };
    },
    sign(draft, { signingKey, nowMs, settings }) {
      const filled = withMembers(draft, {
        eventId: draft.deliveryId,
        subscriptionType: draft.type,
        occurredAt: nowMs,
      });
      const signature = signatureOf(signingKey, filled, decodedUrl(signedUrl(draft, settings)), String(nowMs)).toString(
        "base64",
      );
      return withHeaders(filled, {
        "X-HubSpot-Signature-v3": signature,
        "X-HubSpot-Request-Timestamp": String(nowMs),
      });
    },
  },
  custom: null,
};

function verifyHubspot(request: SchemeRequest, context: VerifyContext): Verdict {
  const header = oneHeader(request, signatureHeader);
  if (typeof header !== "string") return header;
  const time = oneHeader(request, timeHeader, "timestamp_missing");
  if (typeof time !== "string") return time;
  const signature = decodeSignature(header, "base64");
  if (signature === null) return refusal("signature_malformed", "The signature is not base64.");
  const signedMs = readTime(time, "milliseconds");
  if (signedMs === null) return refusal("timestamp_malformed", "The signed time is not in milliseconds.");
  // The page says that some characters are decoded; HubSpot's own client signs the URL as it is.
  const seen = signedUrl(request, context.settings);
  const urls = [...new Set([decodedUrl(seen), seen])];
  const verdict = tryEach(context.secrets, (secret) => {
    const matching = urls.filter((url) => isSameDigest(signatureOf(secret, request, url, time), signature));
    return matching.length > 0;
  });
  if (!verdict.ok) return verdict;
  return timeRefusal(signedMs, "milliseconds", { toleranceMs, ...context }) ?? verdict;
}

function signatureOf(secret: string, ...[request, url, time]: [SchemeRequest, string, string]): Buffer {
  return hmac("sha256", secret, request.method, url, request.body, time);
}

const decodedCharacters = ":/?@!$'()*,;";

/** The URL with those characters decoded that the page names. */
const decodedUrl = (url: string): string =>
  url.replaceAll(/%[0-9a-f]{2}/gi, (code) => {
    const character = String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return decodedCharacters.includes(character) ? character : code;
  });

/** Each attempt has `attemptNumber` in its body; the events' own numbers stay. They are unique only with the rest. */
function hubspotFacts({ body }: SchemeRequest): SchemeFacts {
  const value = jsonOf(body);
  const events = (Array.isArray(value) ? value : [value]).filter(isObject);
  const ids = events.map(({ eventId, subscriptionId, objectId, occurredAt }) =>
    wordOf(eventId) === null
      ? null
      : [eventId, subscriptionId, objectId, occurredAt].filter((part) => part !== undefined).join("-"),
  );
  const times = events.map(({ occurredAt }) => (Number.isSafeInteger(occurredAt) ? (occurredAt as number) : null));
  return {
    deliveryId: batchId(ids),
    type: commonType(events.map(({ subscriptionType }) => wordOf(subscriptionType))),
    occurredAtMs: earliest(times),
  };
}
