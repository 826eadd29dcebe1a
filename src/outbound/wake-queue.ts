/** The timer is never set further ahead than this, so that a machine that slept wakes its lanes soon. */
const timerMsMax = 1000;
const tidyAtLeast = 1024;

/** A lane, or whoever else rests until a time. */
export interface Sleeper {
  /** When it wants a turn though nothing happens; null never. Set by the queue. */
  wakeAtMs: number | null;
  /** True once it wants none any more. */
  readonly isRemoved: boolean;
}

/** Those that want a turn at a time of their own, behind one timer. */
export class WakeQueue<Resting extends Sleeper> {
  readonly #nowMs: () => number;
  readonly #wake: (sleeper: Resting) => void;
  /** A binary heap by time. An entry whose time is no longer its sleeper's is passed over. */
  #heap: { readonly atMs: number; readonly sleeper: Resting }[] = [];
  /** Beyond this many entries, those that are no longer their sleeper's are dropped. */
  #tidyAt = tidyAtLeast;
  #timer: NodeJS.Timeout | null = null;
  #timerAtMs = Number.POSITIVE_INFINITY;

  constructor(nowMs: () => number, wake: (sleeper: Resting) => void) {
    this.#nowMs = nowMs;
    this.#wake = wake;
  }

  /** It is woken at `atMs`; an earlier wish of it is forgotten. */
  set(sleeper: Resting, atMs: number): void {
    if (sleeper.wakeAtMs === atMs) return;
    sleeper.wakeAtMs = atMs;
    this.#heap.push({ atMs, sleeper });
    this.#siftUp(this.#heap.length - 1);
    if (this.#heap.length > this.#tidyAt) this.#tidy();
    this.#setTimer();
  }

  get length(): number {
    return this.#heap.length;
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#heap.length = 0;
  }

  #ring(): void {
    this.#timer = null;
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#nowMs();
    for (let first = this.#heap[0]; first !== undefined && first.atMs <= nowMs; first = this.#heap[0]) {
      this.#removeFirst();
      if (first.sleeper.wakeAtMs !== first.atMs) continue;
      first.sleeper.wakeAtMs = null;
      this.#wake(first.sleeper);
    }
    this.#setTimer();
  }

  /** Keeps one entry of each that is there; sorted, they are a heap. */
  #tidy(): void {
    const wanted = this.#heap.filter(({ atMs, sleeper }) => sleeper.wakeAtMs === atMs && !sleeper.isRemoved);
    this.#heap = [...new Map(wanted.map((entry) => [entry.sleeper, entry])).values()];
    this.#heap.sort((left, right) => left.atMs - right.atMs);
    this.#tidyAt = Math.max(tidyAtLeast, 2 * this.#heap.length);
  }

  #setTimer(): void {
    const first = this.#heap[0];
    if (first === undefined || first.atMs >= this.#timerAtMs) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerAtMs = first.atMs;
    const delayMs = Math.min(Math.max(0, first.atMs - this.#nowMs()), timerMsMax);
    this.#timer = setTimeout(() => this.#ring(), Math.ceil(delayMs));
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      let least = index;
      if (this.#atMs(left) < this.#atMs(least)) least = left;
      if (this.#atMs(left + 1) < this.#atMs(least)) least = left + 1;
      if (least === index) return;
      this.#swap(index, least);
      index = least;
    }
  }

  #siftUp(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      if (this.#atMs(parent) <= this.#atMs(index)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #atMs(index: number): number {
    return this.#heap[index]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  #swap(left: number, right: number): void {
    const held = this.#heap[left];
    const other = this.#heap[right];
    if (held === undefined || other === undefined) return;
    this.#heap[left] = other;
    this.#heap[right] = held;
  }
}
