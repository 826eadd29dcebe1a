/**
 * Where people talk and are written to:
 * https://docs.slack.dev/apis/events-api/, https://docs.discord.com/developers/events/webhook-events
 * https://core.telegram.org/bots/api#update
 * https://developers.line.biz/en/reference/messaging-api/#webhook-event-objects
 * https://www.twilio.com/docs/messaging/guides/webhook-request
 * https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
 * https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhooks
 * https://developers.facebook.com/docs/graph-api/webhooks/getting-started#event-notifications
 * https://docs.x.com/x-api/account-activity/introduction, https://dev.twitch.tv/docs/eventsub/eventsub-reference/
 * https://developers.intercom.com/docs/webhooks, https://developers.zoom.us/docs/api/webhooks/
 */
import { formType, type Sample, type Samples } from "../sample.ts";

const slack: readonly Sample[] = ["app_mention", "message"].map((type) => ({
  type,
  body: {
    token: "ZZZZZZWSxiZZZ2yIvs3peJ",
    team_id: "T061EG9R6",
    api_app_id: "A0MDYCDME",
    event: { type, user: "U061F7AUR", text: "Is the sail mended?", ts: "1515449522.000016", channel: "C0LAN2Q65" },
    type: "event_callback",
    authed_users: ["U0LAN0Z89"],
  },
}));

const discord: readonly Sample[] = [
  {
    type: "APPLICATION_AUTHORIZED",
    body: {
      version: 1,
      application_id: "1234560123453231555",
      type: 1,
      event: { data: { integration_type: 1, scopes: ["applications.commands"], user: { id: "1", username: "mira" } } },
    },
  },
];

const person = { id: 1_111_111, is_bot: false, first_name: "Mira" };
const telegram: readonly Sample[] = [
  {
    type: "message",
    numberedBy: "update_id",
    body: { message: { message_id: 1365, from: person, chat: { id: 1_111_111, type: "private" }, text: "/start" } },
  },
  {
    type: "callback_query",
    numberedBy: "update_id",
    body: { callback_query: { id: "4382bfdwdsb323b2d9", from: person, chat_instance: "1", data: "yes" } },
  },
];

const line: readonly Sample[] = ["message", "follow"].map((type) => ({
  type,
  body: {
    destination: "U8e742f61d673b39c7fff3cecb7536ef0",
    events: [
      {
        mode: "active",
        source: { type: "user", userId: "U4af4980629" },
        replyToken: "38ef843bde154d9b91c21320ffd17a0f",
        ...(type === "message" && { message: { type: "text", id: "14353798921116", text: "Hello" } }),
      },
    ],
  },
}));

const twilio: readonly Sample[] = [
  {
    type: "message.received",
    contentType: formType,
    body: new URLSearchParams({
      MessageSid: "SM00000000000000000000000000000001",
      SmsStatus: "received",
      From: "+15005550006",
      To: "+15005550001",
      Body: "Is the sail mended? ⛵",
      NumMedia: "0",
    }).toString(),
  },
  {
    type: "message.delivered",
    contentType: formType,
    body: "MessageSid=SM00000000000000000000000000000001&MessageStatus=delivered&To=%2B15005550001",
  },
];

const sendgrid: readonly Sample[] = ["delivered", "open"].map((type) => ({
  type,
  body: [{ email: "jon@example.com", "smtp-id": "<14c5d75ce93@example.com>", sg_message_id: "14c5d75ce93.filter-1" }],
}));

const mailgun: readonly Sample[] = ["delivered", "failed"].map((type) => ({
  type,
  body: {
    "event-data": { id: "CPgfbmQMTCKtHW6uIWtuVe", recipient: "jon@example.com", "log-level": "info", tags: [] },
  },
}));

const meta: readonly Sample[] = [
  {
    type: "page",
    body: { entry: [{ id: "104", changes: [{ field: "feed", value: { item: "status", verb: "add" } }] }] },
  },
  {
    type: "whatsapp_business_account",
    body: { entry: [{ id: "105", changes: [{ field: "messages", value: { messaging_product: "whatsapp" } }] }] },
  },
];

const x: readonly Sample[] = ["tweet_create_events", "favorite_events"].map((type) => ({
  type,
  body: { for_user_id: "2244994945", [type]: [{ id_str: "1", created_at: "Sat Jan 31 12:00:00 +0000 2026" }] },
}));

const twitch: readonly Sample[] = ["stream.online", "channel.follow"].map((type) => ({
  type,
  body: {
    subscription: { id: "f1c2a387-161a-49f9-a165-0f21d7a4e1c4", type, version: "1", status: "enabled", cost: 0 },
    event: { broadcaster_user_id: "1337", broadcaster_user_login: "mira", broadcaster_user_name: "Mira" },
  },
}));

const intercom: readonly Sample[] = ["conversation.user.created", "contact.created"].map((type) => ({
  type,
  body: {
    type: "notification_event",
    app_id: "a86dr8yl",
    data: { type: "notification_event_data", item: { type: type.split(".")[0], id: "1" } },
    delivery_attempts: 1,
  },
}));

const zoom: readonly Sample[] = ["meeting.started", "meeting.ended"].map((type) => ({
  type,
  body: { payload: { account_id: "AAAAAABBBB", object: { id: "1234567890", topic: "Sails", type: 2 } } },
}));

export const messageSamples: Samples = {
  slack,
  discord,
  telegram,
  line,
  twilio,
  sendgrid,
  mailgun,
  meta,
  x,
  twitch,
  intercom,
  zoom,
};
