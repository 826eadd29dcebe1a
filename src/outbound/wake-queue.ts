import type { RunningLane } from "./running-lane.ts";

/** The timer is never set further ahead than this, so that a machine that slept wakes its lanes soon. */
const timerMsMax = 1000;
const tidyAtLeast = 1024;

/** Lanes that want a turn at a time of their own, behind one timer. */
export class WakeQueue {
  readonly #nowMs: () => number;
  readonly #wake: (running: RunningLane) => void;
  /** A binary heap by time. An entry whose time is no longer its lane's is passed over. */
  #heap: { readonly atMs: number; readonly running: RunningLane }[] = [];
  /** Beyond this many entries, those that are no longer their lane's are dropped. */
  #tidyAt = tidyAtLeast;
  #timer: NodeJS.Timeout | null = null;
  #timerAtMs = Number.POSITIVE_INFINITY;

  constructor(nowMs: () => number, wake: (running: RunningLane) => void) {
    this.#nowMs = nowMs;
    this.#wake = wake;
  }

  /** The lane is woken at `atMs`; an earlier wish of it is forgotten. */
  set(running: RunningLane, atMs: number): void {
    if (running.wakeAtMs === atMs) return;
    running.wakeAtMs = atMs;
    this.#heap.push({ atMs, running });
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
      if (first.running.wakeAtMs !== first.atMs) continue;
      first.running.wakeAtMs = null;
      this.#wake(first.running);
    }
    this.#setTimer();
  }

  /** Keeps one entry of each lane that is there; sorted, they are a heap. */
  #tidy(): void {
    const wanted = this.#heap.filter(({ atMs, running }) => running.wakeAtMs === atMs && !running.isRemoved);
    this.#heap = [...new Map(wanted.map((entry) => [entry.running, entry])).values()];
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
