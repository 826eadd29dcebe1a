/**
 * Deliveries of one endpoint that wait for each other, to go in one request. One answer settles them all. A batch goes
 * when it is full, when its first event has waited long enough, or when nothing more can come. Part of stage 3.
 *
 * After a failed batch each of its events is retried by its own schedule, in a batch a quarter as large as the one that
 * failed: an event that a receiver always refuses is soon alone, and takes no others with it.
 */
import type { AttemptResult } from "../core/attempt.ts";
import type { Endpoint } from "../core/endpoint.ts";
import type { StoredEvent } from "../core/event.ts";
import { limits } from "../core/limits.ts";
import type { AttemptHow } from "./attempt.ts";
import type { Capacity } from "./ready-lanes.ts";

export interface Member {
  readonly event: StoredEvent;
  readonly body: Buffer;
  readonly how: AttemptHow;
}

interface Waiting extends Member {
  readonly resolve: (result: AttemptResult) => void;
}

interface Batch {
  readonly endpoint: Endpoint;
  readonly eventsMax: number;
  readonly waiting: Waiting[];
  bytes: number;
  readonly timer: NodeJS.Timeout;
}

export interface BatchesOptions {
  /** Sends one request, and never rejects. */
  readonly send: (endpoint: Endpoint, members: readonly Member[]) => Promise<AttemptResult>;
  /** Beyond the half of what anybody may have in flight the batch that waits longest goes. */
  readonly capacity: Capacity;
}

/** Events that remember how large a batch they failed in. */
const failedKeptMax = 10_000;

export class Batches {
  readonly #options: BatchesOptions;
  readonly #waitingMax: number;
  /** By endpoint number and size, the longest waiting first. */
  readonly #open = new Map<string, Batch>();
  /** The most events of the next batch, by endpoint number and position. */
  readonly #smaller = new Map<string, number>();
  /** Deliveries that are being prepared, by endpoint number, and endpoints that have no more than those. */
  readonly #coming = new Map<number, number>();
  readonly #complete = new Set<number>();
  /** Endpoints that were deleted while deliveries were being prepared for them. */
  readonly #dropped = new Set<number>();
  #waiting = 0;
  #isHurried = false;

  constructor(options: BatchesOptions) {
    this.#options = options;
    const { perProcess, perTenant, perOrigin } = options.capacity;
    this.#waitingMax = Math.floor(Math.min(perProcess, perTenant, perOrigin) / 2);
  }

  /** Ends with the request that the event went in. What is urgent goes at once, alone. */
  add(endpoint: Endpoint, member: Member): Promise<AttemptResult> {
    if (this.#dropped.has(endpoint.number)) return Promise.resolve(interrupted);
    const { promise, resolve } = Promise.withResolvers<AttemptResult>();
    const waiting = { ...member, resolve };
    const eventsMax = member.how.isUrgent === true ? 1 : this.#eventsMax(endpoint, member.event);
    if (eventsMax === 1) void this.#send(endpoint, [waiting]);
    else this.#join(endpoint, eventsMax, waiting);
    return promise;
  }

  /** Whether a delivery waits for others, and is not under way. */
  isWaiting({ number }: Endpoint, position: number): boolean {
    for (const batch of this.#open.values()) {
      if (batch.endpoint.number === number && batch.waiting.some(({ event }) => event.position === position))
        return true;
    }
    return false;
  }

  /** A delivery is being prepared, and joins the others soon; `arrived` follows when it has, or failed. */
  expect({ number }: Endpoint): void {
    this.#coming.set(number, (this.#coming.get(number) ?? 0) + 1);
    this.#complete.delete(number);
  }

  arrived({ number }: Endpoint): void {
    const left = (this.#coming.get(number) ?? 1) - 1;
    if (left > 0) {
      this.#coming.set(number, left);
      return;
    }
    this.#coming.delete(number);
    this.#dropped.delete(number);
    if (this.#complete.delete(number)) this.#flushAll(number);
  }

  /** Beside those that are coming nothing more can join what waits for this endpoint. */
  complete({ number }: Endpoint): void {
    if (this.#coming.has(number)) this.#complete.add(number);
    else this.#flushAll(number);
  }

  /** The endpoint was deleted: what waits, or is coming, is never sent, and nothing is known of it. */
  drop({ number }: Endpoint): void {
    if (this.#coming.has(number)) this.#dropped.add(number);
    this.lose({ number });
  }

  /** Another process runs the endpoint: what waits is not sent here. What is coming finds that out for itself. */
  lose({ number }: Pick<Endpoint, "number">): void {
    for (const [key, batch] of this.#open) {
      if (batch.endpoint.number !== number) continue;
      this.#take(key, batch);
      for (const { resolve } of batch.waiting) resolve(interrupted);
    }
  }

  /** What waits goes now, and nothing waits any more. */
  hurry(): void {
    this.#isHurried = true;
    for (const [key, batch] of this.#open) this.#flush(key, batch);
  }

  #join(endpoint: Endpoint, eventsMax: number, waiting: Waiting): void {
    const key = `${endpoint.number} ${eventsMax}`;
    let batch = this.#open.get(key);
    const isFull = batch !== undefined && batch.bytes + waiting.body.length > limits.requestBytes;
    if (batch !== undefined && (isFull || batch.endpoint !== endpoint)) {
      this.#flush(key, batch);
      batch = undefined;
    }
    batch ??= this.#begin(key, endpoint, eventsMax);
    batch.waiting.push(waiting);
    batch.bytes += waiting.body.length;
    this.#waiting += 1;
    if (this.#isHurried || batch.waiting.length >= eventsMax) this.#flush(key, batch);
    else if (this.#waiting > this.#waitingMax) {
      const [oldest] = this.#open;
      if (oldest !== undefined) this.#flush(...oldest);
    }
  }

  #begin(key: string, endpoint: Endpoint, eventsMax: number): Batch {
    const flush = (): void => this.#flush(key, batch);
    const timer = setTimeout(flush, endpoint.batch?.maxWaitMs ?? 0).unref();
    const batch: Batch = { endpoint, eventsMax, waiting: [], bytes: 0, timer };
    this.#open.set(key, batch);
    return batch;
  }

  #flushAll(number: number): void {
    for (const [key, batch] of this.#open) if (batch.endpoint.number === number) this.#flush(key, batch);
  }

  #take(key: string, batch: Batch): void {
    clearTimeout(batch.timer);
    if (this.#open.get(key) !== batch) return;
    this.#open.delete(key);
    this.#waiting -= batch.waiting.length;
  }

  #flush(key: string, batch: Batch): void {
    this.#take(key, batch);
    void this.#send(batch.endpoint, batch.waiting);
  }

  async #send(endpoint: Endpoint, waiting: readonly Waiting[]): Promise<void> {
    const members = waiting.toSorted((left, right) => left.event.position - right.event.position);
    const result = await this.#options.send(endpoint, members);
    for (const { event } of members) this.#note(endpoint, event, { result, size: members.length });
    const echo = result.errorClass === null ? result : { ...result, isEcho: true };
    for (const [index, { resolve }] of waiting.entries()) resolve(index === 0 ? result : echo);
  }

  #note({ number }: Endpoint, { position }: StoredEvent, ended: { result: AttemptResult; size: number }): void {
    const key = `${number} ${position}`;
    this.#smaller.delete(key);
    const { errorClass } = ended.result;
    if (errorClass === null || errorClass === "interrupted") return;
    if (this.#smaller.size >= failedKeptMax) this.#smaller.delete(this.#smaller.keys().next().value!);
    this.#smaller.set(key, Math.max(1, Math.floor(ended.size / 4)));
  }

  #eventsMax({ number, batch }: Endpoint, { position }: StoredEvent): number {
    const wanted = batch?.maxEvents ?? 1;
    return Math.min(wanted, this.#smaller.get(`${number} ${position}`) ?? wanted);
  }
}

const interrupted: AttemptResult = {
  status: null,
  errorClass: "interrupted",
  errorDetail: "The endpoint was deleted, or another process runs it.",
  durationMs: 0,
  responseBody: new Uint8Array(0),
  responseTruncated: false,
  retryAfterMs: null,
};
