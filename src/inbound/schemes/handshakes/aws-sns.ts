/** https://docs.aws.amazon.com/sns/latest/dg/http-subscription-confirmation-json.html */
import { confirmationUrl } from "../aws-sns-urls.ts";
import { refusal } from "../refusal.ts";
import { jsonOf, memberOf } from "../request-parts.ts";
import type { Handshake, HandshakeAnswer, Refusal, VerifyContext } from "../scheme.ts";
import { textAnswer } from "./challenge.ts";

export const snsHandshake: Handshake = {
  isSigned: true,
  answer({ body }, context) {
    if (context.settings.confirm_subscription !== "true") return null;
    const said = jsonOf(body);
    if (memberOf(said, "Type") !== "SubscriptionConfirmation") return null;
    return confirm(memberOf(said, "SubscribeURL"), context);
  },
};

async function confirm(
  subscribeUrl: unknown,
  { settings, fetchText }: VerifyContext,
): Promise<HandshakeAnswer | Refusal> {
  const url = typeof subscribeUrl === "string" ? confirmationUrl(subscribeUrl, settings.topic_arn ?? "") : null;
  if (url === null)
    return refusal("handshake_refused", "The `SubscribeURL` is not one that confirms this topic at SNS.");
  try {
    await fetchText(url);
  } catch {
    return refusal("provider_unavailable", "SNS did not take the confirmation just now.");
  }
  return textAnswer("");
}
