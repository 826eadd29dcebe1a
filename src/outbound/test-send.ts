/**
 * Sends an example to an endpoint, as a delivery is sent, so that a person sees what comes of it. It is of no log: no
 * cursor, breaker or statistic knows of it.
 */
import type { AttemptResult } from "../core/attempt.ts";
import type { Endpoint } from "../core/endpoint.ts";
import { TrotlineError } from "../core/errors.ts";
import type { StoredEvent } from "../core/event.ts";
import type { EventType } from "../core/event-type.ts";
import { makeId } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { Clock, Random } from "../core/ports.ts";
import { fullBucket, isFull, type TokenBucket, takeToken, tokenAtMs } from "../core/token-bucket.ts";
import type { Attempter } from "./attempt.ts";
import type { ReceiverChecks } from "./receiver-checks.ts";

/** The type of a test that names none. */
export const testEventType = "trotline.test";

const rate = { perSecond: limits.testsPerMinute / 60, burst: limits.testsPerMinute };

/** Endpoints whose tests are counted before those that were not tested lately are forgotten. */
const countedMax = 1000;

interface EventExample {
  readonly version: string | null;
  /** Any JSON value. */
  readonly data: unknown;
}

const noExample: EventExample = { version: null, data: { test: true } };

export interface TestSendOptions {
  readonly attempter: Pick<Attempter, "attempt">;
  readonly clock: Clock;
  readonly random: Random;
  readonly checks: ReceiverChecks;
  /** The catalogue. */
  readonly eventTypes: { get(name: string): EventType | undefined };
}

export interface TestSent {
  readonly event: StoredEvent;
  readonly result: AttemptResult;
}

export class TestSender {
  readonly #options: TestSendOptions;
  /** By the endpoint's id. */
  readonly #buckets = new Map<string, TokenBucket>();
  /** No two tests have one, and no event of the log has it: what is made of an event is remembered by its position. */
  #position = Number.MAX_SAFE_INTEGER;

  constructor(options: TestSendOptions) {
    this.#options = options;
  }

  /** Whatever the endpoint's status. Refuses with `too-many-checks`. */
  send(endpoint: Endpoint, type: string): Promise<TestSent> {
    return this.#options.checks.run(endpoint.tenant, async () => {
      this.#count(endpoint.id);
      const event = this.#event(endpoint, type);
      return { event, result: await this.#options.attempter.attempt(endpoint, event, { number: 1, isUrgent: true }) };
    });
  }

  #event(endpoint: Endpoint, type: string): StoredEvent {
    const { clock, random, eventTypes } = this.#options;
    const nowMs = clock.wallMs();
    const { version, data } = exampleOf(eventTypes.get(type), endpoint.versions[type]);
    this.#position -= 1;
    return {
      id: makeId("evt", nowMs, random.bytes(16)),
      tenant: endpoint.tenant,
      type,
      subject: null,
      occurredAtMs: nowMs,
      version,
      data: Buffer.from(JSON.stringify(data)),
      request: null,
      position: this.#position,
      acceptedAtMs: clock.steadyMs(),
    };
  }

  #count(id: string): void {
    const nowMs = this.#options.clock.steadyMs();
    let bucket = this.#buckets.get(id);
    if (bucket === undefined) {
      if (this.#buckets.size >= countedMax) this.#forgetFull(nowMs);
      bucket = fullBucket(rate, nowMs);
      this.#buckets.set(id, bucket);
    }
    const waitMs = tokenAtMs(bucket, nowMs) - nowMs;
    if (waitMs > 0) {
      const detail = `An endpoint is tested ${limits.testsPerMinute} times a minute at most.`;
      throw new TrotlineError("too-many-checks", detail, { retryAfterSeconds: Math.ceil(waitMs / 1000) });
    }
    takeToken(bucket, nowMs);
  }

  #forgetFull(nowMs: number): void {
    for (const [id, bucket] of this.#buckets) if (isFull(bucket, nowMs)) this.#buckets.delete(id);
  }
}

/** Of the version that the endpoint wants, else of the newest that has one, which then comes as that version would. */
function exampleOf(eventType: EventType | undefined, wanted: string | undefined): EventExample {
  const having = (eventType?.versions ?? []).filter(({ example }) => example !== undefined);
  const found = having.find(({ version }) => version === wanted) ?? having.at(-1);
  return found === undefined ? noExample : { version: found.version, data: found.example };
}
