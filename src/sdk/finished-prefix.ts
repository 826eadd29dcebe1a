/**
 * What may be acknowledged: acknowledging is cumulative, so an event that ended before an earlier one has to wait for
 * it. Pure bookkeeping; it holds one entry for each event from the first that is unfinished.
 */
export interface PrefixEntry {
  readonly cursor: string;
  isFinished: boolean;
}

export class FinishedPrefix {
  #entries: PrefixEntry[] = [];
  #first = 0;
  #cursor: string | null = null;

  /** The next in the order of the log. One that is finished already stands for what the filter left out. */
  add(cursor: string, isFinished = false): PrefixEntry {
    const entry = { cursor, isFinished };
    this.#entries.push(entry);
    this.#advance();
    return entry;
  }

  finish(entry: PrefixEntry): void {
    entry.isFinished = true;
    this.#advance();
  }

  /** The newest cursor up to which everything is finished; null before there is one. */
  get cursor(): string | null {
    return this.#cursor;
  }

  /** Entries from the first that is unfinished. */
  get length(): number {
    return this.#entries.length - this.#first;
  }

  #advance(): void {
    for (let entry = this.#entries[this.#first]; entry?.isFinished; entry = this.#entries[this.#first]) {
      this.#cursor = entry.cursor;
      this.#first += 1;
    }
    if (this.#first * 2 < this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#first);
    this.#first = 0;
  }
}
