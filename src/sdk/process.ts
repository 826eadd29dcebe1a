/**
 * The events of a named consumer, several at a time. Events of one subject keep their order and never run at once. What
 * is acknowledged is the prefix of events that have ended, so that a restart repeats at most what came after it.
 */

import type { HeldEvent, Lease } from "./lease.ts";
import { LeasedReader, type ReadingOptions } from "./leased-reader.ts";
import { pause } from "./pause.ts";
import { SubjectQueue } from "./subject-queue.ts";
import type { Transport } from "./transport.ts";
import type { TrotlineEvent } from "./wire.ts";

/** What comes of an event whose handler threw: the processing ends, it counts as done, or it is handled again. */
export type AfterError = "stop" | "skip" | "retry";

export interface ProcessOptions<Data> extends ReadingOptions {
  /** Handlers that run at once; 1 where absent. */
  readonly concurrency?: number | undefined;
  /** `stop` where absent. As a function it is given how often the event was tried. */
  readonly onError?:
    | AfterError
    | ((error: unknown, event: TrotlineEvent<Data>, attempt: number) => AfterError | Promise<AfterError>)
    | undefined;
}

export type Handler<Data> = (event: TrotlineEvent<Data>) => unknown;

/** Waits between attempts of one event: doubled each time. */
const retryWaitMs = { first: 1000, max: 60_000 };
/** Events from the first that is unfinished to the last that was handed out. */
const windowMax = 1000;
/** Events that wait for a handler or for their subject, where the concurrency is not greater. */
const waitingMax = 100;

/**
 * Resolves once the signal is aborted and the running handlers have ended. Rejects with a handler's error, or with what
 * `consume` throws; the handlers that ran beside it have ended, too.
 */
export async function processEvents<Data>(
  transport: Transport,
  name: string,
  given: { readonly options: ProcessOptions<Data>; readonly handler: Handler<Data> },
): Promise<void> {
  const { concurrency = 1, signal } = given.options;
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) throw new TypeError("`concurrency` is a whole number.");
  if (signal?.aborted) return;
  const processing = new Processing(transport, name, { ...given, concurrency });
  const stop = (): void => processing.stop();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    await processing.run();
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

class Processing<Data> {
  readonly #reader: LeasedReader<Data>;
  readonly #options: ProcessOptions<Data>;
  readonly #handler: Handler<Data>;
  readonly #concurrency: number;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #queue = new SubjectQueue<HeldEvent<Data>>();
  #failure: { readonly error: unknown } | null = null;
  #wake: () => void = () => {};

  constructor(
    transport: Transport,
    name: string,
    given: {
      readonly options: ProcessOptions<Data>;
      readonly handler: Handler<Data>;
      readonly concurrency: number;
    },
  ) {
    this.#options = given.options;
    this.#handler = given.handler;
    this.#concurrency = given.concurrency;
    this.#reader = new LeasedReader(transport, name, { ...given.options, signal: this.#stopping.signal });
  }

  stop(): void {
    this.#stopping.abort();
    this.#wake();
  }

  async run(): Promise<void> {
    try {
      await this.#readAll();
    } catch (error) {
      this.#fail(error);
    }
    await this.#idle();
    await this.#reader.close();
    if (this.#failure !== null) throw this.#failure.error;
  }

  async #readAll(): Promise<void> {
    let lease: Lease<Data> | null = null;
    for (let held = await this.#reader.next(); held !== null; held = await this.#reader.next()) {
      if (held.lease !== lease) {
        // What an earlier lease handed out comes again under this one: it must not run twice at once.
        this.#queue = new SubjectQueue();
        await this.#idle();
        lease = held.lease;
      }
      if (this.#stopping.signal.aborted) return;
      this.#queue.add(held.event.subject, held);
      this.#start();
      await this.#room(lease);
    }
  }

  /** Resolves when another event may be taken. */
  async #room(lease: Lease<Data>): Promise<void> {
    const window = Math.max(windowMax, this.#concurrency);
    const waiting = Math.max(waitingMax, this.#concurrency);
    const isFull = (): boolean => lease.unfinished >= window || this.#queue.waiting >= waiting;
    while (isFull() && !lease.isLost && !this.#stopping.signal.aborted) await this.#something();
  }

  #something(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Resolves when no handler runs. */
  async #idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #start(): void {
    while (this.#running.size < this.#concurrency && !this.#stopping.signal.aborted) {
      const next = this.#queue.take();
      if (next === null) return;
      const queue = this.#queue;
      if (next.item.lease.isLost) {
        queue.release(next.subject);
        continue;
      }
      const run: Promise<void> = this.#handle(next.item).finally(() => {
        this.#running.delete(run);
        queue.release(next.subject);
        this.#start();
        this.#wake();
      });
      this.#running.add(run);
    }
  }

  /** Never rejects. */
  async #handle(held: HeldEvent<Data>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#handler(held.event);
        held.finish();
        return;
      } catch (error) {
        const after = await this.#afterError(error, held.event, attempt);
        if (after === "skip") held.finish();
        if (after !== "retry" || !(await this.#mayRetry(held, attempt))) return;
      }
    }
  }

  async #afterError(error: unknown, event: TrotlineEvent<Data>, attempt: number): Promise<AfterError> {
    const { onError = "stop" } = this.#options;
    try {
      const after = typeof onError === "function" ? await onError(error, event, attempt) : onError;
      if (after === "skip" || after === "retry") return after;
      this.#fail(error);
    } catch (errorOfHook) {
      this.#fail(errorOfHook);
    }
    return "stop";
  }

  /** After the wait; false where the event is no longer ours, or the processing ends. */
  async #mayRetry(held: HeldEvent<Data>, attempt: number): Promise<boolean> {
    const delayMs = Math.min(retryWaitMs.max, retryWaitMs.first * 2 ** Math.min(attempt - 1, 30));
    await pause(delayMs * (0.5 + Math.random() / 2), this.#stopping.signal).catch(() => {});
    return !this.#stopping.signal.aborted && !held.lease.isLost;
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.stop();
  }
}
