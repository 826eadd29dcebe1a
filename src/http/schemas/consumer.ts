import { type TSchema, Type } from "typebox";
import { limits } from "../../core/limits.ts";
import { feedPageSchema } from "./feed.ts";
import { pageOf, pageParameters } from "./page.ts";
import { nullable, placeLengthMax, placeMember, tenantParameter, time } from "./scalars.ts";

/** Longer than the text of any lease. */
const leaseLengthMax = 64;

const cursor = (description: string) => Type.String({ minLength: 1, maxLength: placeLengthMax, description });

const lease = Type.String({ minLength: 1, maxLength: leaseLengthMax, description: "Of the last fetch." });

export const putConsumerSchema = Type.Object(
  {
    types: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: limits.eventTypeLength }), {
        maxItems: limits.typePatternsPerQuery,
        description: "Patterns of event types, such as `order.*`; an empty list takes all.",
      }),
    ),
    filter: Type.Optional(
      nullable(
        Type.String({ minLength: 1, maxLength: limits.filterLength }),
        "An expression in CEL, such as `data.total > 100`; null takes all.",
      ),
    ),
    subject: Type.Optional(
      nullable(
        Type.String({ minLength: 1, maxLength: limits.subjectLength }),
        "Only events about this; null takes all.",
      ),
    ),
    lease_ms: Type.Optional(
      Type.Integer({
        minimum: limits.leaseMsMin,
        maximum: limits.leaseMsMax,
        default: limits.leaseMsDefault,
        description: "How long a fetch, or an acknowledgement, keeps others away.",
      }),
    ),
    from: Type.Optional(placeMember("Where a new consumer begins; `latest` if absent.")),
  },
  { additionalProperties: false, title: "ConsumerSettings" },
);

export type ConsumerSettingsBody = Type.Static<typeof putConsumerSchema>;

export const consumerSchema = Type.Object(
  {
    name: Type.String(),
    tenant: Type.String(),
    types: Type.Array(Type.String()),
    filter: nullable(Type.String(), "Null takes all."),
    subject: nullable(Type.String(), "Null takes all."),
    lease_ms: Type.Integer(),
    cursor: Type.String({ description: "Everything up to here is acknowledged." }),
    head: Type.String({ description: "The end of the log." }),
    lag_events: Type.Integer({ description: "Events of the log beyond its cursor, whoever they are for." }),
    lag_seconds: Type.Number({ description: "Age of the oldest event that it has not acknowledged; 0 if none." }),
    oldest_unacknowledged_at: nullable(Type.String({ format: "date-time" }), "When that was accepted; null if none."),
    state: Type.Enum(["ok", "at_risk", "invalidated"], {
      description: "`at_risk`: retention comes near its cursor. `invalidated`: retention passed it, and it must seek.",
    }),
    leased_until: nullable(Type.String({ format: "date-time" }), "Null while nobody reads as it."),
    created_at: time("When it was made."),
    updated_at: time("When its settings changed last."),
  },
  { title: "Consumer", description: "A named cursor that a client moves by pulling and acknowledging." },
);

export type ConsumerBody = Type.Static<typeof consumerSchema>;

export const consumerListSchema = pageOf(consumerSchema);

const queryOf = <Members extends Record<string, TSchema>>(members: Members) =>
  Type.Object(members, { additionalProperties: false });

export const tenantQuerySchema = queryOf({ tenant: tenantParameter });

export const consumerListQuerySchema = queryOf({ tenant: tenantParameter, ...pageParameters });

export const fetchQuerySchema = queryOf({
  tenant: tenantParameter,
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: limits.listPageSizeMax,
      default: limits.listPageSize,
      description: "Events of a page.",
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
  lease: Type.Optional({ ...lease, description: "Renews it; a new one is taken if absent." }),
  after: Type.Optional(cursor("Reads ahead from here: a cursor that was answered under this lease.")),
});

export const fetchedSchema = Type.Object(
  {
    ...feedPageSchema.properties,
    lease: Type.String({ description: "What acknowledging, and the next fetch, is done with." }),
    lease_expires_at: time("When it runs out, if nothing more is heard."),
  },
  { title: "ConsumerPage", description: "What a consumer has not acknowledged." },
);

export const acknowledgeSchema = Type.Object(
  { cursor: cursor("Everything up to here is done: the cursor of an event, or `next_cursor`."), lease },
  { additionalProperties: false },
);

export const seekSchema = Type.Object(
  {
    to: placeMember("Where it goes on."),
    dry_run: Type.Optional(Type.Boolean({ description: "True: count, and move nothing." })),
  },
  { additionalProperties: false },
);

export const soughtSchema = Type.Object(
  {
    ...consumerSchema.properties,
    target: Type.Optional(
      Type.Object(
        {
          cursor: Type.String({ description: "Where it would go on." }),
          again_events: Type.Integer({ description: "Events of the log that it would read again." }),
          passed_events: Type.Integer({ description: "Events of the log that it would pass over." }),
        },
        { title: "SeekTarget", description: "Of `dry_run`: what would come of it, whoever the events are for." },
      ),
    ),
  },
  { title: "SoughtConsumer" },
);

export type SoughtBody = Type.Static<typeof soughtSchema>;

export const releaseSchema = Type.Object({ lease }, { additionalProperties: false });
