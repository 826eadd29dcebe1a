import { limits } from "./limits.ts";

/** Delays between attempts, in milliseconds: the first entry is the wait after the first failure. */
export interface RetryPolicy {
  readonly delaysMs: readonly number[];
}

const seconds = 1000;
const minutes = 60 * seconds;
const hours = 60 * minutes;

/** 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h: ten attempts over three days. */
export const defaultRetryPolicy: RetryPolicy = {
  delaysMs: [
    5 * seconds,
    5 * minutes,
    30 * minutes,
    2 * hours,
    5 * hours,
    10 * hours,
    14 * hours,
    20 * hours,
    24 * hours,
  ],
};

export const jitterRatio = 0.2;

/**
 * When a delivery is due again, or null when its schedule is used up.
 * `step` counts the delays used so far; `random` is in [0, 1); the jitter is ±20 %.
 */
export function nextDueAtMs(
  policy: RetryPolicy,
  failure: { readonly step: number; readonly nowMs: number; readonly random: number },
): number | null {
  const delayMs = policy.delaysMs[failure.step];
  if (delayMs === undefined) return null;
  return failure.nowMs + Math.round(delayMs * (1 - jitterRatio + 2 * jitterRatio * failure.random));
}

/** The longest time between an event and its last attempt; retention must not be shorter. */
export function longestScheduleMs(policy: RetryPolicy): number {
  return policy.delaysMs.reduce((sum, delayMs) => sum + Math.ceil(delayMs * (1 + jitterRatio)), 0);
}

/**
 * The latest time at which a delivery that waits now can be due. A stored due time beyond it was written while the
 * clock was wrong.
 */
export function latestDueAtMs(policy: RetryPolicy, nowMs: number): number {
  return nowMs + Math.ceil(Math.max(0, ...policy.delaysMs) * (1 + jitterRatio));
}

/** A pause asked for with `Retry-After`, held within bounds. */
export const boundedRetryAfterMs = (retryAfterMs: number): number =>
  Math.min(Math.max(0, retryAfterMs), limits.retryAfterMsMax);
