/** What presets read of requests as their providers' pages show them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { presets } from "../../src/inbound/schemes/presets.ts";
import type { SchemeFacts } from "../../src/inbound/schemes/scheme.ts";

const factsOf = (preset: string, headers: Record<string, string>, body: unknown): SchemeFacts => {
  const scheme = presets.get(preset);
  assert.ok(scheme, preset);
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const request = { method: "POST", url: "https://hooks.example.com/in/a", headers: Object.entries(headers).flat() };
  return scheme.facts({ ...request, body: Buffer.from(text) });
};

const at = (time: string): number => Date.parse(time);

interface Example {
  readonly preset: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly is: readonly [deliveryId: string | null, type: string | null, occurredAtMs: number | null];
}

const guid = "72d3162e-cc78-11e3-81ab-4c9367dc0958";

const examples: readonly Example[] = [
  { preset: "github", headers: { "X-GitHub-Delivery": guid, "X-GitHub-Event": "issues" }, is: [guid, "issues", null] },
  {
    preset: "gitlab",
    headers: { "Idempotency-Key": guid, "X-Gitlab-Event": "Push Hook" },
    is: [guid, "Push Hook", null],
  },
  {
    preset: "bitbucket",
    headers: { "X-Request-UUID": guid, "X-Event-Key": "repo:push" },
    is: [guid, "repo:push", null],
  },
  { preset: "gitea", headers: { "X-Gitea-Delivery": guid, "X-Gitea-Event": "push" }, is: [guid, "push", null] },
  { preset: "forgejo", headers: { "X-Forgejo-Delivery": guid, "X-Forgejo-Event": "push" }, is: [guid, "push", null] },
  {
    preset: "standard-webhooks",
    headers: { "webhook-id": "msg_1", "webhook-timestamp": "1" },
    body: { type: "user.created", timestamp: "2022-11-03T20:26:10.344522Z", data: {} },
    is: ["msg_1", "user.created", at("2022-11-03T20:26:10.344Z")],
  },
  {
    preset: "svix",
    headers: { "svix-id": "msg_1", "webhook-id": "msg_2" },
    body: { type: "a.b" },
    is: ["msg_1", "a.b", null],
  },
  {
    preset: "stripe",
    body: { id: "evt_1", type: "charge.refunded", created: 1_691_415_932, data: { object: { id: "ch_1" } } },
    is: ["evt_1", "charge.refunded", 1_691_415_932_000],
  },
  {
    preset: "stripe",
    body: { id: "evt_2", object: "v2.core.event", type: "v1.billing.meter", created: "2024-09-17T06:20:52.246Z" },
    is: ["evt_2", "v1.billing.meter", at("2024-09-17T06:20:52.246Z")],
  },
  {
    preset: "shopify",
    headers: {
      "X-Shopify-Topic": "orders/create",
      "X-Shopify-Webhook-Id": guid,
      "X-Shopify-Event-Id": "98880550-7158-44d4-b7cd-2c97c8a091b5",
      "X-Shopify-Triggered-At": "2023-03-29T18:00:27.877041743Z",
    },
    is: [guid, "orders/create", at("2023-03-29T18:00:27.877Z")],
  },
  {
    preset: "slack",
    body: { type: "event_callback", event_id: "Ev01", event_time: 1_234_567_890, event: { type: "app_mention" } },
    is: ["Ev01", "app_mention", 1_234_567_890_000],
  },
  { preset: "slack", body: { type: "app_rate_limited" }, is: [null, "app_rate_limited", null] },
  { preset: "slack", body: "command=%2Fdeploy&text=&trigger_id=1.2.x", is: ["1.2.x", "slash_command", null] },
  {
    preset: "slack",
    body: `payload=${encodeURIComponent('{"type":"block_actions","trigger_id":"3.4.y"}')}`,
    is: ["3.4.y", "block_actions", null],
  },
  {
    preset: "linear",
    headers: { "Linear-Delivery": guid, "Linear-Event": "Issue" },
    body: { action: "create", type: "Issue", createdAt: "2020-01-23T12:53:18.084Z", webhookTimestamp: 1 },
    is: [guid, "Issue", at("2020-01-23T12:53:18.084Z")],
  },
  {
    preset: "intercom",
    body: { type: "notification_event", id: "notif_1", topic: "contact.created", created_at: 1_392_731_331 },
    is: ["notif_1", "contact.created", 1_392_731_331_000],
  },
  {
    preset: "paddle",
    body: { event_id: "evt_01", event_type: "customer.created", occurred_at: "2023-08-21T11:57:47.390028Z" },
    is: ["evt_01", "customer.created", at("2023-08-21T11:57:47.390Z")],
  },
  {
    preset: "razorpay",
    headers: { "X-Razorpay-Event-Id": "Evt1" },
    body: { entity: "event", event: "payment.captured", created_at: 1_567_674_606 },
    is: ["Evt1", "payment.captured", 1_567_674_606_000],
  },
  {
    preset: "lemonsqueezy",
    headers: { "X-Event-Name": "order_created" },
    body: { meta: {}, data: { attributes: { updated_at: "2021-08-17T09:45:53.000000Z" } } },
    is: ["body-…", "order_created", at("2021-08-17T09:45:53Z")],
  },
  {
    preset: "vercel",
    body: { id: "uev_1", type: "deployment.created", createdAt: 1_660_000_000_123 },
    is: ["uev_1", "deployment.created", 1_660_000_000_123],
  },
  {
    preset: "typeform",
    body: { event_id: "LtWX", event_type: "form_response", form_response: { submitted_at: "2018-01-18T18:17:02Z" } },
    is: ["LtWX", "form_response", at("2018-01-18T18:17:02Z")],
  },
  {
    preset: "telegram",
    body: { update_id: 10_000, message: { date: 1_441_645_532, message_id: 1365 } },
    is: ["10000", "message", 1_441_645_532_000],
  },
  { preset: "telegram", body: { update_id: 7, poll_answer: {} }, is: ["7", "poll_answer", null] },
  {
    preset: "line",
    body: { events: [{ type: "message", webhookEventId: "01FZ", timestamp: 1_462_629_479_859 }] },
    is: ["01FZ", "message", 1_462_629_479_859],
  },
  { preset: "line", body: { destination: "x", events: [] }, is: [null, null, null] },
  {
    preset: "sentry",
    headers: { "Request-ID": guid, "Sentry-Hook-Resource": "issue", "Sentry-Hook-Timestamp": "1700000000" },
    is: [guid, "issue", 1_700_000_000_000],
  },
  {
    preset: "dropbox",
    body: { list_folder: { accounts: ["dbid:AAH"] }, delta: { users: [12_345_678] } },
    is: [null, null, null],
  },
  {
    preset: "zoom",
    body: { event: "meeting.started", event_ts: 1_626_230_691_572, payload: {} },
    is: ["body-…", "meeting.started", 1_626_230_691_572],
  },
  {
    preset: "timepad",
    body: { id: "22398586:56559903", status_raw: "ok", hook_generated_at: "2018-10-11 00:45:54", hook_guid: guid },
    is: [guid, "ok", null],
  },
  {
    preset: "meta",
    body: { object: "page", entry: [{ id: "0", time: 1_520_383_571, changes: [{ field: "feed" }] }] },
    is: ["body-…", "page", 1_520_383_571_000],
  },
  {
    preset: "meta",
    body: { object: "instagram", entry: [{ id: "0", time: 1_569_262_486_134, messaging: [] }] },
    is: ["body-…", "instagram", 1_569_262_486_134],
  },
  {
    preset: "mailgun",
    body: {
      signature: { timestamp: "1529006854", token: "a8ce0edb", signature: "d2271d" },
      "event-data": { event: "opened", timestamp: 1_529_006_854.329574, id: "DACSsAdV" },
    },
    is: ["a8ce0edb", "opened", 1_529_006_854_329],
  },
  {
    preset: "square",
    body: { event_id: guid, type: "payment.updated", created_at: "2020-11-22T21:16:51.086Z" },
    is: [guid, "payment.updated", at("2020-11-22T21:16:51.086Z")],
  },
  { preset: "asana", body: { events: [] }, is: ["body-…", null, null] },
  {
    // https://developers.asana.com/docs/webhooks-guide
    preset: "asana",
    body: {
      events: [
        { action: "added", created_at: "2026-01-31T12:00:00.000Z", resource: { gid: "1", resource_type: "task" } },
        { action: "added", created_at: "2026-01-31T11:59:59.000Z", resource: { gid: "2", resource_type: "task" } },
      ],
    },
    is: ["body-…", "task.added", Date.UTC(2026, 0, 31, 11, 59, 59)],
  },
  { preset: "x", body: { for_user_id: "2", favorite_events: [] }, is: ["body-…", "favorite_events", null] },
  { preset: "token", body: {}, is: [null, null, null] },
];

describe("the facts of a request", () => {
  for (const { preset, headers = {}, body = "{}", is } of examples) {
    it(`by ${preset} are ${is.join(", ")}`, () => {
      const { deliveryId, type, occurredAtMs } = factsOf(preset, headers, body);
      const shown = deliveryId?.replace(/^body-[0-9a-f]{32}$/, "body-…") ?? null;
      assert.deepEqual([shown, type, occurredAtMs], is);
    });
  }

  it("keep all digits of an id that is a number", () => {
    assert.equal(factsOf("telegram", {}, '{"update_id":12345678901234567890}').deliveryId, "12345678901234567890");
  });

  it("tell two WooCommerce orders of one second apart, and know a second attempt", () => {
    const headers = { "X-WC-Webhook-Delivery-ID": "2a1d8ba5", "X-WC-Webhook-Topic": "order.created" };
    const id = (body: unknown) => factsOf("woocommerce", headers, body).deliveryId;
    assert.notEqual(id({ id: 1 }), id({ id: 2 }));
    assert.equal(id({ id: 1 }), id({ id: 1 }));
    assert.equal(factsOf("woocommerce", {}, {}).deliveryId, null);
  });

  it("name a LINE request by all its events: one more makes it another", () => {
    const id = (...ids: string[]) =>
      factsOf("line", {}, { events: ids.map((webhookEventId) => ({ type: "message", webhookEventId })) }).deliveryId;
    assert.equal(new Set([id("a"), id("a", "b"), id("b", "a"), id("b")]).size, 4);
    assert.equal(id("a", "b"), id("a", "b"));
  });
});
