import { batchId, commonType } from "./batch.ts";
import { declaredPreset } from "./declared.ts";
import type { RequestValues } from "./request-values.ts";

/** More events than LINE puts into one request. */
const eventsMax = 100;

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
  facts: (values, found) => ({
    ...found,
    deliveryId: batchId(members(values, "webhookEventId")),
    type: commonType(members(values, "type")),
  }),
});

function members(values: RequestValues, name: string): string[] {
  const found: string[] = [];
  for (let index = 0; index < eventsMax; index++) {
    const value = values.one(`body:events.${index}.${name}`);
    if (value === null) break;
    found.push(value);
  }
  return found;
}
