import { Type } from "typebox";
import { validationRules } from "../../core/event-type.ts";
import { limits } from "../../core/limits.ts";
import { pageOf, pageParameters } from "./page.ts";
import { nullable, time } from "./scalars.ts";

const version = Type.String({
  minLength: 1,
  maxLength: limits.versionLength,
  description: "What events of it have as their `version`.",
});

const schema = Type.Unknown({ description: "JSON Schema 2020-12 of `data`: an object, or true or false." });
const example = Type.Unknown({ description: "An example of `data`; it fits the schema." });

const transforms = Type.Record(Type.String(), Type.String({ maxLength: limits.transformLength }), {
  description: "By another version: a JSONata expression that makes data of this version of an event of that one.",
});

export const newEventTypeVersionSchema = Type.Object(
  {
    version,
    description: Type.Optional(Type.String({ maxLength: limits.descriptionLength })),
    schema: Type.Optional(schema),
    example: Type.Optional(example),
    transforms: Type.Optional(transforms),
  },
  { additionalProperties: false, title: "NewEventTypeVersion" },
);

const group = nullable(Type.String({ minLength: 1, maxLength: limits.eventGroupLength }), "Under what people find it.");

export const putEventTypeSchema = Type.Object(
  {
    description: Type.Optional(Type.String({ maxLength: limits.descriptionLength })),
    group: Type.Optional(group),
    archived: Type.Optional(
      Type.Boolean({ default: false, description: "No longer offered; it can still be published." }),
    ),
    validate: Type.Optional(
      Type.Enum([...validationRules], {
        default: "none",
        description: "`reject` refuses events whose data do not fit the schema of their version.",
      }),
    ),
    versions: Type.Optional(
      Type.Array(newEventTypeVersionSchema, {
        maxItems: limits.versionsPerEventType,
        description: "In the order of their making; events that name no version are of the first.",
      }),
    ),
  },
  { additionalProperties: false, title: "NewEventType" },
);

const versionSchema = Type.Object(
  {
    version,
    description: Type.String(),
    schema: Type.Optional(schema),
    example: Type.Optional(example),
    transforms,
  },
  { title: "EventTypeVersion" },
);

export const eventTypeSchema = Type.Object(
  {
    name: Type.String(),
    description: Type.String(),
    group,
    archived: Type.Boolean(),
    validate: Type.Enum([...validationRules]),
    versions: Type.Array(versionSchema),
    created_at: time("When it came into the catalogue."),
    updated_at: time("When it was last put there."),
  },
  { title: "EventType", description: "What the catalogue says of an event type." },
);

export type EventTypeBody = Type.Static<typeof eventTypeSchema>;

export const eventTypePageSchema = pageOf(eventTypeSchema);

export const eventTypeQuerySchema = Type.Object(
  {
    group: Type.Optional(Type.String({ maxLength: limits.eventGroupLength, description: "Only those of this group." })),
    archived: Type.Optional(
      Type.Enum(["false", "true", "all"], { default: "false", description: "Those that are archived, or are not." }),
    ),
    after: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: limits.eventTypeLength,
        description: "`next_cursor` of the page before.",
      }),
    ),
    limit: pageParameters.limit,
  },
  { additionalProperties: false },
);

export const endpointTypesSchema = Type.Object(
  {
    types: Type.Record(Type.String(), Type.Boolean(), {
      description: "Every type of the catalogue that is not archived, and every pattern of the endpoint's own.",
    }),
  },
  { title: "EndpointTypes" },
);

export const filterTestSchema = Type.Object(
  {
    filter: Type.String({ minLength: 1, maxLength: limits.filterLength, description: "An expression in CEL." }),
    types: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: limits.eventTypeLength }), {
        maxItems: limits.typePatternsPerQuery,
        description: "Only events of these types; patterns.",
      }),
    ),
    tenant: Type.Optional(Type.String({ minLength: 1, maxLength: limits.tenantLength })),
    last: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: limits.eventsPerFilterTest,
        default: limits.eventsPerFilterTestDefault,
        description: "How many of the newest events.",
      }),
    ),
  },
  { additionalProperties: false, title: "FilterTest" },
);

export const filterTriedSchema = Type.Object(
  {
    taken: Type.Integer({ description: "How many of them it takes." }),
    data: Type.Array(
      Type.Object(
        {
          id: Type.String(),
          type: Type.String(),
          cursor: Type.String(),
          outcome: Type.Enum(["taken", "left_out", "no_value", "too_costly"], {
            description: "`no_value`, `too_costly`: the expression fails on the event, which is left out.",
          }),
        },
        { title: "FilterTestEvent" },
      ),
      { description: "Newest first." },
    ),
  },
  { title: "FilterTestResult" },
);
