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
const ofBodies = { perSecond: limits.receiptBodiesPerSecond, burst: limits.receiptBodiesBurst };
const nothing = new Uint8Array(0);

/** What one source may write. */
interface Allowance {
  readonly receipts: TokenBucket;
  /** Bodies that are more than short. */
  readonly bodies: TokenBucket;
}

export class Receipts {
  readonly #options: ReceiptsOptions;
  readonly #all: TokenBucket;
  readonly #bySource = new Map<number, Allowance>();
  #queue: Receipt[] = [];
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;

  constructor(options: ReceiptsOptions) {
    this.#options = options;
    this.#all = fullBucket(ofAll, options.clock.steadyMs());
  }

  add(draft: ReceiptDraft): void {
    const nowMs = this.#options.clock.steadyMs();
    const own = this.#allowanceOf(draft.sourceNumber, nowMs);
    if (!this.#hasRoom(own.receipts, nowMs)) {
      this.#options.onUnwritten(1);
      return;
    }
    this.#queue.push(this.#receiptOf(draft, keptBytes(draft.request.body, own.bodies, nowMs)));
    this.#timer ??= setTimeout(() => this.#flush(), flushDelayMs).unref();
  }

  /** Writes what waits. */
  async close(): Promise<void> {
    await this.#writing;
    this.#flush();
    await this.#writing;
  }

  #hasRoom(own: TokenBucket, nowMs: number): boolean {
    if (this.#queue.length >= queuedMax) return false;
    if (tokenAtMs(own, nowMs) > nowMs || tokenAtMs(this.#all, nowMs) > nowMs) return false;
    takeToken(own, nowMs);
    takeToken(this.#all, nowMs);
    return true;
  }

  #allowanceOf(sourceNumber: number, nowMs: number): Allowance {
    let own = this.#bySource.get(sourceNumber);
    if (own === undefined) {
      if (this.#bySource.size >= bucketsMax) {
        for (const [number, { receipts, bodies }] of this.#bySource) {
          if (isFull(receipts, nowMs) && isFull(bodies, nowMs)) this.#bySource.delete(number);
        }
      }
      own = { receipts: fullBucket(ofOne, nowMs), bodies: fullBucket(ofBodies, nowMs) };
      this.#bySource.set(sourceNumber, own);
    }
    return own;
  }

  #receiptOf({ request, bodyTruncated, ...rest }: ReceiptDraft, bodyBytes: number): Receipt {
    const { clock, random } = this.#options;
    return {
      ...rest,
      id: makeId("rcp", clock.wallMs(), random.bytes(16)),
      receivedAtMs: request.receivedAtMs,
      request: encodeRequest({ ...request, body: request.body.subarray(0, bodyBytes) }, nothing),
      bodyTruncated: bodyTruncated || request.body.length > bodyBytes,
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

/** How much is kept of a body. Of a flood a few are kept whole: all of them would push out what other sources noted. */
function keptBytes({ length }: Uint8Array, bodies: TokenBucket, nowMs: number): number {
  if (length <= limits.receiptShortBodyBytes) return length;
  if (tokenAtMs(bodies, nowMs) > nowMs) return limits.receiptShortBodyBytes;
  takeToken(bodies, nowMs);
  return Math.min(length, limits.receiptBodyBytes);
}
