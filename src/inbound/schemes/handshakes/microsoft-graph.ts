/** https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks#notificationurl-validation */
import { queryOf } from "../request-parts.ts";
import type { Handshake } from "../scheme.ts";
import { repeated, tokenRefusal } from "./challenge.ts";

export const graphHandshake: Handshake = {
  isSigned: false,
  answer(request, context) {
    const tokens = queryOf(request).getAll("validationToken");
    if (tokens.length === 0) return null;
    return tokenRefusal(request, context) ?? repeated(tokens.length === 1 ? tokens[0] : null);
  },
};
