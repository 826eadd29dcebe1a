/**
 * A webhook that was just made is tried with its number, which nobody signs; without 200 it is shown as an error:
 * `deliver_ping` in
 * https://github.com/woocommerce/woocommerce/blob/trunk/plugins/woocommerce/includes/class-wc-webhook.php
 */
import { headerOf } from "../request-parts.ts";
import type { Handshake } from "../scheme.ts";
import { textAnswer, tokenRefusal } from "./challenge.ts";

const pingBytesMax = 40;

export const woocommerceHandshake: Handshake = {
  isSigned: false,
  answer(request, context) {
    const { method, body } = request;
    if (method !== "POST" || body.length > pingBytesMax || headerOf(request, "x-wc-webhook-signature") !== null) {
      return null;
    }
    return /^webhook_id=\d+$/.test(Buffer.from(body).toString("latin1"))
      ? (tokenRefusal(request, context) ?? textAnswer(""))
      : null;
  },
};
