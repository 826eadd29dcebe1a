/** https://docs.slack.dev/reference/events/url_verification */
import { jsonOf, memberOf } from "../request-parts.ts";
import type { Handshake } from "../scheme.ts";
import { mayBe, repeated } from "./challenge.ts";

export const slackHandshake: Handshake = {
  isSigned: true,
  answer({ body }) {
    if (!mayBe(body, "url_verification")) return null;
    const said = jsonOf(body);
    return memberOf(said, "type") === "url_verification" ? repeated(memberOf(said, "challenge")) : null;
  },
};
