import { Type } from "typebox";
import { limits } from "../../core/limits.ts";
import { bucketLengths } from "../../observe/statistics-range.ts";
import { nullable, time } from "./scalars.ts";

const bucketNames = Object.keys(bucketLengths);
const groupings = ["none", "tenant", "endpoint", "type"] as const;

export const statisticsQuerySchema = Type.Object(
  {
    tenant: Type.Optional(Type.String({ minLength: 1, maxLength: limits.tenantLength })),
    endpoint_id: Type.Optional(Type.String()),
    type: Type.Optional(Type.String({ minLength: 1, maxLength: limits.eventTypeLength })),
    from: Type.Optional(
      Type.String({ format: "date-time", description: "Events accepted then or later; a day before `to` if absent." }),
    ),
    to: Type.Optional(Type.String({ format: "date-time", description: "Events accepted before; now if absent." })),
    bucket: Type.Optional(
      Type.Enum([...bucketNames, "auto"], {
        description: `\`auto\` if absent: the shortest that is kept, with at most ${limits.statisticsBuckets} buckets.`,
      }),
    ),
    group_by: Type.Optional(Type.Enum([...groupings], { description: "`none` if absent." })),
  },
  { additionalProperties: false },
);

const quantilesSchema = nullable(
  Type.Object(
    { p50: Type.Integer(), p95: Type.Integer(), p99: Type.Integer(), max: Type.Integer() },
    { title: "DelayQuantiles", description: "Within a thirty-second part of what it was; `max` is exact." },
  ),
  "Null where nothing was delivered, or where the events have left the log.",
);

const measureMembers = {
  sent: Type.Integer({ description: "Deliveries that had a first attempt." }),
  delivered: Type.Integer({ description: "Deliveries of which an attempt succeeded." }),
  success_rate: nullable(Type.Number(), "`delivered` divided by `sent`, at most 1; null where nothing was sent."),
  attempts: Type.Integer({ description: "Those of replays and tests are not among them." }),
  attempts_per_delivery: nullable(Type.Number(), "`attempts` divided by `sent`; null where nothing was sent."),
  delay_ms: Type.Object(
    {
      from_occurred: quantilesSchema,
      from_accepted: quantilesSchema,
      from_attempt: quantilesSchema,
    },
    {
      title: "Delays",
      description: "Until the event was delivered: from when it occurred, was accepted, the attempt began.",
    },
  ),
  errors: Type.Record(Type.String(), Type.Number(), {
    description: "Attempts that failed, by class of error, as attempts have it; those that did not occur are absent.",
  }),
};

const measuresSchema = Type.Object(measureMembers, { title: "Measures" });

const bucketSchema = Type.Object(
  { at: time("When the bucket begins: its events were accepted from then on."), ...measureMembers },
  { title: "StatisticsBucket" },
);

const groupSchema = Type.Object(
  {
    key: nullable(
      Type.String(),
      "The tenant, the endpoint's id, or the type. Null for all, for others, and for what is not there any more.",
    ),
    is_others: Type.Boolean({ description: "All that do not stand alone." }),
    total: measuresSchema,
    buckets: Type.Array(bucketSchema, { description: "Ascending; those without an attempt are left out." }),
  },
  { title: "StatisticsGroup" },
);

const nowSchema = Type.Object(
  {
    endpoints: Type.Integer(),
    enabled: Type.Integer(),
    failing: Type.Integer({ description: "Enabled endpoints whose last attempt failed." }),
    paused: Type.Integer(),
    disabled: Type.Integer(),
    backlog: Type.Integer({
      description:
        "Events that enabled endpoints have not come to yet, and deliveries of theirs that wait for a retry.",
    }),
    parked: Type.Integer({ description: "The deliveries among them." }),
    oldest_undelivered_at: nullable(
      Type.String({ format: "date-time" }),
      "When the oldest event of the backlog was accepted, as far as it was looked for.",
    ),
    lag_ms: Type.Integer({ description: "How long ago that was; 0 where there is none." }),
  },
  { title: "DeliveriesNow", description: "What is true now, whatever the range." },
);

export const statisticsSchema = Type.Object(
  {
    from: time("Earlier than asked where a bucket begins earlier."),
    to: time("Later than asked where a bucket ends later."),
    bucket: Type.Enum(bucketNames),
    bucket_ms: Type.Integer(),
    group_by: Type.Enum([...groupings]),
    as_of: nullable(
      Type.String({ format: "date-time" }),
      "Attempts that had ended by then are counted. Null where it is behind, and how far is not known.",
    ),
    total: measuresSchema,
    groups: Type.Array(groupSchema, {
      description: `Most deliveries first, ${limits.statisticsGroups} at most, and the others together.`,
    }),
    now: nowSchema,
  },
  { title: "Statistics" },
);

export type StatisticsBody = Type.Static<typeof statisticsSchema>;
export type MeasuresBody = Type.Static<typeof measuresSchema>;
