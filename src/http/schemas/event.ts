import { Type } from "typebox";
import { deliveryMoves } from "../../core/delivery.ts";
import { defaultTenant } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import { attemptSchema } from "./attempt.ts";
import { receivedRequestSchema } from "./receipt.ts";
import { nullable, time } from "./scalars.ts";

const data = Type.Unknown({ description: "Any JSON value. Kept, signed and sent byte for byte." });

/** For the document: the body itself is read by `outbound/read-events.ts`, which keeps its bytes. */
export const newEventSchema = Type.Object(
  {
    id: Type.Optional(
      Type.String({
        pattern: "^[A-Za-z0-9_:-]+$",
        maxLength: limits.eventIdLength,
        description: "Unique for its tenant: the same event sent twice is stored once.",
      }),
    ),
    tenant: Type.Optional(Type.String({ maxLength: limits.tenantLength, default: defaultTenant })),
    type: Type.String({ maxLength: limits.eventTypeLength, description: "Such as `order.paid`." }),
    subject: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: limits.subjectLength,
        description: "What it is about, such as an order's id.",
      }),
    ),
    occurred_at: Type.Optional(time("When it happened; now if absent.")),
    version: Type.Optional(
      Type.String({ minLength: 1, maxLength: limits.versionLength, description: "Of `data`'s form." }),
    ),
    data,
  },
  { additionalProperties: false, title: "NewEvent" },
);

export const batchSchema = Type.Array(newEventSchema, { minItems: 1, maxItems: limits.eventsPerBatch });

export const publishedSchema = Type.Object(
  { id: Type.String(), cursor: Type.String(), duplicate: Type.Boolean() },
  { title: "PublishedEvent" },
);

export const publishedBatchSchema = Type.Object({ data: Type.Array(publishedSchema) });

/** A line of the answer to NDJSON. */
export const publishedLineSchema = Type.Union([
  Type.Object({ index: Type.Integer(), id: Type.String(), cursor: Type.String(), duplicate: Type.Boolean() }),
  Type.Object({
    index: Type.Integer(),
    error: Type.Object({ code: Type.String(), detail: Type.String(), field: Type.Optional(Type.String()) }),
  }),
  Type.Object({
    done: Type.Boolean({ description: "False where the server had to stop; `error` says why." }),
    stored: Type.Optional(Type.Integer()),
    duplicates: Type.Optional(Type.Integer()),
    refused: Type.Optional(Type.Integer()),
    error: Type.Optional(Type.Object({ code: Type.String(), detail: Type.String() })),
  }),
]);

export const deliverySchema = Type.Object(
  {
    endpoint_id: Type.String(),
    url: nullable(Type.String(), "Null where the endpoint is none of the kind `http`."),
    state: Type.Enum(Object.keys(deliveryMoves) as (keyof typeof deliveryMoves)[]),
    attempts: Type.Integer({ description: "Attempts made so far." }),
    next_attempt_at: nullable(Type.String({ format: "date-time" }), "Null where none is due."),
    last_attempt: Type.Union([attemptSchema, Type.Null()]),
  },
  { title: "Delivery", description: "One event due at one endpoint." },
);

export type DeliveryBody = Type.Static<typeof deliverySchema>;

const keptRequestSchema = Type.Object(
  {
    delivery_id: nullable(Type.String(), "What the provider calls this delivery."),
    provider_type: nullable(Type.String(), "The provider's own word for what happened."),
    ...receivedRequestSchema.properties,
  },
  {
    title: "KeptRequest",
    description: "The request that a received event came with. It has no body where that is the data byte for byte.",
  },
);

export const eventSchema = Type.Object(
  {
    id: Type.String(),
    tenant: Type.String(),
    type: Type.String(),
    source: Type.Optional(Type.String({ description: "Of a received event: the source that it came by." })),
    subject: Type.Optional(Type.String()),
    occurred_at: time("When it happened, as the publisher says."),
    accepted_at: time("When Trotline accepted it."),
    version: Type.Optional(Type.String()),
    cursor: Type.String(),
    data,
    request: Type.Optional(keptRequestSchema),
    delivery_id: Type.Optional(nullable(Type.String(), "Of a received event: what the provider calls it.")),
    duplicates: Type.Optional(
      Type.Object(
        {
          count: Type.Integer({ description: "Copies that came, and were not stored." }),
          last_at: nullable(Type.String({ format: "date-time" }), "Null where none came."),
        },
        { title: "EventDuplicates", description: "Of a received event." },
      ),
    ),
    deliveries: Type.Array(deliverySchema),
  },
  { title: "Event", description: "An immutable fact, and where it went." },
);

/** The body of a webhook. */
export const webhookPayloadSchema = Type.Object(
  {
    id: Type.String(),
    type: Type.String(),
    timestamp: time("When it happened, as the publisher says."),
    subject: Type.Optional(Type.String()),
    version: Type.Optional(Type.String()),
    data,
  },
  { title: "WebhookPayload" },
);
