/**
 * The rates of endpoints and tenants that have one. An attempt takes a token of each, whatever made it go, unless it
 * goes by hand. Part of stage 2; whoever has no rate costs a look at two members.
 */
import { isOpen } from "../core/breaker.ts";
import { burstOf, type RateLimit } from "../core/endpoint-pace.ts";
import type { Lane } from "../core/lane.ts";
import { pageWantsLoad } from "../core/parked-page.ts";
import {
  changeLimit,
  fullBucket,
  isFull,
  returnToken,
  type TokenBucket,
  takeToken,
  tokenAtMs,
} from "../core/token-bucket.ts";
import type { RunningLane } from "./running-lane.ts";

/** A replay that lanes go before looks again after this. */
export const replayLooksAgainMs = 5;

interface EndpointRate {
  readonly bucket: TokenBucket;
  /** At its last turn the lane had something to send, and no token. */
  laneWaits: boolean;
}

export class RateLimits {
  readonly #nowMs: () => number;
  readonly #ofEveryTenant: RateLimit | null;
  readonly #endpoints = new Map<number, EndpointRate>();
  readonly #tenants = new Map<string, TokenBucket>();

  constructor(options: { readonly nowMs: () => number; readonly perTenantPerSecond: number | null }) {
    const { perTenantPerSecond: perSecond } = options;
    this.#nowMs = options.nowMs;
    this.#ofEveryTenant = perSecond === null ? null : { perSecond, burst: burstOf(perSecond) };
  }

  get hasTenantRate(): boolean {
    return this.#ofEveryTenant !== null;
  }

  /** When the lane may send: now or earlier where it may at once. To be asked at each of its turns. */
  laneMayAtMs({ endpoint, lane }: RunningLane, nowMs: number): number {
    if (endpoint.rateLimit === null) return nowMs;
    const rate = this.#rateOf(endpoint.number, endpoint.rateLimit, nowMs);
    const atMs = tokenAtMs(rate.bucket, nowMs);
    rate.laneWaits = atMs > nowMs && hasSomethingToSend(lane, nowMs);
    return atMs;
  }

  /** When a replay may send to the endpoint: it has what its lane and those of its tenant leave. */
  replayMayAtMs({ endpoint }: RunningLane, nowMs: number): number {
    const tenantAtMs = this.tenantMayAtMs(endpoint.tenant, nowMs);
    if (endpoint.rateLimit === null) return tenantAtMs;
    const { bucket, laneWaits } = this.#rateOf(endpoint.number, endpoint.rateLimit, nowMs);
    return Math.max(tenantAtMs, tokenAtMs(bucket, nowMs), laneWaits ? nowMs + replayLooksAgainMs : nowMs);
  }

  tenantMayAtMs(tenant: string, nowMs: number): number {
    const limit = this.#ofEveryTenant;
    return limit === null ? nowMs : tokenAtMs(this.#bucketOf(tenant, limit, nowMs), nowMs);
  }

  /** An attempt is about to begin. */
  took({ endpoint }: RunningLane): void {
    const { rateLimit } = endpoint;
    const limit = this.#ofEveryTenant;
    if (rateLimit === null && limit === null) return;
    const nowMs = this.#nowMs();
    if (rateLimit !== null) takeToken(this.#rateOf(endpoint.number, rateLimit, nowMs).bucket, nowMs);
    if (limit !== null) takeToken(this.#bucketOf(endpoint.tenant, limit, nowMs), nowMs);
  }

  /** It did not begin after all. */
  gaveBack({ endpoint }: RunningLane): void {
    const { rateLimit } = endpoint;
    const limit = this.#ofEveryTenant;
    if (rateLimit === null && limit === null) return;
    const nowMs = this.#nowMs();
    if (rateLimit !== null) returnToken(this.#rateOf(endpoint.number, rateLimit, nowMs).bucket);
    if (limit !== null) returnToken(this.#bucketOf(endpoint.tenant, limit, nowMs));
  }

  /** Buckets that are as good as new are made again when they are needed. */
  forgetFull(): void {
    const nowMs = this.#nowMs();
    for (const [number, { bucket }] of this.#endpoints) if (isFull(bucket, nowMs)) this.#endpoints.delete(number);
    for (const [tenant, bucket] of this.#tenants) if (isFull(bucket, nowMs)) this.#tenants.delete(tenant);
  }

  /** How many are remembered. */
  get size(): number {
    return this.#endpoints.size + this.#tenants.size;
  }

  #rateOf(endpointNumber: number, limit: RateLimit, nowMs: number): EndpointRate {
    let rate = this.#endpoints.get(endpointNumber);
    if (rate === undefined) {
      rate = { bucket: fullBucket(limit, nowMs), laneWaits: false };
      this.#endpoints.set(endpointNumber, rate);
    } else if (rate.bucket.limit !== limit) {
      changeLimit(rate.bucket, limit, nowMs);
    }
    return rate;
  }

  #bucketOf(tenant: string, limit: RateLimit, nowMs: number): TokenBucket {
    let bucket = this.#tenants.get(tenant);
    if (bucket === undefined) {
      bucket = fullBucket(limit, nowMs);
      this.#tenants.set(tenant, bucket);
    }
    return bucket;
  }
}

/** About: it says who goes first, not who may go. */
function hasSomethingToSend(lane: Lane, nowMs: number): boolean {
  if (lane.isHalted || nowMs < lane.pausedUntilMs) return false;
  if (isOpen(lane.breaker) && nowMs < (lane.breaker.probeAtMs ?? 0)) return false;
  const dueAtMs = lane.parked.rows[0]?.dueAtMs ?? Number.POSITIVE_INFINITY;
  const isHolding = lane.order !== null && lane.order.ready.length > 0;
  return lane.unsent.length > 0 || !lane.caughtUp || isHolding || dueAtMs <= nowMs || pageWantsLoad(lane.parked);
}
