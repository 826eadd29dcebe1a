import type { DelayHistogram } from "../core/delay-histogram.ts";
import { Measures } from "../core/measures.ts";
import type { FoundGroup } from "../log/statistics-store.ts";
import type { LanesNow } from "../observe/lanes-now.ts";
import type { MeasuresBody, StatisticsBody } from "./schemas/statistics.ts";
import { wireTime, wireTimeOrNull } from "./wire-time.ts";

type GroupBody = StatisticsBody["groups"][number];

/** `keyOf` answers null for an endpoint that is not there any more. */
export function wireGroup(group: FoundGroup, keyOf: (key: string | number) => string | null): GroupBody {
  const { key, isOthers, buckets } = group;
  return {
    key: key === null ? null : keyOf(key),
    is_others: isOthers,
    total: wireMeasures(sumOf([group])),
    buckets: [...buckets].map(([beginsAtMs, measures]) => ({ at: wireTime(beginsAtMs), ...wireMeasures(measures) })),
  };
}

export function sumOf(groups: readonly FoundGroup[]): Measures {
  const sum = new Measures();
  for (const { buckets } of groups) for (const measures of buckets.values()) sum.merge(measures);
  return sum;
}

export function wireMeasures(measures: Measures): MeasuresBody {
  const { sent, delivered, attempts, errors } = measures;
  return {
    sent,
    delivered,
    // Of a delivery whose first attempt is not counted, because it left before, the success may be.
    success_rate: sent === 0 ? null : Math.min(1, delivered / sent),
    attempts,
    attempts_per_delivery: sent === 0 ? null : attempts / sent,
    delay_ms: {
      from_occurred: wireDelays(measures.fromOccurred),
      from_accepted: wireDelays(measures.fromAccepted),
      from_attempt: wireDelays(measures.fromAttempt),
    },
    errors: Object.fromEntries(errors),
  };
}

const wireDelays = (histogram: DelayHistogram): MeasuresBody["delay_ms"]["from_attempt"] => histogram.quantiles();

export function wireNow(now: LanesNow, nowMs: number): StatisticsBody["now"] {
  const { lagEvents, oldestUndeliveredAtMs, parked, ...counts } = now;
  return {
    ...counts,
    backlog: lagEvents + parked,
    parked,
    oldest_undelivered_at: wireTimeOrNull(oldestUndeliveredAtMs),
    lag_ms: oldestUndeliveredAtMs === null ? 0 : Math.max(0, Math.round(nowMs - oldestUndeliveredAtMs)),
  };
}
