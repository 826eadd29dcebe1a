import { declaredPreset } from "./declared.ts";

/** `hook_guid` is the same on every attempt, which `hook_resend` counts; its times have no zone. */
export const timepad = declaredPreset({
  name: "timepad",
  title: "TimePad",
  documentation: "https://dev.timepad.ru/api/hooks/",
  secret: "The secret of the webhook, which you choose in the settings of the organization.",
  secretFrom: "receiver",
  answerDeadlineMs: null,
  custom: {
    algorithm: "hmac-sha1",
    signature: { place: "header:X-Hub-Signature", prefix: "sha1=" },
    id: "body:hook_guid",
    type: "body:status_raw",
  },
});
