/**
 * The breaker of one lane. Closed: deliveries flow. Open: nothing is read or sent but a probe now and then,
 * so that an outage costs one attempt per pause however long the backlog grows.
 */
export interface Breaker {
  /** Failures since the last success. */
  consecutiveFailures: number;
  /** When the run of failures began; null while the last outcome was a success. */
  failingSinceMs: number | null;
  /** Null while closed; else when the next probe may go. */
  probeAtMs: number | null;
  /** Probes that failed since it opened. */
  failedProbes: number;
}

export const breakerRule = {
  /** Failures in a row that open it. */
  failuresToOpen: 10,
  /** The pause before the first probe; doubled after each that fails. */
  firstPauseMs: 5_000,
  longestPauseMs: 5 * 60_000,
} as const;

/** The longest pause before a probe, with what chance adds to it. */
export const longestProbePauseMs = Math.ceil(breakerRule.longestPauseMs * 1.2);

export const closedBreaker = (): Breaker => ({
  consecutiveFailures: 0,
  failingSinceMs: null,
  probeAtMs: null,
  failedProbes: 0,
});

export const isOpen = (breaker: Breaker): boolean => breaker.probeAtMs !== null;

/** Notes a failure. `random` in [0, 1) spreads probes of many endpoints that failed together. */
export function breakerFailed(breaker: Breaker, failure: { nowMs: number; random: number; wasProbe: boolean }): void {
  breaker.consecutiveFailures += 1;
  breaker.failingSinceMs ??= failure.nowMs;
  if (isOpen(breaker)) {
    if (!failure.wasProbe) return;
    breaker.failedProbes += 1;
  } else if (breaker.consecutiveFailures < breakerRule.failuresToOpen) {
    return;
  }
  const pauseMs = Math.min(
    breakerRule.longestPauseMs,
    breakerRule.firstPauseMs * 2 ** Math.min(breaker.failedProbes, 20),
  );
  breaker.probeAtMs = failure.nowMs + Math.round(pauseMs * (0.8 + 0.4 * failure.random));
}

/** Notes a success. Answers since when the endpoint had been failing if it was open, and null if it was not. */
export function breakerSucceeded(breaker: Breaker): number | null {
  const recoveredSinceMs = isOpen(breaker) ? breaker.failingSinceMs : null;
  Object.assign(breaker, closedBreaker());
  return recoveredSinceMs;
}
