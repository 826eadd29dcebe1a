/** How long work on events may go on before others have their turn. */
const sliceMs = 4;
/** The first slice of whoever comes while others wait for theirs: enough for what is at the end of the log. */
const firstSliceMs = 0.5;

/** Work that many requests wait for is done in slices, so that none of them waits for all of it. */
export class TimeSlice {
  #untilMs: number;

  constructor(lengthMs = sliceMs) {
    this.#untilMs = performance.now() + lengthMs;
  }

  get isOver(): boolean {
    return performance.now() >= this.#untilMs;
  }

  begin(): void {
    this.#untilMs = performance.now() + sliceMs;
  }
}

/** One slice for each turn of the event loop, however many work: publishing and sending go on in between. */
export class Turns {
  readonly #waiting: (() => void)[] = [];

  firstSlice(): TimeSlice {
    return new TimeSlice(this.#waiting.length > 0 ? firstSliceMs : sliceMs);
  }

  /** Resolves when it is the turn of whoever asks, after those who asked before; his next slice begins. */
  async next(slice: TimeSlice): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) setImmediate(() => this.#give());
    });
    slice.begin();
  }

  #give(): void {
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0) setImmediate(() => this.#give());
  }
}
