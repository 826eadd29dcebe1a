/** https://www.dropbox.com/developers/reference/webhooks#documentation */
import { queryOf } from "../request-parts.ts";
import type { Handshake } from "../scheme.ts";
import { repeated, tokenRefusal } from "./challenge.ts";

export const dropboxHandshake: Handshake = {
  isSigned: false,
  methods: ["GET"],
  answer(request, context) {
    const challenges = queryOf(request).getAll("challenge");
    if (request.method !== "GET" || challenges.length === 0) return null;
    return tokenRefusal(request, context) ?? repeated(challenges.length === 1 ? challenges[0] : null);
  },
};
