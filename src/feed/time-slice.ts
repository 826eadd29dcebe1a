/** How long work on events may go on before others have their turn. */
const sliceMs = 4;

/** Work that many requests wait for is done in slices, so that none of them waits for all of it. */
export class TimeSlice {
  #untilMs = performance.now() + sliceMs;

  get isOver(): boolean {
    return performance.now() >= this.#untilMs;
  }

  /** Lets others have their turn when the slice is over, and begins the next. */
  async yield(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#untilMs = performance.now() + sliceMs;
  }
}
