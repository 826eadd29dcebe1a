import type { TrotlineError } from "../../core/errors.ts";
import type { Logger } from "../../core/ports.ts";

const troubles: ReadonlySet<string> = new Set(["store-unavailable", "store-full"]);

/** Whether the store takes writes, from how the last of them ended. The renewal of the lease is a write like others. */
export class Trouble {
  readonly #logger: Logger;
  #error: TrotlineError | null = null;
  #onMoving: (error: TrotlineError) => void = () => {};

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get error(): TrotlineError | null {
    return this.#error;
  }

  /** Told where a write was refused because a store is being moved here. */
  onMoving(listener: (error: TrotlineError) => void): void {
    this.#onMoving = listener;
  }

  note = (error: TrotlineError | null): void => {
    if (error === null) {
      if (this.#error !== null) this.#logger.info({}, "the store takes writes again");
      this.#error = null;
      return;
    }
    if (error.code === "store-moving") this.#onMoving(error);
    if (!troubles.has(error.code)) return;
    if (this.#error === null) {
      this.#logger.error({ code: error.code, detail: error.message }, "the store refuses writes");
    }
    this.#error = error;
  };
}
