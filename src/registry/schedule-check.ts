import type { Endpoint } from "../core/endpoint.ts";
import { TrotlineError } from "../core/errors.ts";
import { defaultRetryPolicy, longestScheduleMs, type RetryRule } from "../core/retry-policy.ts";

/** No schedule may outlast what it is to send. Refuses with `schedule-too-long`. */
export function checkSchedule(endpoint: RetryRule, retentionAgeMs: number): void {
  const longestMs = longestScheduleMs(endpoint);
  if (longestMs <= retentionAgeMs) return;
  const detail = `The schedule lasts up to ${longestMs} ms; events are kept for ${retentionAgeMs} ms.`;
  throw new TrotlineError("schedule-too-long", detail, { field: "/retry_delays_ms" });
}

/** Where a change says nothing of the schedule, what it was before is not judged anew. */
export const changesSchedule = (change: Partial<Endpoint>): boolean =>
  change.retry !== undefined || change.retryJitter !== undefined || change.retryMaxAgeMs !== undefined;

/** Nor may the default one. Refuses with `retention-too-short`. */
export function checkRetention(retentionAgeMs: number): void {
  const longestMs = longestScheduleMs({ retry: defaultRetryPolicy });
  if (retentionAgeMs >= longestMs) return;
  const hours = (ms: number): string => `${Math.ceil(ms / 360_000) / 10} hours`;
  const detail = `Events are kept for ${hours(retentionAgeMs)}, and the default retry schedule lasts up to ${hours(longestMs)}.`;
  throw new TrotlineError("retention-too-short", detail);
}
