import { TrotlineConnectionError } from "./connection-error.ts";
import { timerMsMax } from "./pause.ts";
import type { PublishedEvent } from "./wire.ts";

/** An event ready to be sent. */
export interface PackedEvent {
  readonly id: string;
  /** JSON. */
  readonly text: string;
  readonly bytes: number;
}

export interface ParcelFacts {
  readonly bytes: number;
  readonly isArray: boolean;
  readonly signal: AbortSignal | undefined;
  /** Rejected after this long, wherever it is. */
  readonly patienceMs: number;
}

/** What one call published: an event, or an array that is stored whole or not at all. Settled once. */
export class Parcel {
  readonly events: readonly PackedEvent[];
  readonly bytes: number;
  readonly isArray: boolean;
  readonly answer: Promise<PublishedEvent[]>;
  /** Of the attempts so far. */
  lastError: Error | null = null;
  /** Told that nobody waits for it any more. */
  onSettled: () => void = () => {};
  #isSettled = false;
  #settle: { resolve(answer: PublishedEvent[]): void; reject(error: unknown): void } | null = null;
  readonly #forget: () => void;

  constructor(events: readonly PackedEvent[], { bytes, isArray, signal, patienceMs }: ParcelFacts) {
    this.events = events;
    this.bytes = bytes;
    this.isArray = isArray;
    this.answer = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    const onAbort = (): void => this.reject(signal?.reason);
    const onTime = (): void => {
      const detail = `POST /v1/events: not stored within ${Math.ceil(patienceMs)} ms.`;
      this.reject(this.lastError ?? new TrotlineConnectionError(detail));
    };
    const timer = patienceMs > timerMsMax ? undefined : setTimeout(onTime, patienceMs);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#forget = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  resolve(answer: PublishedEvent[]): void {
    if (this.#end()) this.#settle?.resolve(answer);
  }

  reject(error: unknown): void {
    if (this.#end()) this.#settle?.reject(error);
  }

  #end(): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    this.#forget();
    this.onSettled();
    return true;
  }
}
