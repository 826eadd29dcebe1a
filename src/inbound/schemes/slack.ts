/** Slack: the Events API, and by forms slash commands and what people do with a message. */
import { declaredPreset } from "./declared.ts";
import { slackHandshake } from "./handshakes/slack.ts";
import { jsonValue } from "./json-value.ts";
import type { RequestValues } from "./request-values.ts";

export const slack = declaredPreset({
  name: "slack",
  title: "Slack",
  documentation: "https://docs.slack.dev/authentication/verifying-requests-from-slack",
  secret: "The signing secret of the app: Basic Information, App Credentials.",
  // https://docs.slack.dev/apis/events-api/#responding
  answerDeadlineMs: 3000,
  handshake: slackHandshake,
  custom: {
    signature: { place: "header:X-Slack-Signature", prefix: "v0=" },
    content: "v0:{timestamp}:{body}",
    timestamp: { place: "header:X-Slack-Request-Timestamp", unit: "seconds" },
    id: "body:event_id",
    type: "body:event.type",
    occurredAt: { place: "body:event_time", unit: "seconds" },
  },
  facts: (values, found) => ({
    ...found,
    deliveryId: found.deliveryId ?? ofForm(values, "trigger_id"),
    type:
      found.type ??
      values.one("body:type") ??
      (values.one("form:command") === null ? ofForm(values, "type") : "slash_command"),
  }),
});

/** A field of a slash command, or a member of what an interaction has in `payload`. */
function ofForm(values: RequestValues, name: string): string | null {
  const payload = values.one("form:payload");
  return payload === null ? values.one(`form:${name}`) : jsonValue(Buffer.from(payload), [name]);
}
