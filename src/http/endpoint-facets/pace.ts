/**
 * How fast it is sent to, when it is tried again, and what delivers: the JSON of these settings, and what stands for it
 * in the code.
 */
import { Type } from "typebox";
import { burstOf, type PaceSettings, paceDefaults } from "../../core/endpoint-pace.ts";
import { TrotlineError } from "../../core/errors.ts";
import { limits } from "../../core/limits.ts";
import type { RetryPolicy } from "../../core/retry-policy.ts";
import { exponentialDelaysMs, retryFactor, retryPresetNames, retryPresets } from "../../core/retry-schedule.ts";
import { nullable } from "../schemas/scalars.ts";
import type { Facet } from "./facet.ts";

const perSecond = Type.Number({
  minimum: limits.ratePerSecondMin,
  maximum: limits.ratePerSecondMax,
  description: "Attempts a second, first ones and others together.",
});
const burstBounds = { minimum: 1, maximum: limits.rateBurstMax };

const newRateLimit = Type.Object(
  {
    per_second: perSecond,
    burst: Type.Optional(
      Type.Integer({
        ...burstBounds,
        description: "Attempts that may go at once after a pause; if absent a tenth of a second's, two at least.",
      }),
    ),
  },
  { additionalProperties: false, title: "NewRateLimit" },
);

const rateLimit = Type.Object(
  { per_second: perSecond, burst: Type.Integer({ description: "Attempts that may go at once after a pause." }) },
  { title: "RateLimit" },
);

const delayMs = { minimum: 0, maximum: limits.retryDelayMsMax };

const retryRule = Type.Object(
  {
    preset: Type.Optional(
      Type.Enum([...retryPresetNames], { description: "A schedule by name, and nothing beside it." }),
    ),
    initial_ms: Type.Optional(Type.Integer({ ...delayMs, description: "The wait after the first failure." })),
    factor: Type.Optional(
      Type.Number({
        minimum: retryFactor.min,
        maximum: retryFactor.max,
        default: retryFactor.default,
        description: "How much longer each wait is than the one before.",
      }),
    ),
    max_delay_ms: Type.Optional(
      Type.Integer({ ...delayMs, default: limits.retryDelayMsMax, description: "No wait is longer." }),
    ),
    retries: Type.Optional(Type.Integer({ minimum: 0, maximum: limits.retriesPerSchedule, description: "How many." })),
  },
  {
    additionalProperties: false,
    title: "RetryRule",
    description: "In place of `retry_delays_ms`: a `preset`, or `initial_ms` and `retries`. It is kept as a list.",
  },
);

const jitter = Type.Number({
  minimum: 0,
  maximum: 1,
  default: paceDefaults.retryJitter,
  description: "How far a wait may be from the schedule, either way, as a part of it.",
});
const ageMs = Type.Integer({ minimum: limits.retryAgeMsMin, maximum: limits.retryAgeMsMax });
const ageSentence =
  "No attempt begins later than this after its event was accepted, but by hand or in a replay; null: whatever its age.";
const statuses = {
  maxItems: limits.successStatusesPerEndpoint,
  description: "Statuses that deliver, beside 2xx; not 410. Of a program: exit statuses beside 0.",
};

const request = {
  rate_limit: Type.Optional(nullable(newRateLimit, "Null: as fast as its window allows.")),
  retry: Type.Optional(retryRule),
  retry_jitter: Type.Optional(jitter),
  retry_max_age_ms: Type.Optional(nullable(ageMs, ageSentence)),
  success_statuses: Type.Optional(Type.Array(Type.Integer({ minimum: 1, maximum: 599 }), statuses)),
};

interface Body {
  readonly rate_limit?: Type.Static<typeof newRateLimit> | null;
  readonly retry?: Type.Static<typeof retryRule>;
  readonly retry_delays_ms?: readonly number[];
  readonly retry_jitter?: number;
  readonly retry_max_age_ms?: number | null;
  readonly success_statuses?: readonly number[];
}

type Input = Partial<PaceSettings> & { readonly retry?: RetryPolicy };

export const paceFacet = {
  request,
  response: {
    rate_limit: nullable(rateLimit, "Null: as fast as its window allows."),
    retry_jitter: jitter,
    retry_max_age_ms: nullable(Type.Integer(), ageSentence),
    success_statuses: Type.Array(Type.Integer(), statuses),
  },
  input(body: Body): Input {
    const { rate_limit, retry, retry_jitter, retry_max_age_ms, success_statuses } = body;
    if (retry !== undefined && body.retry_delays_ms !== undefined) {
      throw refused("/retry", "`retry` and `retry_delays_ms` say the same; give one of them");
    }
    return {
      ...(rate_limit !== undefined && { rateLimit: rateLimitOf(rate_limit) }),
      ...(retry !== undefined && { retry: { delaysMs: delaysOf(retry) } }),
      ...(retry_jitter !== undefined && { retryJitter: retry_jitter }),
      ...(retry_max_age_ms !== undefined && { retryMaxAgeMs: retry_max_age_ms }),
      ...(success_statuses !== undefined && { successStatuses: [...new Set(success_statuses)] }),
    };
  },
  wire: ({ rateLimit, retryJitter, retryMaxAgeMs, successStatuses }: PaceSettings) => ({
    rate_limit: rateLimit === null ? null : { per_second: rateLimit.perSecond, burst: rateLimit.burst },
    retry_jitter: retryJitter,
    retry_max_age_ms: retryMaxAgeMs,
    success_statuses: [...successStatuses],
  }),
} satisfies Facet<PaceSettings>;

function rateLimitOf(limit: NonNullable<Body["rate_limit"]> | null): PaceSettings["rateLimit"] {
  if (limit === null) return null;
  const { per_second, burst = burstOf(per_second) } = limit;
  return { perSecond: per_second, burst };
}

function delaysOf(rule: NonNullable<Body["retry"]>): readonly number[] {
  const { preset, initial_ms, factor = retryFactor.default, max_delay_ms = limits.retryDelayMsMax, retries } = rule;
  if (preset !== undefined) {
    const [other] = Object.keys(rule).filter((name) => name !== "preset");
    if (other !== undefined) throw refused(`/retry/${other}`, "a preset is whole; nothing stands beside it");
    return retryPresets[preset];
  }
  if (initial_ms === undefined)
    throw refused("/retry/initial_ms", "`retry` takes a `preset`, or `initial_ms` and `retries`");
  if (retries === undefined) throw refused("/retry/retries", "`retry` does not say how many `retries` there are");
  return exponentialDelaysMs({ initialMs: initial_ms, factor, delayMsMax: max_delay_ms, retries });
}

const refused = (field: string, why: string): TrotlineError =>
  new TrotlineError("invalid-body", `${why[0]?.toUpperCase()}${why.slice(1)}.`, { field });
