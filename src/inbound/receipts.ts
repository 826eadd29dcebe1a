/**
 * Notes what made no event: rejected requests, copies, handshakes. Beside the flow: a flood of them costs the store a
 * few small writes a second, and whoever publishes nothing.
 */

import { makeId } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { Clock, Logger, Random } from "../core/ports.ts";
import { encodeRequest, type KeptRequest } from "../core/received-request.ts";
import type { Receipt } from "../core/source.ts";
import { fullBucket, isFull, type TokenBucket, takeToken, tokenAtMs } from "../core/token-bucket.ts";

export interface ReceiptDraft extends Pick<Receipt, "sourceNumber" | "outcome" | "code" | "detail" | "eventId"> {
  readonly request: KeptRequest;
  /** The body was not read to its end. */
  readonly bodyTruncated: boolean;
}

export interface ReceiptsOptions {
  readonly note: (receipts: readonly Receipt[]) => Promise<void>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** So many were not written: there were too many, or the store would not take them. */
  readonly onUnwritten: (count: number) => void;
}

const flushDelayMs = 50;
const queuedMax = 200;
const bucketsMax = 1000;
const ofOne = { perSecond: limits.receiptsPerSecond, burst: limits.receiptsPerSecond };
const ofAll = { perSecond: limits.receiptsPerSecondOfAll, burst: limits.receiptsPerSecondOfAll };
const nothing = new Uint8Array(0);

export class Receipts {
  readonly #options: ReceiptsOptions;
  readonly #all: TokenBucket;
  readonly #bySource = new Map<number, TokenBucket>();
  #queue: Receipt[] = [];
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;

  constructor(options: ReceiptsOptions) {
    this.#options = options;
    this.#all = fullBucket(ofAll, options.clock.steadyMs());
  }

  add(draft: ReceiptDraft): void {
    if (!this.#hasRoom(draft.sourceNumber)) {
      this.#options.onUnwritten(1);
      return;
    }
    this.#queue.push(this.#receiptOf(draft));
    this.#timer ??= setTimeout(() => this.#flush(), flushDelayMs).unref();
  }

  /** Writes what waits. */
  async close(): Promise<void> {
    await this.#writing;
    this.#flush();
    await this.#writing;
  }

  #hasRoom(sourceNumber: number): boolean {
    const nowMs = this.#options.clock.steadyMs();
    const own = this.#bucketOf(sourceNumber, nowMs);
    if (this.#queue.length >= queuedMax) return false;
    if (tokenAtMs(own, nowMs) > nowMs || tokenAtMs(this.#all, nowMs) > nowMs) return false;
    takeToken(own, nowMs);
    takeToken(this.#all, nowMs);
    return true;
  }

  #bucketOf(sourceNumber: number, nowMs: number): TokenBucket {
    let bucket = this.#bySource.get(sourceNumber);
    if (bucket === undefined) {
      if (this.#bySource.size >= bucketsMax) {
        for (const [number, old] of this.#bySource) if (isFull(old, nowMs)) this.#bySource.delete(number);
      }
      bucket = fullBucket(ofOne, nowMs);
      this.#bySource.set(sourceNumber, bucket);
    }
    return bucket;
  }

  #receiptOf({ request, bodyTruncated, ...rest }: ReceiptDraft): Receipt {
    const { clock, random } = this.#options;
    const isCut = request.body.length > limits.receiptBodyBytes;
    const body = isCut ? request.body.subarray(0, limits.receiptBodyBytes) : request.body;
    return {
      ...rest,
      id: makeId("rcp", clock.wallMs(), random.bytes(16)),
      receivedAtMs: request.receivedAtMs,
      request: encodeRequest({ ...request, body }, nothing),
      bodyTruncated: bodyTruncated || isCut,
    };
  }

  #flush(): void {
    this.#timer = null;
    if (this.#writing !== null || this.#queue.length === 0) return;
    const batch = this.#queue;
    this.#queue = [];
    this.#writing = this.#write(batch).finally(() => {
      this.#writing = null;
      if (this.#queue.length > 0) this.#timer ??= setTimeout(() => this.#flush(), flushDelayMs).unref();
    });
  }

  async #write(batch: readonly Receipt[]): Promise<void> {
    try {
      await this.#options.note(batch);
    } catch (error) {
      this.#options.onUnwritten(batch.length);
      this.#options.logger.warn({ err: error, count: batch.length }, "Receipts could not be written.");
    }
  }
}
