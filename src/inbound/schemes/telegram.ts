import { declaredPreset } from "./declared.ts";
import { readTime } from "./signed-time.ts";

const secretPattern = /^[A-Za-z0-9_-]{1,256}$/;

/** An update has one member beside its id: that is its type. */
export const telegram = declaredPreset({
  name: "telegram",
  title: "Telegram bot",
  documentation: "https://core.telegram.org/bots/api#setwebhook",
  secret: "The `secret_token` that you gave `setWebhook`.",
  secretFrom: "receiver",
  answerDeadlineMs: null,
  secretRefusal: (text) =>
    secretPattern.test(text) ? null : "A secret token has 1 to 256 letters, digits, `_` and `-`.",
  custom: {
    algorithm: "token",
    signature: { place: "header:X-Telegram-Bot-Api-Secret-Token" },
    id: "body:update_id",
  },
  facts: (values, found) => {
    const type = values.names().find((name) => name !== "update_id") ?? null;
    const date = type === null ? null : values.one(`body:${type}.date`);
    return { ...found, type, occurredAtMs: date === null ? null : readTime(date, "seconds") };
  },
});
