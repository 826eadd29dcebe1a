/**
 * A rate, held by a bucket of tokens: an attempt takes one, and they come back at the rate, up to the burst. So in any
 * time t no more than `burst + rate × t` attempts begin. What comes back is reckoned from one look to the next, whole
 * and in fractions, so that a rate neither drifts nor depends on when it is looked at.
 */
import type { RateLimit } from "./endpoint-pace.ts";

export interface TokenBucket {
  limit: RateLimit;
  tokens: number;
  /** When `tokens` was right. */
  atMs: number;
}

/** So near to a whole token that the difference is one of arithmetic. */
const nearly = 1e-6;

export const fullBucket = (limit: RateLimit, nowMs: number): TokenBucket => ({
  limit,
  tokens: limit.burst,
  atMs: nowMs,
});

/** When the next token is there: `nowMs` where one is. */
export function tokenAtMs(bucket: TokenBucket, nowMs: number): number {
  refill(bucket, nowMs);
  if (bucket.tokens >= 1 - nearly) return nowMs;
  return nowMs + Math.ceil(((1 - bucket.tokens) * 1000) / bucket.limit.perSecond);
}

/** An attempt begins. It may go where there is no token, too: then those after it wait the longer. */
export function takeToken(bucket: TokenBucket, nowMs: number): void {
  refill(bucket, nowMs);
  bucket.tokens -= 1;
}

/** An attempt that took one did not begin. */
export function returnToken(bucket: TokenBucket): void {
  bucket.tokens = Math.min(bucket.limit.burst, bucket.tokens + 1);
}

/** The rate is another from now on: what is there stays, as far as the new burst lets it. */
export function changeLimit(bucket: TokenBucket, limit: RateLimit, nowMs: number): void {
  refill(bucket, nowMs);
  bucket.limit = limit;
  bucket.tokens = Math.min(bucket.tokens, limit.burst);
}

/** True where it is as good as new, and need not be remembered. */
export function isFull(bucket: TokenBucket, nowMs: number): boolean {
  refill(bucket, nowMs);
  return bucket.tokens >= bucket.limit.burst;
}

function refill(bucket: TokenBucket, nowMs: number): void {
  const { limit, tokens, atMs } = bucket;
  if (nowMs <= atMs) return;
  bucket.tokens = Math.min(limit.burst, tokens + ((nowMs - atMs) * limit.perSecond) / 1000);
  bucket.atMs = nowMs;
}
