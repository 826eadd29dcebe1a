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

/** How far a delay may be from what the schedule says, where an endpoint does not say: a fifth. */
export const jitterRatio = 0.2;

/** The part of an endpoint that says when a delivery is tried again. */
export interface RetryRule {
  readonly retry: RetryPolicy;
  /** 0 to 1: how far a delay may be from what the schedule says, either way, as a part of it. */
  readonly retryJitter?: number;
  /** No attempt begins later than this after its event was accepted; null, or absent: whatever its age. */
  readonly retryMaxAgeMs?: number | null;
}

/** An event that came to a schedule: absent where its age does not count. */
interface Aged {
  readonly acceptedAtMs?: number | undefined;
}

/**
 * When a delivery is due again, or null when its schedule is used up, or it would be too old then.
 * `step` counts the delays used so far; `random` is in [0, 1).
 */
export function nextDueAtMs(
  rule: RetryRule,
  failure: { readonly step: number; readonly nowMs: number; readonly random: number } & Aged,
): number | null {
  const delayMs = rule.retry.delaysMs[failure.step];
  if (delayMs === undefined) return null;
  const { retryJitter = jitterRatio } = rule;
  const dueAtMs = failure.nowMs + Math.round(delayMs * (1 - retryJitter + 2 * retryJitter * failure.random));
  return isTooOld(rule, { acceptedAtMs: failure.acceptedAtMs, nowMs: dueAtMs }) ? null : dueAtMs;
}

/** Whether an event is older than its endpoint wants it. */
export function isTooOld(rule: RetryRule, event: { readonly nowMs: number } & Aged): boolean {
  const { retryMaxAgeMs = null } = rule;
  return retryMaxAgeMs !== null && event.acceptedAtMs !== undefined && event.nowMs - event.acceptedAtMs > retryMaxAgeMs;
}

/** The longest time between an event and its last attempt; retention must not be shorter. */
export function longestScheduleMs(rule: RetryRule): number {
  const { retry, retryMaxAgeMs } = rule;
  const scheduleMs = retry.delaysMs.reduce((sum, delayMs) => sum + longestDelayMs(rule, delayMs), 0);
  return Math.min(scheduleMs, retryMaxAgeMs ?? Number.POSITIVE_INFINITY);
}

/**
 * The latest time at which a delivery that waits now can be due. A stored due time beyond it was written while the
 * clock was wrong.
 */
export const latestDueAtMs = (rule: RetryRule, nowMs: number): number =>
  nowMs + longestDelayMs(rule, Math.max(0, ...rule.retry.delaysMs));

const longestDelayMs = ({ retryJitter = jitterRatio }: RetryRule, delayMs: number): number =>
  Math.ceil(delayMs * (1 + retryJitter));

/** A pause asked for with `Retry-After`, held within bounds. */
export const boundedRetryAfterMs = (retryAfterMs: number): number =>
  Math.min(Math.max(0, retryAfterMs), limits.retryAfterMsMax);
