/** A failed look is repeated after this. */
const againMs = 1000;

/** Looks at something one at a time: whoever wants one while one is under way has the next. */
export class Looks {
  readonly #look: () => Promise<void>;
  readonly #failed: (error: unknown) => void;
  #isLooking = false;
  #isWanted = false;
  #isStopped = false;
  /** It is told once, until one succeeds. */
  #hasFailed = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(look: () => Promise<void>, failed: (error: unknown) => void) {
    this.#look = look;
    this.#failed = failed;
  }

  soon(): void {
    this.#isWanted = true;
    if (!this.#isLooking) void this.#run();
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    this.#isLooking = true;
    while (this.#isWanted && !this.#isStopped) {
      this.#isWanted = false;
      try {
        await this.#look();
        this.#hasFailed = false;
      } catch (error) {
        if (!this.#isStopped) this.#lookAgain(error);
      }
    }
    this.#isLooking = false;
  }

  #lookAgain(error: unknown): void {
    if (!this.#hasFailed) this.#failed(error);
    this.#hasFailed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.soon(), againMs).unref();
  }
}
