import { createHash } from "node:crypto";
import { declaredPreset } from "./declared.ts";
import { acceptSetting, handshakeRefusal, tokenSetting } from "./handshakes/challenge.ts";
import { woocommerceHandshake } from "./handshakes/woocommerce.ts";

/**
 * `X-WC-Webhook-Delivery-ID` is made of the webhook and the second: two orders within one have the same. So the body
 * is part of a delivery's name, or the second order would be taken for a copy of the first: `get_new_delivery_id` in
 * https://github.com/woocommerce/woocommerce/blob/trunk/plugins/woocommerce/includes/class-wc-webhook.php
 */
export const woocommerce = declaredPreset({
  name: "woocommerce",
  title: "WooCommerce",
  documentation: "https://woocommerce.com/document/webhooks/",
  secret: "The secret of the webhook, which you choose: WooCommerce, Settings, Advanced, Webhooks.",
  secretFrom: "receiver",
  // `MINUTE_IN_SECONDS` of the same file.
  answerDeadlineMs: 60_000,
  settings: [tokenSetting, acceptSetting],
  settingsRefusal: handshakeRefusal,
  handshake: woocommerceHandshake,
  custom: {
    signature: { place: "header:X-WC-Webhook-Signature", encoding: "base64" },
    id: "header:X-WC-Webhook-Delivery-ID",
    type: "header:X-WC-Webhook-Topic",
  },
  facts: ({ request }, found) => ({
    ...found,
    deliveryId:
      found.deliveryId === null
        ? null
        : `${found.deliveryId}-${createHash("sha256").update(request.body).digest("hex").slice(0, 32)}`,
  }),
});
