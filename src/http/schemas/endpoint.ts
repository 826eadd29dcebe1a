import { Type } from "typebox";
import { defaultTenant } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import { defaultRetryPolicy } from "../../core/retry-policy.ts";
import { secretBytes } from "../../core/signature.ts";
import { kindFacet } from "../endpoint-facets/kind.ts";
import { orderFacet } from "../endpoint-facets/order.ts";
import { paceFacet } from "../endpoint-facets/pace.ts";
import { payloadFacet } from "../endpoint-facets/payload.ts";
import { reachFacet } from "../endpoint-facets/reach.ts";
import { selectionFacet } from "../endpoint-facets/selection.ts";
import { signingFacet } from "../endpoint-facets/signing.ts";
import { pageOf } from "./page.ts";
import { nullable, placeMember, time } from "./scalars.ts";

/** Shortest time after which an endpoint without success may be disabled. */
const disableAfterMsMin = 60_000;
const startAtLength = 160;

const url = Type.String({
  minLength: 1,
  description: "Of the kind `http`: where events are posted, http or https, without fragment.",
});

const secrets = Type.Array(Type.String({ maxLength: limits.secretLength }), {
  minItems: 1,
  maxItems: limits.secretsPerEndpoint,
  description:
    `Of the default scheme \`whsec_\` and base64 of ${secretBytes.min} to ${secretBytes.max} bytes. Every one signs; ` +
    "the first is the newest. They replace all that sign.",
});

/** What a person may set, beside the URL. */
const settings = {
  description: Type.Optional(Type.String({ maxLength: limits.descriptionLength })),
  types: Type.Optional(
    Type.Union(
      [
        Type.Array(Type.String({ minLength: 1, maxLength: limits.eventTypeLength }), {
          maxItems: limits.typePatternsPerEndpoint,
        }),
        Type.Record(Type.String(), Type.Boolean(), { maxProperties: limits.typesPerMap }),
      ],
      {
        description:
          "Patterns of event types, such as `order.*`; an empty list takes all. Or a map from patterns to true and false.",
      },
    ),
  ),
  headers: Type.Optional(
    Type.Record(Type.String(), Type.String(), {
      maxProperties: limits.headersPerEndpoint,
      description: "Headers that every delivery carries.",
    }),
  ),
  timeout_ms: Type.Optional(
    Type.Integer({
      minimum: limits.timeoutMsMin,
      maximum: limits.runTimeoutMsMax,
      default: limits.timeoutMsDefault,
      description:
        `For one attempt as a whole: at most ${limits.timeoutMsMax} where it goes to a URL; ` +
        `${limits.runTimeoutMsDefault} if absent where a program is run or a handler called.`,
    }),
  ),
  retry_delays_ms: Type.Optional(
    Type.Array(Type.Integer({ minimum: 0, maximum: limits.retryDelayMsMax }), {
      maxItems: limits.retriesPerSchedule,
      default: [...defaultRetryPolicy.delaysMs],
      description: "The wait after each failure; an empty list never retries.",
    }),
  ),
  max_in_flight: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: limits.maxInFlightMax,
      default: limits.maxInFlightDefault,
      description:
        "Deliveries under way at once; 1 is one after the other. Where a program is run or a handler called, " +
        `${limits.runsInFlightDefault} if absent.`,
    }),
  ),
  disable_after_ms: Type.Optional(
    nullable(Type.Integer({ minimum: disableAfterMsMin }), "Disabled after this long without a success; null never."),
  ),
  secrets: Type.Optional(secrets),
  ...kindFacet.request,
  ...selectionFacet.request,
  ...payloadFacet.request,
  ...signingFacet.request,
  ...reachFacet.request,
  ...paceFacet.request,
  ...orderFacet.request,
};

export const createEndpointSchema = Type.Object(
  {
    url: Type.Optional(url),
    tenant: Type.Optional(Type.String({ minLength: 1, maxLength: limits.tenantLength, default: defaultTenant })),
    ...settings,
    start_at: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: startAtLength,
        default: "latest",
        description:
          "Where it begins: `latest`, `earliest`, a cursor, the id of an event, or `time:` and a time of RFC 3339.",
      }),
    ),
  },
  // No member is needed of every kind, and yet there must be a body.
  { additionalProperties: false, minProperties: 0, title: "NewEndpoint" },
);

export const changeEndpointSchema = Type.Object(
  { url: Type.Optional(url), ...settings },
  { additionalProperties: false, minProperties: 1, title: "EndpointChange" },
);

export type EndpointSettings = Type.Static<typeof changeEndpointSchema>;

const healthSchema = Type.Object(
  {
    state: Type.Enum(["healthy", "failing", "open"], {
      description: "`open`: deliveries wait, and a probe goes now and then.",
    }),
    consecutive_failures: Type.Integer(),
    failing_since: nullable(Type.String({ format: "date-time" }), "When the run of failures began."),
    next_probe_at: nullable(Type.String({ format: "date-time" }), "Not null while `open`."),
    paused_until: nullable(Type.String({ format: "date-time" }), "The receiver asked for a pause with `Retry-After`."),
    window: Type.Integer({ description: "Deliveries that it may have in flight now." }),
  },
  { title: "EndpointHealth" },
);

const endpointMembers = {
  id: Type.String(),
  tenant: Type.String(),
  url: nullable(Type.String(), "Null where the kind is not `http`."),
  description: Type.String(),
  types: Type.Array(Type.String()),
  headers: Type.Record(Type.String(), Type.String()),
  timeout_ms: Type.Integer(),
  retry_delays_ms: Type.Array(Type.Integer()),
  max_in_flight: Type.Integer(),
  disable_after_ms: nullable(Type.Integer(), "Null: never."),
  status: Type.Enum(["enabled", "paused", "disabled"]),
  disabled_reason: nullable(Type.Enum(["gone", "failing"]), "Null while it is not disabled."),
  created_at: time("When it was made."),
  updated_at: time("When its settings or status changed last."),
  cursor: Type.String({ description: "Everything up to here is settled or parked." }),
  lag: Type.Integer({ description: "Events between its cursor and the end of the log." }),
  in_flight: Type.Integer(),
  parked: Type.Integer({ description: "Deliveries that failed and are due again." }),
  health: healthSchema,
  ...kindFacet.response,
  ...selectionFacet.response,
  ...payloadFacet.response,
  ...signingFacet.response,
  ...reachFacet.response,
  ...paceFacet.response,
  ...orderFacet.response,
};

export const endpointSchema = Type.Object(endpointMembers, {
  title: "Endpoint",
  description: "A place that events are pushed to.",
});

export type EndpointBody = Type.Static<typeof endpointSchema>;

export const createdEndpointSchema = Type.Object(
  { ...endpointMembers, secrets: Type.Array(Type.String()) },
  { title: "CreatedEndpoint", description: "The endpoint with its secrets, which it does not carry when it is read." },
);

export const endpointPageSchema = pageOf(endpointSchema);

export const resumeSchema = Type.Object(
  {
    from: Type.Optional(
      Type.Enum(["cursor", "latest"], {
        default: "cursor",
        description: "`latest` skips what it missed, and cancels what is parked.",
      }),
    ),
  },
  { additionalProperties: false },
);

export const seekEndpointSchema = Type.Object(
  { to: placeMember("What lies behind this place is sent next.") },
  { additionalProperties: false },
);

/** Of requests whose address says everything. */
export const noMembersSchema = Type.Object({}, { additionalProperties: false });
