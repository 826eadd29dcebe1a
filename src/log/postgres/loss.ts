import type { TrotlineError } from "../../core/errors.ts";

/** Why nothing goes on in a store that is open: it has to be opened anew. The first reason stays. */
export class Loss {
  #error: TrotlineError | null = null;
  readonly #listeners: ((error: TrotlineError) => void)[] = [];

  get error(): TrotlineError | null {
    return this.#error;
  }

  /** Told once. */
  listen(listener: (error: TrotlineError) => void): void {
    if (this.#error === null) this.#listeners.push(listener);
    else listener(this.#error);
  }

  note(error: TrotlineError): void {
    if (this.#error !== null) return;
    this.#error = error;
    for (const listener of this.#listeners.splice(0)) listener(error);
  }
}
