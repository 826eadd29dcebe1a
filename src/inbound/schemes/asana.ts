import { commonType, earliest } from "./batch.ts";
import { bodyName } from "./body-name.ts";
import { declaredPreset } from "./declared.ts";
import { asanaHandshake } from "./handshakes/asana.ts";
import { acceptSetting, handshakeRefusal, tokenSetting } from "./handshakes/challenge.ts";
import { jsonOf, memberOf, wordOf } from "./request-parts.ts";
import { readTime } from "./signed-time.ts";

/** A request has several events, each with its time, or none as a sign of life. */
export const asana = declaredPreset({
  name: "asana",
  title: "Asana",
  documentation: "https://developers.asana.com/docs/webhooks-guide",
  secret: "The secret that Asana sends as `X-Hook-Secret` when the webhook is made.",
  // https://developers.asana.com/docs/webhooks-guide
  answerDeadlineMs: 10_000,
  secretFrom: "handshake",
  settings: [tokenSetting, acceptSetting],
  settingsRefusal: handshakeRefusal,
  handshake: asanaHandshake,
  custom: { signature: { place: "header:X-Hook-Signature" } },
  facts: ({ request }) => {
    const said = memberOf(jsonOf(request.body), "events");
    const events: readonly unknown[] = Array.isArray(said) ? said : [];
    return {
      deliveryId: bodyName(request),
      type: commonType(events.map(typeOf)),
      occurredAtMs: earliest(events.map((one) => readTime(wordOf(memberOf(one, "created_at")) ?? "", "rfc3339"))),
    };
  },
});

/** Such as `task.added`: what it happened to, and what it was. */
function typeOf(event: unknown): string | null {
  const [resource, action] = [memberOf(event, "resource", "resource_type"), memberOf(event, "action")].map(wordOf);
  return resource == null || action == null ? null : `${resource}.${action}`;
}
