/**
 * When attempts are given up. On the hot path: nearly none is, so the end of one is made cheap, and not its deadline.
 */

/** What has a deadline, between what was added before it and after it. */
export interface Timed {
  /** `performance.now()`. */
  readonly startedMs: number;
  readonly timeoutMs: number;
  earlier: Timed | null;
  later: Timed | null;
  onDeadline(): void;
}

/**
 * One timer for all that have the same time, and a chain in the order of their start. A timer of their own would be
 * made and thrown away for each delivery, and is the larger object.
 */
export class Deadlines {
  readonly #chains = new Map<number, Chain>();

  add(timed: Timed): void {
    const { timeoutMs } = timed;
    let chain = this.#chains.get(timeoutMs);
    if (chain === undefined) {
      chain = new Chain(timeoutMs, () => this.#chains.delete(timeoutMs));
      this.#chains.set(timeoutMs, chain);
    }
    chain.add(timed);
  }

  /** It ended. Nothing happens where its deadline has come. */
  remove(timed: Timed): void {
    this.#chains.get(timed.timeoutMs)?.remove(timed);
  }

  close(): void {
    for (const chain of this.#chains.values()) chain.close();
    this.#chains.clear();
  }
}

class Chain {
  readonly #timeoutMs: number;
  readonly #onIdle: () => void;
  #first: Timed | null = null;
  #last: Timed | null = null;
  #timer: NodeJS.Timeout;

  constructor(timeoutMs: number, onIdle: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#onIdle = onIdle;
    this.#timer = setTimeout(() => this.#look(), timeoutMs);
  }

  add(timed: Timed): void {
    timed.earlier = this.#last;
    if (this.#last === null) {
      this.#first = timed;
      this.#timer.ref();
    } else this.#last.later = timed;
    this.#last = timed;
  }

  remove(timed: Timed): void {
    const { earlier, later } = timed;
    if (earlier === null && this.#first !== timed) return;
    if (earlier === null) this.#first = later;
    else earlier.later = later;
    if (later === null) this.#last = earlier;
    else later.earlier = earlier;
    timed.earlier = null;
    timed.later = null;
    // The timer goes on, but keeps no process from ending.
    if (this.#first === null) this.#timer.unref();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    const nowMs = performance.now();
    // A timer may be early by less than a millisecond.
    for (let timed = this.#first; timed !== null && this.#leftMs(timed, nowMs) < 1; timed = this.#first) {
      this.remove(timed);
      timed.onDeadline();
    }
    const next = this.#first;
    if (next === null) this.#onIdle();
    else this.#timer = setTimeout(() => this.#look(), this.#leftMs(next, nowMs));
  }

  #leftMs(timed: Timed, nowMs: number): number {
    return timed.startedMs + this.#timeoutMs - nowMs;
  }
}
