import { batchId, commonType } from "./batch.ts";
import { declaredPreset } from "./declared.ts";
import { jsonOf, memberOf, wordOf } from "./request-parts.ts";

/** A request has several events, or none: LINE's own test of the URL. It is named by all of them. */
export const line = declaredPreset({
  name: "line",
  title: "LINE Messaging API",
  documentation: "https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/",
  secret: "The channel secret: LINE Developers Console, Basic settings.",
  // https://developers.line.biz/en/docs/messaging-api/check-webhook-error-statistics/
  answerDeadlineMs: 2000,
  custom: {
    signature: { place: "header:X-Line-Signature", encoding: "base64" },
    id: "body:events.0.webhookEventId",
    type: "body:events.0.type",
    occurredAt: { place: "body:events.0.timestamp", unit: "milliseconds" },
  },
  facts: ({ request }, found) => {
    const events = memberOf(jsonOf(request.body), "events");
    const members = (name: string) => (Array.isArray(events) ? events : []).map((one) => wordOf(memberOf(one, name)));
    return { ...found, deliveryId: batchId(members("webhookEventId")), type: commonType(members("type")) };
  },
});
