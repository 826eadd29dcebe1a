import { bodyName } from "./body-name.ts";
import { declaredPreset } from "./declared.ts";
import { zoomHandshake } from "./handshakes/zoom.ts";

/** Its bodies have `event_ts`, in milliseconds. */
export const zoom = declaredPreset({
  name: "zoom",
  title: "Zoom",
  documentation: "https://developers.zoom.us/docs/api/webhooks/#verify-webhook-events",
  secret: "The secret token of the app: Features, Access.",
  // https://developers.zoom.us/docs/api/webhooks/
  answerDeadlineMs: 3000,
  handshake: zoomHandshake,
  custom: {
    signature: { place: "header:X-Zm-Signature", prefix: "v0=" },
    content: "v0:{timestamp}:{body}",
    timestamp: { place: "header:X-Zm-Request-Timestamp", unit: "seconds" },
    type: "body:event",
    occurredAt: { place: "body:event_ts", unit: "milliseconds" },
  },
  facts: ({ request }, found) => ({ ...found, deliveryId: bodyName(request) }),
});
