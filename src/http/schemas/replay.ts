import { Type } from "typebox";
import { limits } from "../../core/limits.ts";
import { replaySelections, replayStatuses } from "../../core/replay.ts";
import { pageOf, pageParameters } from "./page.ts";
import { nullable, placeMember, time } from "./scalars.ts";

const onlyDescription = "`failed`: only events that were not delivered to the endpoint.";
const only = Type.Enum(["all", "failed"], { default: "all", description: onlyDescription });

/** What is asked of a recovery, of one endpoint or of many. */
const recoveryMembers = {
  since: placeMember("What failed behind this place is sent again."),
  until: Type.Optional(placeMember("What failed up to this place; `latest` if absent.")),
  dry_run: Type.Optional(Type.Boolean({ default: false, description: "Count, and send nothing." })),
};

export const newRecoverySchema = Type.Object(recoveryMembers, { additionalProperties: false, title: "NewRecovery" });

export const newRecoveriesSchema = Type.Object(
  {
    ...recoveryMembers,
    tenant: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: limits.tenantLength,
        description: "Only this tenant's endpoints; all if absent.",
      }),
    ),
  },
  { additionalProperties: false },
);

export type NewRecoveryBody = Type.Static<typeof newRecoverySchema>;

export const newReplaySchema = Type.Object(
  {
    from: Type.Optional(placeMember("The range begins behind this place; `earliest` if absent.")),
    to: Type.Optional(placeMember("The range ends with this place; `latest` if absent.")),
    types: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: limits.eventTypeLength }), {
        maxItems: limits.typePatternsPerQuery,
        description: "Patterns of event types; those of the endpoint if absent or empty.",
      }),
    ),
    only: Type.Optional(only),
    dry_run: Type.Optional(Type.Boolean({ default: false, description: "Count, and send nothing." })),
  },
  { additionalProperties: false, title: "NewReplay" },
);

export type NewReplayBody = Type.Static<typeof newReplaySchema>;

export const replaySchema = Type.Object(
  {
    id: Type.String(),
    endpoint_id: Type.String(),
    status: Type.Enum([...replayStatuses], {
      description: "`counted`: it was to count only. The last four, and `counted`, are ends.",
    }),
    reason: nullable(Type.String(), "Why it failed, or what else there is to know."),
    from: Type.String({ description: "Its range begins behind this cursor." }),
    to: Type.String({ description: "Its range ends with this cursor." }),
    types: Type.Array(Type.String(), { description: "What it takes; empty: every type." }),
    only: Type.Enum([...replaySelections], {
      description: `${onlyDescription} \`parked\`: only deliveries that failed, and wait for a retry or were given up.`,
    }),
    dry_run: Type.Boolean(),
    matched: Type.Integer({ description: "Events that it is to send; grows while it counts." }),
    counted_through: Type.String({ description: "Everything up to this cursor was counted." }),
    sent: Type.Integer({ description: "Attempts that ended: `delivered` and `failed`." }),
    delivered: Type.Integer(),
    failed: Type.Integer({ description: "These are parked, and retried by the endpoint like any other." }),
    cursor: Type.String({ description: "Everything up to here was sent, or left out." }),
    created_at: time("When it was made."),
    updated_at: time("When it got on last."),
  },
  { title: "Replay", description: "A range of the log sent to one endpoint again, beside its live traffic." },
);

export type ReplayBody = Type.Static<typeof replaySchema>;

export const replayPageSchema = pageOf(replaySchema);

export const recoveriesSchema = Type.Object({
  data: Type.Array(replaySchema, { description: "One for each endpoint with deliveries that failed." }),
});

export const replayQuerySchema = Type.Object(
  { endpoint_id: Type.Optional(Type.String({ description: "Only this endpoint's." })), ...pageParameters },
  { additionalProperties: false },
);
