/** What happens to open streams now and then, by one timer however many there are; with none, there is no timer. */
export class StreamBeat {
  readonly #everyMs: number;
  readonly #streams = new Set<{ beat(): void }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** How many streams are open. */
  get streams(): number {
    return this.#streams.size;
  }

  add(stream: { beat(): void }): void {
    this.#streams.add(stream);
    this.#timer ??= setInterval(() => {
      for (const open of this.#streams) open.beat();
    }, this.#everyMs);
  }

  remove(stream: { beat(): void }): void {
    this.#streams.delete(stream);
    if (this.#streams.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
