/**
 * One hold of a consumer: from the fetch that took its lease until it is released or lost. It reads ahead by a page,
 * keeps the lease while the program works, and acknowledges in the background, one request at a time, what is finished.
 */
import { TrotlineApiError } from "./api-error.ts";
import { FinishedPrefix } from "./finished-prefix.ts";
import { orAborted, pause } from "./pause.ts";
import { restAfterEmpty } from "./rest-after-empty.ts";
import { isConsumerPage, isNothing, isResource, type Transport } from "./transport.ts";
import type { Consumer, ConsumerPage, TrotlineEvent } from "./wire.ts";

/** An event in the hands of the program. */
export interface HeldEvent<Data> {
  readonly event: TrotlineEvent<Data>;
  /** The hold that it came under; what a lost one handed out comes again. */
  readonly lease: Lease<Data>;
  /** It may be acknowledged, as soon as all before it may. */
  finish(): void;
}

export interface LeaseOptions {
  readonly transport: Transport;
  /** `/v1/consumers/{name}` */
  readonly path: string;
  readonly tenant: string | undefined;
  readonly limit: number;
  readonly waitSeconds: number;
  readonly leaseMs: number;
  /** The lease is kept no longer than this for one event that all others wait for to be acknowledged. */
  readonly processingMsMax: number;
}

/** At its end, for what is to be acknowledged yet, and for the release. */
const endingMsMax = 2000;
/** While an event takes longer than it may: between looks at whether it has ended. */
const stuckRestMs = 1000;

/** Answers that say that somebody else reads now, or that the consumer was moved by hand. */
const codesOfLoss = ["lease-stale", "lease-held", "ack-backwards", "ack-beyond-fetched"];

export const isLeaseLost = (error: unknown): boolean =>
  error instanceof TrotlineApiError && codesOfLoss.includes(error.code);

export class Lease<Data> {
  readonly #options: LeaseOptions;
  readonly #id: string;
  readonly #finished = new FinishedPrefix();
  /** Aborted when nothing is to be read any more: with the failure, or at the end. */
  readonly #reading = new AbortController();
  readonly #acknowledging = new AbortController();
  #acknowledged: string | null = null;
  #running: Promise<void> | null = null;
  /** Acknowledging fails at present: what is handed out meanwhile would come again. */
  #isStalled = false;
  #failure: Error | null = null;
  #renewedAtMs = performance.now();
  /** When the first of what is unfinished became the first. */
  #progressAtMs = performance.now();

  constructor(id: string, options: LeaseOptions) {
    this.#id = id;
    this.#options = options;
    this.#keep().catch(() => {});
  }

  /** Events from the first that is unfinished to the last that was handed out. */
  get unfinished(): number {
    return this.#finished.length;
  }

  get isLost(): boolean {
    return isLeaseLost(this.#failure);
  }

  /** Endless. Throws what ends the hold: a loss (see `isLeaseLost`), or an error for the program. */
  async *events(first: ConsumerPage<Data>): AsyncGenerator<HeldEvent<Data>, never> {
    let page = first;
    for (;;) {
      const ahead = this.#fetch(page.next_cursor);
      ahead.catch(() => {});
      for (const [index, event] of page.data.entries()) {
        while (this.#isStalled && this.#running !== null) await orAborted(this.#running, this.#reading.signal);
        this.#reading.signal.throwIfAborted();
        // Behind the last one lies what the filter left out: it is acknowledged with it.
        yield this.#held(event, index === page.data.length - 1 ? page.next_cursor : event.cursor);
      }
      if (page.data.length === 0) {
        this.#finished.add(page.next_cursor, true);
        this.#acknowledge();
      }
      page = await ahead;
    }
  }

  /** Reads no more; what was handed out can still be finished. */
  stop(): void {
    this.#reading.abort();
  }

  /** Acknowledges what is finished and gives the lease back, as far as the server can be reached. Never rejects. */
  async end(): Promise<void> {
    this.stop();
    const timer = setTimeout(() => this.#acknowledging.abort(), endingMsMax);
    this.#acknowledge();
    while (this.#running !== null) await this.#running;
    clearTimeout(timer);
    const isOver = this.#acknowledging.signal.aborted;
    this.#acknowledging.abort();
    if (!isOver) await this.#release().catch(() => {});
  }

  #held(event: TrotlineEvent<Data>, cursor: string): HeldEvent<Data> {
    if (this.#finished.length === 0) this.#progressAtMs = performance.now();
    const entry = this.#finished.add(cursor);
    return {
      event,
      lease: this,
      finish: () => {
        const before = this.#finished.cursor;
        this.#finished.finish(entry);
        if (this.#finished.cursor !== before) this.#progressAtMs = performance.now();
        this.#acknowledge();
      },
    };
  }

  async #fetch(after: string): Promise<ConsumerPage<Data>> {
    const { transport, path, tenant, limit, waitSeconds: wait } = this.#options;
    const { signal } = this.#reading;
    while (this.#isStuck) await pause(stuckRestMs, signal); // Reading on would keep the lease.
    const startMs = performance.now();
    this.#renewedAtMs = startMs;
    try {
      const page = await transport.call<ConsumerPage<Data>>({
        method: "GET",
        path: `${path}/events`,
        query: { tenant, limit, wait, after, lease: this.#id },
        waitMs: wait * 1000,
        repeat: "endless",
        signal,
        isAnswer: isConsumerPage,
      });
      await restAfterEmpty(page, { startMs, waitSeconds: wait, signal });
      return page;
    } catch (error) {
      if (isLeaseLost(error)) this.#fail(error as Error);
      throw error;
    }
  }

  /** Sees to it that everything finished gets acknowledged. */
  #acknowledge(): void {
    if (this.#running !== null || this.#acknowledging.signal.aborted) return;
    if (this.#finished.cursor === null || this.#finished.cursor === this.#acknowledged) return;
    this.#running = this.#acknowledgeAll().finally(() => {
      this.#running = null;
    });
  }

  async #acknowledgeAll(): Promise<void> {
    try {
      for (let cursor = this.#finished.cursor; cursor !== this.#acknowledged; cursor = this.#finished.cursor) {
        if (cursor === null) return;
        await this.#send(cursor);
        this.#isStalled = false;
      }
    } catch (error) {
      if (!this.#acknowledging.signal.aborted) this.#fail(error as Error);
    }
  }

  async #send(cursor: string): Promise<void> {
    const { transport, path, tenant } = this.#options;
    this.#renewedAtMs = performance.now();
    await transport.call<Consumer>({
      method: "POST",
      path: `${path}/ack`,
      query: { tenant },
      body: { cursor, lease: this.#id },
      repeat: "endless",
      signal: this.#acknowledging.signal,
      isAnswer: isResource,
      onRetry: () => {
        this.#isStalled = true;
      },
    });
    this.#acknowledged = cursor;
  }

  /** While an event takes long, nothing else tells the server that somebody is here. */
  async #keep(): Promise<void> {
    const { signal } = this.#acknowledging;
    const everyMs = this.#options.leaseMs / 2;
    for (;;) {
      if (signal.aborted) return;
      const waitMs = this.#isStuck ? everyMs : this.#renewedAtMs + everyMs - performance.now();
      if (waitMs > 0) await pause(waitMs, signal);
      else await this.#renew();
    }
  }

  get #isStuck(): boolean {
    return this.#finished.length > 0 && performance.now() - this.#progressAtMs > this.#options.processingMsMax;
  }

  /** Acknowledging again what is acknowledged moves nothing, and renews. */
  async #renew(): Promise<void> {
    if (this.#running !== null) {
      await this.#running;
      return;
    }
    this.#running = this.#renewOnce().finally(() => {
      this.#running = null;
      this.#acknowledge();
    });
    await this.#running;
  }

  async #renewOnce(): Promise<void> {
    const { transport, path, tenant } = this.#options;
    const { signal } = this.#acknowledging;
    try {
      if (this.#acknowledged === null) {
        const query = { tenant };
        const isAnswer = isResource;
        const call = { method: "GET", path, query, repeat: "endless", signal, isAnswer } as const;
        this.#acknowledged = (await transport.call<Consumer>(call)).cursor;
      }
      await this.#send(this.#acknowledged);
      this.#isStalled = false;
    } catch (error) {
      if (!signal.aborted) this.#fail(error as Error);
    }
  }

  async #release(): Promise<void> {
    const { transport, path, tenant } = this.#options;
    await transport.call({
      method: "POST",
      path: `${path}/release`,
      query: { tenant },
      body: { lease: this.#id },
      repeat: "once",
      signal: AbortSignal.timeout(endingMsMax),
      isAnswer: isNothing,
    });
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#reading.abort(this.#failure);
    this.#acknowledging.abort();
  }
}
