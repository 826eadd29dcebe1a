import type { Clock } from "../core/ports.ts";

/** Deadlines are kept to a tenth of a second, never early: one timer for all, whoever waits. */
const bucketMs = 100;

/** Who waits until when. `deadline` is what `Deadlines.in` answered. */
export class Deadlines<Item extends { readonly deadline: number }> {
  readonly #clock: Pick<Clock, "steadyMs">;
  readonly #onDue: (items: readonly Item[]) => void;
  readonly #buckets = new Map<number, Set<Item>>();
  #timer: NodeJS.Timeout | null = null;

  constructor(clock: Pick<Clock, "steadyMs">, onDue: (items: readonly Item[]) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  in(waitMs: number): number {
    return Math.ceil((this.#clock.steadyMs() + waitMs) / bucketMs);
  }

  add(item: Item): void {
    const bucket = this.#buckets.get(item.deadline);
    if (bucket === undefined) this.#buckets.set(item.deadline, new Set([item]));
    else bucket.add(item);
    this.#timer ??= setInterval(() => this.#tick(), bucketMs);
  }

  remove(item: Item): void {
    const bucket = this.#buckets.get(item.deadline);
    if (bucket?.delete(item) === true && bucket.size === 0) this.#drop(item.deadline);
  }

  /** Everyone, in no order; nobody waits any more. */
  close(): Item[] {
    const all = [...this.#buckets.values()].flatMap((bucket) => [...bucket]);
    for (const deadline of [...this.#buckets.keys()]) this.#drop(deadline);
    return all;
  }

  #tick(): void {
    const now = this.#clock.steadyMs() / bucketMs;
    for (const [deadline, bucket] of this.#buckets) {
      if (deadline > now) continue;
      this.#drop(deadline);
      this.#onDue([...bucket]);
    }
  }

  #drop(deadline: number): void {
    this.#buckets.delete(deadline);
    if (this.#buckets.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
