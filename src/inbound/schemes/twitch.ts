/** Twitch EventSub: HMAC-SHA256 over id, time and body. */
import { declaredPreset } from "./declared.ts";
import { twitchHandshake } from "./handshakes/twitch.ts";

export const twitch = declaredPreset({
  name: "twitch",
  title: "Twitch EventSub",
  documentation: "https://dev.twitch.tv/docs/eventsub/handling-webhook-events/#verifying-the-event-message",
  secret: "The secret that was given when the subscription was made: 10 to 100 ASCII characters.",
  answerDeadlineMs: null,
  secretFrom: "receiver",
  secretRefusal: (text) =>
    /^[\x20-\x7e]{10,100}$/.test(text) ? null : "Twitch takes secrets of 10 to 100 ASCII characters.",
  custom: {
    signature: { place: "header:Twitch-Eventsub-Message-Signature", prefix: "sha256=" },
    content: "{id}{timestamp}{body}",
    timestamp: { place: "header:Twitch-Eventsub-Message-Timestamp", unit: "rfc3339" },
    // https://dev.twitch.tv/docs/eventsub/#handling-duplicate-events
    toleranceMs: 600_000,
    id: "header:Twitch-Eventsub-Message-Id",
    type: "header:Twitch-Eventsub-Subscription-Type",
    occurredAt: { place: "header:Twitch-Eventsub-Message-Timestamp", unit: "rfc3339" },
  },
  // The end of a subscription has the type of its events.
  facts: (values, found) =>
    values.one("header:Twitch-Eventsub-Message-Type") === "revocation" ? { ...found, type: "revocation" } : found,
  handshake: twitchHandshake,
});
