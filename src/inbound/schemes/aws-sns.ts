/** Amazon SNS: RSA over some of the members, by a certificate that is fetched from SNS. */
import { sign, verify } from "node:crypto";
import { isSnsCertificateUrl } from "./aws-sns-urls.ts";
import { withHeaders, withMembers } from "./draft.ts";
import { snsHandshake } from "./handshakes/aws-sns.ts";
import { JsonBody, type MemberTexts } from "./json-value.ts";
import { mismatch } from "./matching.ts";
import { certificateKey } from "./provider-certificate.ts";
import { isRefusal, refusal } from "./refusal.ts";
import { isObject, jsonOf, memberOf, wordOf } from "./request-parts.ts";
import type { Refusal, Scheme, SchemeRequest, Verdict, VerifyContext } from "./scheme.ts";
import { selfSigned } from "./self-signed.ts";
import { choiceRefusal } from "./settings-check.ts";
import { decodeSignature } from "./signature-key.ts";
import { readTime, timeRefusal } from "./signed-time.ts";

const domains = ["amazonaws.com", "amazonaws.com.cn"];
/** Of `SignatureVersion`: nothing else is taken, whatever a request says. */
const digests: Readonly<Record<string, string>> = { "1": "sha1", "2": "sha256" };

/**
 * SNS tries for an hour at most (https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html); a topic
 * that it sends slowly may have waited before.
 */
const toleranceMs = 24 * 3_600_000;

export const awsSns: Scheme = {
  name: "aws-sns",
  title: "Amazon SNS",
  documentation: "https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html",
  secret: null,
  secretRefusal: () => "SNS has no secret: it signs with a certificate.",
  settings: [
    {
      name: "topic_arn",
      description: "The topic: SNS signs for everyone who has a topic, so that any other is refused.",
      isRequired: true,
    },
    {
      name: "confirm_subscription",
      description: "`true`: a subscription of this URL to the topic is confirmed. Else its confirmation is an event.",
      isRequired: false,
    },
    {
      name: "signature_version",
      description: "`2`: signatures with SHA-1 are refused. Else both versions are taken.",
      isRequired: false,
    },
  ],
  settingsRefusal: ({ topic_arn: topic = "", ...others }) =>
    /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]{1,256}$/.test(topic)
      ? choiceRefusal(others, { confirm_subscription: ["true", "false"], signature_version: ["1", "2"] })
      : "`topic_arn` is the ARN of a topic, such as `arn:aws:sns:us-east-1:123456789012:orders`.",
  toleranceMs,
  // https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html
  answerDeadlineMs: 15_000,
  verify: verifySns,
  facts({ body }) {
    const said = jsonOf(body);
    const type = wordOf(memberOf(said, "Type"));
    return {
      deliveryId: wordOf(memberOf(said, "MessageId")),
      type,
      occurredAtMs: readTime(wordOf(memberOf(said, "Timestamp")) ?? "", "rfc3339"),
    };
  },
  handshake: snsHandshake,
  signer: {
    makeSecret() {
      const { certificate, privateKey } = selfSigned("sns.us-east-1.amazonaws.com");
      return { secret: certificate, signingKey: privateKey };
    },
    sign(draft, { signingKey, nowMs, settings }) {
      const isEnvelope = isObject(jsonOf(draft.body)) && memberOf(jsonOf(draft.body), "Message") !== undefined;
      const text = Buffer.from(draft.body).toString("utf8");
      const filled = withMembers(
        isEnvelope ? draft : { ...draft, body: Buffer.from(JSON.stringify({ Message: text })) },
        {
          Type: signedMembers(draft.type) === null ? "Notification" : draft.type,
          MessageId: draft.deliveryId,
          TopicArn: settings.topic_arn,
          Timestamp: new Date(nowMs).toISOString(),
          SignatureVersion: settings.signature_version ?? "1",
          SigningCertURL: `https://sns.us-east-1.amazonaws.com/SimpleNotificationService-${"0".repeat(32)}.pem`,
        },
      );
      const said = textsOf(filled.body) ?? new Map<string, string>();
      const digest = digests[said.get("SignatureVersion") ?? ""]!;
      const signature = sign(digest, contentOf(said) ?? Buffer.alloc(0), signingKey);
      const signed = withMembers(filled, { Signature: signature.toString("base64") });
      return withHeaders(signed, {
        "x-amz-sns-message-type": said.get("Type") ?? "",
        "content-type": "text/plain; charset=UTF-8",
      });
    },
  },
  custom: null,
};

async function verifySns({ body }: SchemeRequest, context: VerifyContext): Promise<Verdict> {
  const said = textsOf(body);
  if (said === null) return refusal("body_unreadable", "The body is no message of SNS; is raw delivery switched on?");
  const signature = said.get("Signature");
  const version = said.get("SignatureVersion");
  if (typeof signature !== "string") return refusal("signature_missing", "The body has no `Signature`.");
  const { topic_arn: wanted, signature_version: only } = context.settings;
  if (wanted === undefined) return refusal("secret_missing", "The source has no `topic_arn`.");
  if (said.get("TopicArn") !== wanted) return refusal("signature_mismatch", "The message is of another topic.");
  const digest = typeof version === "string" && Object.hasOwn(digests, version) ? digests[version] : undefined;
  if (digest === undefined || (only !== undefined && version !== only)) {
    return refusal("signature_malformed", "The `SignatureVersion` is not one that is taken.");
  }
  const bytes = decodeSignature(signature, "base64");
  if (bytes === null) return refusal("signature_malformed", "The `Signature` is not base64.");
  const content = contentOf(said);
  if (content === null) return refusal("body_unreadable", "A member that is signed is missing, or no text.");
  const key = await keyAt(said.get("SigningCertURL"), context);
  if (isRefusal(key)) return key;
  if (!verify(digest, content, key, bytes)) return mismatch;
  const signedMs = readTime(said.get("Timestamp") ?? "", "rfc3339");
  if (signedMs === null) return refusal("timestamp_malformed", "The `Timestamp` is none.");
  return timeRefusal(signedMs, "rfc3339", { toleranceMs, ...context }) ?? { ok: true, secret: 0 };
}

function keyAt(url: unknown, context: VerifyContext): ReturnType<typeof certificateKey> | Refusal {
  if (typeof url !== "string" || !isSnsCertificateUrl(url)) {
    return refusal("certificate_refused", "The `SigningCertURL` is not one of SNS.");
  }
  return certificateKey({ url, domains }, context);
}

const notificationMembers = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"];
const confirmationMembers = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];
const otherMembers = ["Signature", "SigningCertURL", "SignatureVersion"];
const members = [...new Set([...notificationMembers, ...confirmationMembers, ...otherMembers])];

/** What the verification reads. Nothing is built of the rest: everybody may send any. */
const textsOf = (body: Uint8Array): MemberTexts | null => new JsonBody(body).texts(members);

/** The members that are signed, in order; null where the type has none. */
function signedMembers(type: unknown): readonly string[] | null {
  if (type === "Notification") return notificationMembers;
  return type === "SubscriptionConfirmation" || type === "UnsubscribeConfirmation" ? confirmationMembers : null;
}

/** What is signed; null where a member is no text, or one is missing that is not `Subject`. */
function contentOf(said: MemberTexts): Buffer | null {
  const names = signedMembers(said.get("Type"));
  if (names === null) return null;
  let content = "";
  for (const name of names) {
    if (name === "Subject" && !said.has(name)) continue;
    const value = said.get(name) ?? null;
    if (value === null) return null;
    content += `${name}\n${value}\n`;
  }
  return Buffer.from(content);
}
