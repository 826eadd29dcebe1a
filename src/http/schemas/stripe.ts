/** For the document: what requests with `Stripe-Version` are answered, in the words of Stripe's API. */
import { Type } from "typebox";
import { nullable } from "./scalars.ts";

export const stripeEventSchema = Type.Object(
  {
    id: Type.String(),
    object: Type.Enum(["event"]),
    api_version: nullable(Type.String(), "The event's `version`: the form that its data has."),
    created: Type.Integer({ description: "When Trotline accepted it, in seconds since 1970." }),
    data: Type.Object({
      object: Type.Unknown({
        description:
          "The event's data, byte for byte. Where it is an object with an object in its member `object`, that is " +
          "`data` as a whole.",
      }),
    }),
    livemode: Type.Boolean(),
    pending_webhooks: Type.Integer({ description: "Deliveries of it that have not succeeded." }),
    request: Type.Object({ id: Type.Null(), idempotency_key: Type.Null() }),
    type: Type.String(),
  },
  { title: "StripeEvent", description: "An event as clients of Stripe's API know it." },
);

export const stripeListSchema = Type.Object(
  {
    object: Type.Enum(["list"]),
    url: Type.String(),
    has_more: Type.Boolean({ description: "The list goes on behind the page, in the direction that was asked for." }),
    data: Type.Array(stripeEventSchema, { description: "Newest first." }),
  },
  { title: "StripeList" },
);
