/** Sends what came to a bin to another URL, because a person wants to see what comes of it there. */
import type { AttemptResult } from "../../core/attempt.ts";
import { TrotlineError } from "../../core/errors.ts";
import { limits } from "../../core/limits.ts";
import type { Clock, Sender, SendRequest } from "../../core/ports.ts";
import { headerValues, type ReceivedRequest } from "../../core/received-request.ts";
import { belowSource, withoutDots } from "../../core/received-target.ts";
import { fullBucket, isFull, type TokenBucket, takeToken, tokenAtMs } from "../../core/token-bucket.ts";

const methods: readonly string[] = [
  "POST",
  "PUT",
  "PATCH",
  "GET",
  "DELETE",
  "OPTIONS",
] satisfies SendRequest["method"][];

/** They are about the connection that the request came on (RFC 9110, section 7.6.1), or are made anew. */
const ofTheConnection =
  /^(host|connection|content-length|transfer-encoding|keep-alive|upgrade|expect|te|trailer|proxy-.*)$/i;

/** Of the answer's headers, those that a person may want to see. */
const shownHeaders = [
  ...["content-type", "content-length", "content-encoding", "content-language", "content-disposition", "location"],
  ...["retry-after", "allow", "server", "date", "etag", "last-modified", "cache-control", "vary", "www-authenticate"],
  ...["x-request-id", "x-powered-by", "ratelimit", "ratelimit-policy", "access-control-allow-origin"],
];

const rate = { perSecond: limits.binForwardsPerMinute / 60, burst: limits.binForwardsPerMinute };
const countedMax = 1000;

/** The URL, with the path below the bin's own, and its query, behind it. */
export function forwardUrl(url: string, target: string): string {
  const [, path = "", query = ""] = /^([^?#]*)\??(.*)$/s.exec(belowSource(target)) ?? [];
  const below = withoutDots(path);
  const [base = "", own = ""] = url.replace(/#.*$/s, "").split(/\?(.*)/s, 2);
  const whole = below.startsWith("/") && below !== "/" ? base.replace(/\/+$/, "") + below : base;
  const queries = [own, query].filter((part) => part !== "");
  return queries.length === 0 ? whole : `${whole}?${queries.join("&")}`;
}

/** In order, with their duplicates. */
export function forwardedHeaders(headers: readonly string[]): string[] {
  const named = headerValues(headers, "connection").join(",").toLowerCase().split(",");
  const ofThisConnection = new Set(named.map((name) => name.trim()));
  const kept: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? "";
    if (ofTheConnection.test(name) || ofThisConnection.has(name.toLowerCase())) continue;
    kept.push(name, headers[index + 1] ?? "");
  }
  return kept;
}

export class BinForwards {
  readonly #machine: { readonly sender: Sender; readonly clock: Clock };
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #runningOf = new Map<string, number>();
  #running = 0;

  constructor(machine: { readonly sender: Sender; readonly clock: Clock }) {
    this.#machine = machine;
  }

  /** Never rejects for what comes of it. Refuses with `forward-refused`, `too-many-checks`. */
  async forward(binId: string, request: ReceivedRequest, url: string): Promise<AttemptResult & { url: string }> {
    const { method, headers, body, target } = request;
    if (!methods.includes(method)) {
      throw new TrotlineError("forward-refused", `\`${method}\` is not sent on; these are: ${methods.join(", ")}.`);
    }
    this.#count(binId);
    const to = forwardUrl(url, target);
    this.#add(binId, 1);
    try {
      const result = await this.#machine.sender.send({
        url: to,
        method: method as SendRequest["method"],
        headers: forwardedHeaders(headers),
        body,
        timeoutMs: limits.timeoutMsDefault,
        answerHeaders: shownHeaders,
      });
      return { ...result, url: to };
    } finally {
      this.#add(binId, -1);
    }
  }

  #count(binId: string): void {
    const isFullNow = this.#running >= limits.binForwards;
    if (isFullNow || (this.#runningOf.get(binId) ?? 0) >= limits.binForwards / 4) {
      throw tooMany("As many requests are being forwarded as may.", 1);
    }
    const nowMs = this.#machine.clock.steadyMs();
    const bucket = this.#buckets.get(binId) ?? fullBucket(rate, nowMs);
    if (this.#buckets.size >= countedMax) {
      for (const [id, counted] of this.#buckets) if (isFull(counted, nowMs)) this.#buckets.delete(id);
    }
    this.#buckets.set(binId, bucket);
    const waitMs = tokenAtMs(bucket, nowMs) - nowMs;
    if (waitMs > 0) {
      throw tooMany(`A bin forwards ${limits.binForwardsPerMinute} requests a minute at most.`, waitMs / 1000);
    }
    takeToken(bucket, nowMs);
  }

  #add(binId: string, change: number): void {
    this.#running += change;
    const running = (this.#runningOf.get(binId) ?? 0) + change;
    if (running === 0) this.#runningOf.delete(binId);
    else this.#runningOf.set(binId, running);
  }
}

const tooMany = (detail: string, seconds: number): TrotlineError =>
  new TrotlineError("too-many-checks", detail, { retryAfterSeconds: Math.ceil(seconds) });
