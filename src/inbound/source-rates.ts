import type { Source } from "../core/source.ts";
import { changeLimit, fullBucket, isFull, type TokenBucket, takeToken, tokenAtMs } from "../core/token-bucket.ts";

/** Where a source that has a rate stands. */
export interface RateStanding {
  readonly limit: number;
  readonly remaining: number;
  /** Until another request is taken; 0 where one is now. */
  readonly waitMs: number;
}

const bucketsMax = 10_000;

/** Requests a second of each source. Those that are refused take nothing. */
export class SourceRates {
  readonly #buckets = new Map<number, TokenBucket>();

  /** Null where the source has no rate. */
  take({ number, rate }: Source, nowMs: number): RateStanding | null {
    if (rate === null) return null;
    const bucket = this.#bucketOf(number, rate, nowMs);
    const waitMs = tokenAtMs(bucket, nowMs) - nowMs;
    if (waitMs === 0) takeToken(bucket, nowMs);
    return { limit: rate.burst, remaining: Math.max(0, Math.floor(bucket.tokens)), waitMs };
  }

  #bucketOf(number: number, rate: TokenBucket["limit"], nowMs: number): TokenBucket {
    const known = this.#buckets.get(number);
    if (known !== undefined) {
      if (known.limit !== rate) changeLimit(known, rate, nowMs);
      return known;
    }
    if (this.#buckets.size >= bucketsMax) this.#forgetFull(nowMs);
    const bucket = fullBucket(rate, nowMs);
    this.#buckets.set(number, bucket);
    return bucket;
  }

  #forgetFull(nowMs: number): void {
    for (const [number, bucket] of this.#buckets) if (isFull(bucket, nowMs)) this.#buckets.delete(number);
  }
}
