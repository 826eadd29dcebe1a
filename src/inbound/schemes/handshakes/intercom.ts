/** https://developers.intercom.com/docs/webhooks/setting-up-webhooks: the URL is asked with HEAD before it is taken. */
import type { Handshake } from "../scheme.ts";
import { textAnswer, tokenRefusal } from "./challenge.ts";

export const intercomHandshake: Handshake = {
  isSigned: false,
  methods: ["HEAD"],
  answer: (request, context) => (request.method === "HEAD" ? (tokenRefusal(request, context) ?? textAnswer("")) : null),
};
