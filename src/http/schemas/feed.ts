import { Type } from "typebox";
import { limits } from "../../core/limits.ts";
import { eventSchema } from "./event.ts";
import { includeParameter, placeLengthMax, tenantParameter } from "./scalars.ts";
import { stripeListSchema } from "./stripe.ts";

const typesLengthMax = limits.typePatternsPerQuery * (limits.eventTypeLength + 1);

const place = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: placeLengthMax, description }));

/** What selects events, in every form. */
export const selectionParameters = {
  tenant: tenantParameter,
  types: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: typesLengthMax,
      description: `Patterns of event types divided by commas, such as \`order.*\`; at most ${limits.typePatternsPerQuery}.`,
    }),
  ),
  subject: Type.Optional(
    Type.String({ minLength: 1, maxLength: limits.subjectLength, description: "Only events about this." }),
  ),
  filter: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: limits.filterLength,
      description: "An expression in CEL, such as `data.total > 100`; where it cannot be evaluated, it takes nothing.",
    }),
  ),
  text: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: limits.searchTextLength,
      description: "Only events that have it in their id, type, subject or data; upper and lower case are one.",
    }),
  ),
  since: Type.Optional(Type.String({ format: "date-time", description: "Only events accepted then or later." })),
  until: Type.Optional(Type.String({ format: "date-time", description: "Only events accepted before." })),
};

export const feedQuerySchema = Type.Object(
  {
    after: place(
      "Where to begin: a cursor, `earliest`, `latest`, the id of an event, or `time:` and a time of RFC 3339. " +
        "With `order=desc` events older than it are answered.",
    ),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: limits.listPageSizeMax,
        default: limits.listPageSize,
        description: "Events of a page; of the whole answer where it is NDJSON.",
      }),
    ),
    wait: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: limits.waitSecondsMax,
        default: 0,
        description: "Seconds to wait for an event where there is none yet.",
      }),
    ),
    ...selectionParameters,
    order: Type.Optional(
      Type.Enum(["asc", "desc"], { default: "asc", description: "`desc`: newest first, JSON only." }),
    ),
    include: includeParameter,
    follow: Type.Optional(
      Type.Enum(["true", "false"], { default: "false", description: "NDJSON: go on beyond the end of the log." }),
    ),
    lastEventId: place("CloudEvents: `after`, as http-feeds names it."),
    timeout: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: limits.waitSecondsMax * 1000,
        description: "CloudEvents: milliseconds to wait, as http-feeds names it.",
      }),
    ),
  },
  { additionalProperties: false },
);

export type FeedQuery = Type.Static<typeof feedQuerySchema>;

const { deliveries: _, duplicates: __, delivery_id: ___, ...feedEventMembers } = eventSchema.properties;

export const feedEventSchema = Type.Object(feedEventMembers, {
  title: "FeedEvent",
  description: "An immutable fact, at its place in the log.",
});

const cloudEventSchema = Type.Object(
  {
    specversion: Type.String({ const: "1.0" }),
    id: Type.String(),
    source: Type.String({ description: "`/tenants/` and the tenant." }),
    type: Type.String(),
    time: Type.String({ format: "date-time" }),
    subject: Type.Optional(Type.String()),
    datacontenttype: Type.String({ const: "application/json" }),
    data: Type.Unknown(),
  },
  { title: "CloudEvent", description: "An event as CloudEvents 1.0 writes it." },
);

export const feedPageSchema = Type.Object(
  {
    data: Type.Array(feedEventSchema),
    next_cursor: Type.String({ description: "`after` of the next page, also where this one is empty." }),
    has_more: Type.Boolean({ description: "The log goes on: ask for the next page at once." }),
  },
  { title: "FeedPage" },
);

/** The answers of the forms, by content type. */
export const feedContent = {
  "application/json": Type.Union([feedPageSchema, stripeListSchema]),
  "text/event-stream": Type.String({
    description: "Server-sent events: `id` is a cursor, `data` an event as JSON. Resumes by `Last-Event-ID`.",
  }),
  "application/x-ndjson": feedEventSchema,
  "application/cloudevents-batch+json": Type.Array(cloudEventSchema),
};
