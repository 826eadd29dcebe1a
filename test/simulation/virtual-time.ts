/** A clock that jumps from one planned happening to the next, so that days pass in milliseconds. */
interface Planned {
  readonly atMs: number;
  readonly sequence: number;
  readonly run: () => void;
}

export class VirtualTime {
  nowMs: number;
  readonly #heap: Planned[] = [];
  #sequence = 0;

  constructor(startMs: number) {
    this.nowMs = startMs;
  }

  /** Plans a happening; those of the same moment happen in the order in which they were planned. */
  plan(atMs: number, run: () => void): void {
    this.#heap.push({ atMs: Math.max(atMs, this.nowMs), sequence: this.#sequence++, run });
    this.#riseFrom(this.#heap.length - 1);
  }

  /** Lets everything planned up to `untilMs` happen, and stands there afterwards. */
  runUntil(untilMs: number): void {
    for (let run = this.next(untilMs); run !== null; run = this.next(untilMs)) run();
  }

  /** Comes to the next happening, and answers it, to be run; null where there is none up to `untilMs`, where it stands. */
  next(untilMs: number): (() => void) | null {
    const first = this.#heap[0];
    if (first === undefined || first.atMs > untilMs) {
      this.nowMs = Math.max(this.nowMs, untilMs);
      return null;
    }
    this.#takeFirst();
    this.nowMs = first.atMs;
    return first.run;
  }

  /** True when nothing is planned. */
  get isQuiet(): boolean {
    return this.#heap.length === 0;
  }

  #takeFirst(): void {
    const last = this.#heap.pop()!;
    if (this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sinkFromTop();
  }

  #riseFrom(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #sinkFromTop(): void {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      let least = index;
      if (left < this.#heap.length && this.#isBefore(left, least)) least = left;
      if (left + 1 < this.#heap.length && this.#isBefore(left + 1, least)) least = left + 1;
      if (least === index) return;
      this.#swap(index, least);
      index = least;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const a = this.#heap[one]!;
    const b = this.#heap[other]!;
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);
  }

  #swap(one: number, other: number): void {
    const kept = this.#heap[one]!;
    this.#heap[one] = this.#heap[other]!;
    this.#heap[other] = kept;
  }
}

/** Numbers in [0, 1) that the seed alone decides (mulberry32). */
export function seededFraction(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
