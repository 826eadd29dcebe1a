/**
 * Delays in classes that grow with them: exact below 32 milliseconds, then sixteen classes for each doubling. A delay
 * that is read back differs from what was counted by a thirty-second part of it at most. Two of them add up.
 */
const exactBelow = 32;
const classesPerDoubling = 16;
const exactDoublings = 5;

export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export class DelayHistogram {
  /** How many there are of each class. */
  readonly classes = new Map<number, number>();
  count = 0;
  max = 0;

  add(delayMs: number): void {
    const value = Math.max(0, Math.round(delayMs));
    this.addToClass(classOf(value), 1);
    this.max = Math.max(this.max, value);
  }

  addToClass(number: number, count: number): void {
    this.classes.set(number, (this.classes.get(number) ?? 0) + count);
    this.count += count;
  }

  merge(other: DelayHistogram): void {
    for (const [number, count] of other.classes) this.addToClass(number, count);
    this.max = Math.max(this.max, other.max);
  }

  /** Null where nothing was counted. */
  quantiles(): Quantiles | null {
    if (this.count === 0) return null;
    const ascending = [...this.classes].sort(([left], [right]) => left - right);
    const at = (part: number): number => {
      let left = Math.ceil(part * this.count);
      for (const [number, count] of ascending) {
        left -= count;
        if (left <= 0) return Math.min(delayOf(number), this.max);
      }
      return this.max;
    };
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: this.max };
  }
}

function classOf(value: number): number {
  if (value < exactBelow) return value;
  let doublings = Math.floor(Math.log2(value));
  if (2 ** doublings > value) doublings -= 1;
  const part = Math.floor(value / (2 ** doublings / classesPerDoubling)) - classesPerDoubling;
  return exactBelow + (doublings - exactDoublings) * classesPerDoubling + part;
}

/** The middle of a class. */
function delayOf(number: number): number {
  if (number < exactBelow) return number;
  const doublings = exactDoublings + Math.floor((number - exactBelow) / classesPerDoubling);
  const part = (number - exactBelow) % classesPerDoubling;
  const width = 2 ** doublings / classesPerDoubling;
  return Math.floor((classesPerDoubling + part) * width + (width - 1) / 2);
}
