/** Microsoft Graph: each notification carries the `clientState` that its subscription was made with. */
import { batchId, commonType } from "./batch.ts";
import { tryEach } from "./declared.ts";
import { hexOf, withMembers } from "./draft.ts";
import { acceptSetting, handshakeRefusal, tokenSetting } from "./handshakes/challenge.ts";
import { graphHandshake } from "./handshakes/microsoft-graph.ts";
import { JsonBody } from "./json-value.ts";
import { refusal } from "./refusal.ts";
import { isObject, type JsonObject, jsonOf, memberOf, wordOf } from "./request-parts.ts";
import type { Scheme, SchemeRequest, Verdict, VerifyContext } from "./scheme.ts";
import { isSameText } from "./signature-key.ts";

const notificationsMax = 1000;

export const microsoftGraph: Scheme = {
  name: "microsoft-graph",
  title: "Microsoft Graph",
  documentation: "https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks",
  secret: "The `clientState` that subscriptions are made with: at most 128 characters.",
  secretFrom: "receiver",
  secretRefusal: (text) =>
    /^[\x21-\x7e]{8,128}$/.test(text) ? null : "A `clientState` has 8 to 128 printable ASCII characters.",
  settings: [tokenSetting, acceptSetting],
  settingsRefusal: handshakeRefusal,
  toleranceMs: null,
  // What takes longer counts as slow: https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks
  answerDeadlineMs: 10_000,
  answer: { status: 202, headers: [], body: "" },
  verify: verifyGraph,
  facts({ body }) {
    const notifications = notificationsOf(body) ?? [];
    return {
      deliveryId: batchId(notifications.map(({ id }) => wordOf(id))),
      type: commonType(
        notifications.map(({ changeType, lifecycleEvent }) => wordOf(changeType) ?? wordOf(lifecycleEvent)),
      ),
      occurredAtMs: null,
    };
  },
  handshake: graphHandshake,
  signer: {
    makeSecret(random) {
      const secret = hexOf(random(32));
      return { secret, signingKey: secret };
    },
    sign(draft, { signingKey }) {
      const { deliveryId: id, type: changeType, ...request } = draft;
      const given = notificationsOf(draft.body) ?? [{}];
      const value = given.map((one, index) => ({
        ...one,
        clientState: signingKey,
        ...(index === 0 && { id, changeType }),
      }));
      const body = isObject(jsonOf(draft.body)) ? draft.body : Buffer.from("{}");
      return withMembers({ ...request, body }, { value });
    },
  },
  custom: null,
};

/** One that is another's would not be noticed among ours: every one must have the same secret. */
function verifyGraph({ body }: SchemeRequest, { secrets }: VerifyContext): Verdict {
  const notifications = new JsonBody(body).textsOfItems("value", ["clientState"], notificationsMax) ?? [];
  if (notifications.length === 0) return refusal("body_unreadable", "The body has no `value` with notifications.");
  const states = notifications.map((texts) => texts.get("clientState"));
  if (!states.every((state) => typeof state === "string")) {
    return refusal("signature_missing", "A notification has no `clientState`.");
  }
  return tryEach(secrets, (secret) => states.filter((state) => isSameText(state, secret)).length === states.length);
}

function notificationsOf(body: Uint8Array): readonly JsonObject[] | null {
  const value = memberOf(jsonOf(body), "value");
  if (!Array.isArray(value) || value.length === 0 || value.length > notificationsMax) return null;
  return value.every(isObject) ? value : null;
}
