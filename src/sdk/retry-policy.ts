/** When a request that failed is sent again. */
export interface RetryPolicy {
  /** Attempts in all, the first included. */
  readonly attemptsMax: number;
  /** From the first attempt to the last answer, with the waits between. */
  readonly totalMsMax: number;
  /** Before the second attempt; doubled each time. */
  readonly firstDelayMs: number;
  /** The longest of these waits. */
  readonly delayMsMax: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  attemptsMax: 8,
  totalMsMax: 60_000,
  firstDelayMs: 200,
  delayMsMax: 10_000,
};

/** The longest pause that `Retry-After` can ask for. */
export const retryAfterMsMax = 300_000;

/** For readers, which live as long as their program. */
export const endless = (policy: RetryPolicy): RetryPolicy => ({
  ...policy,
  attemptsMax: Number.POSITIVE_INFINITY,
  totalMsMax: Number.POSITIVE_INFINITY,
});

export interface FailedAttempt {
  /** 1 for the first. */
  readonly number: number;
  /** Since the first attempt began. */
  readonly elapsedMs: number;
  /** What the server asked for, or null. */
  readonly retryAfterMs: number | null;
}

/**
 * The wait before the next attempt, or null where the policy allows none. A server that names a pause is left alone for
 * that long; else the wait grows, and chance (`random`, in [0, 1)) keeps clients apart.
 */
export function retryDelayMs(failed: FailedAttempt, policy: RetryPolicy, random: number): number | null {
  if (failed.number >= policy.attemptsMax) return null;
  const growth = Math.min(policy.delayMsMax, policy.firstDelayMs * 2 ** Math.min(failed.number - 1, 30));
  const asked = failed.retryAfterMs ?? 0;
  const delayMs =
    asked > 0 ? Math.min(asked, retryAfterMsMax) + random * policy.firstDelayMs : growth * (0.5 + random / 2);
  return failed.elapsedMs + delayMs >= policy.totalMsMax ? null : delayMs;
}
