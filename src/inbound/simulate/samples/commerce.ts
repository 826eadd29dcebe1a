/**
 * Where things are sold and paid:
 * https://docs.stripe.com/api/events/object
 * https://shopify.dev/docs/api/webhooks, https://developer.paddle.com/webhooks/overview
 * https://razorpay.com/docs/webhooks/payloads/payments/, https://woocommerce.com/document/webhooks/
 * https://docs.lemonsqueezy.com/help/webhooks/example-payloads
 * https://developer.squareup.com/reference/square/webhooks
 * https://developer.paypal.com/api/rest/webhooks/event-names/
 */
import type { Sample, Samples } from "../sample.ts";

const stripeOf = (type: string, object: object): Sample => ({
  type,
  body: {
    object: "event",
    api_version: "2026-01-28",
    livemode: false,
    pending_webhooks: 1,
    data: { object },
    request: { id: null, idempotency_key: null },
  },
});

const stripe: readonly Sample[] = [
  stripeOf("checkout.session.completed", {
    id: "cs_test_1",
    object: "checkout.session",
    amount_total: 4200,
    currency: "eur",
    payment_status: "paid",
    status: "complete",
  }),
  stripeOf("invoice.paid", { id: "in_1", object: "invoice", amount_paid: 4200, currency: "eur", status: "paid" }),
  stripeOf("customer.subscription.deleted", { id: "sub_1", object: "subscription", status: "canceled" }),
];

const order = {
  id: 450_789_469,
  email: "jon@example.com",
  currency: "EUR",
  total_price: "42.00",
  line_items: [{ title: "Sail", quantity: 1, price: "42.00" }],
};

const shopify: readonly Sample[] = [
  { type: "orders/create", body: order },
  { type: "products/update", body: { id: 788_032_119, title: "Sail", vendor: "Harbour", status: "active" } },
];

const paddle: readonly Sample[] = [
  {
    type: "transaction.completed",
    body: { notification_id: "ntf_1", data: { id: "txn_1", status: "completed", currency_code: "EUR", items: [] } },
  },
  {
    type: "subscription.created",
    body: { notification_id: "ntf_2", data: { id: "sub_1", status: "active", currency_code: "EUR", items: [] } },
  },
];

const razorpay: readonly Sample[] = ["payment.captured", "payment.failed"].map((type) => ({
  type,
  body: {
    entity: "event",
    account_id: "acc_1",
    contains: ["payment"],
    payload: {
      payment: { entity: { id: "pay_1", entity: "payment", amount: 4200, currency: "INR", status: type.slice(8) } },
    },
  },
}));

const woocommerce: readonly Sample[] = [
  { type: "order.created", body: { id: 727, status: "processing", currency: "EUR", total: "42.00", line_items: [] } },
  { type: "product.updated", body: { id: 799, name: "Sail", status: "publish", price: "42.00" } },
];

const lemonsqueezy: readonly Sample[] = [
  {
    type: "order_created",
    body: {
      meta: { custom_data: { customer_id: "25" } },
      data: { type: "orders", id: "1", attributes: { status: "paid", total: 4200, currency: "EUR" } },
    },
  },
  {
    type: "subscription_created",
    body: { meta: {}, data: { type: "subscriptions", id: "1", attributes: { status: "active" } } },
  },
];

const square: readonly Sample[] = ["payment.created", "payment.updated"].map((type) => ({
  type,
  body: {
    merchant_id: "6SSW7HV8K2ST5",
    data: {
      type: "payment",
      id: "KkAkhdMsgzn59SM8A89WgKwekxLZY",
      object: { payment: { amount_money: { amount: 4200, currency: "EUR" }, status: "APPROVED" } },
    },
  },
}));

const paypal: readonly Sample[] = ["PAYMENT.CAPTURE.COMPLETED", "PAYMENT.CAPTURE.DENIED"].map((type) => ({
  type,
  body: {
    event_version: "1.0",
    resource_type: "capture",
    resource: { id: "27M47624FP291604U", status: "COMPLETED", amount: { currency_code: "EUR", value: "42.00" } },
  },
}));

export const commerceSamples: Samples = {
  stripe,
  shopify,
  paddle,
  razorpay,
  woocommerce,
  lemonsqueezy,
  square,
  paypal,
};
