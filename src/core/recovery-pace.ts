/**
 * How fast a lane goes when an outage of its endpoint has ended: in the first minute no faster than twice what it
 * delivered before, on average, so that a backlog of days does not fall upon a receiver that has just come back. After
 * that its window decides alone. A lane that had little to do may send `recoveryRule.eventsLeast` in that minute, and
 * one of which too little is known `eventsUnknown`.
 */
import { fullBucket, type TokenBucket, takeToken, tokenAtMs } from "./token-bucket.ts";

export interface RecoveryPace {
  /** Delivered since `wellSinceMs`, while the lane was up to date. */
  delivered: number;
  wellSinceMs: number;
  /** True since an outage ended until the lane has caught up: what it delivers meanwhile says nothing of its pace. */
  isBehind: boolean;
  /** What it delivered on average when its breaker opened; null while that is not known. */
  normalPerSecond: number | null;
  /** Null but in the first minute after an outage. */
  bucket: TokenBucket | null;
  untilMs: number;
}

export const recoveryRule = {
  lengthMs: 60_000,
  /** So many times what is normal. */
  factor: 2,
  eventsLeast: 60,
  eventsUnknown: 3_000,
  /** Attempts of that minute that may go at once. */
  burst: 10,
} as const;

/** An average over less than this says little. */
const measuredMsLeast = 60_000;

export const newRecoveryPace = (nowMs: number): RecoveryPace => ({
  delivered: 0,
  wellSinceMs: nowMs,
  isBehind: false,
  normalPerSecond: null,
  bucket: null,
  untilMs: 0,
});

/** A delivery succeeded. */
export function recoveryDelivered(pace: RecoveryPace, isCaughtUp: boolean, nowMs: number): void {
  pace.delivered += 1;
  if (!pace.isBehind || !isCaughtUp) return;
  pace.isBehind = false;
  pace.delivered = 0;
  pace.wellSinceMs = nowMs;
}

/** The breaker opened: what was normal until now is what recovery will be measured by. */
export function recoveryOutageBegan(pace: RecoveryPace, nowMs: number): void {
  const measuredMs = nowMs - pace.wellSinceMs;
  if (pace.isBehind || measuredMs < measuredMsLeast) return;
  pace.normalPerSecond = (pace.delivered * 1000) / measuredMs;
}

/** The endpoint answers again, or a person enabled it. */
export function recoveryBegan(pace: RecoveryPace, nowMs: number): void {
  const { lengthMs, factor, eventsLeast, eventsUnknown, burst } = recoveryRule;
  const { normalPerSecond } = pace;
  const isKnown = normalPerSecond !== null;
  const events = isKnown ? Math.max(eventsLeast, (factor * normalPerSecond * lengthMs) / 1000) : eventsUnknown;
  const perSecond = ((events - burst) * 1000) / lengthMs;
  pace.bucket = fullBucket({ perSecond, burst }, nowMs);
  pace.untilMs = nowMs + lengthMs;
  pace.isBehind = true;
}

/** When the lane may send: `nowMs` where it may at once. */
export function recoveryMayAtMs(pace: RecoveryPace, nowMs: number): number {
  if (pace.bucket === null) return nowMs;
  if (nowMs < pace.untilMs) return Math.min(tokenAtMs(pace.bucket, nowMs), pace.untilMs);
  pace.bucket = null;
  return nowMs;
}

/** An attempt of the lane begins. */
export function recoveryTook(pace: RecoveryPace, nowMs: number): void {
  if (pace.bucket !== null) takeToken(pace.bucket, nowMs);
}
