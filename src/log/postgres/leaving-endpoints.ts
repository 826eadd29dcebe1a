/**
 * What is parked for an endpoint that was deleted, where it is too much for one transaction: it leaves in steps, beside
 * everything else, and nobody sees it meanwhile but who asks for that endpoint's deliveries.
 */
import { TrotlineError } from "../../core/errors.ts";
import type { StoreParts } from "./parts.ts";

const rowsPerStep = 10_000;

export class LeavingEndpoints {
  readonly #parts: StoreParts;
  #isWorking = false;
  #isAskedAgain = false;

  constructor(parts: StoreParts) {
    this.#parts = parts;
  }

  /** What cannot be removed now, because the database is away, is removed after the next deletion or opening. */
  goOn(): void {
    this.#isAskedAgain = true;
    if (this.#isWorking) return;
    this.#isWorking = true;
    this.#removeAll()
      .catch((error: Error) => {
        if (error instanceof TrotlineError && error.code === "shutting-down") return;
        this.#parts.logger.warn(
          { err: error },
          "Rows of a deleted endpoint are left; they are removed after the next deletion or start.",
        );
      })
      .finally(() => {
        this.#isWorking = false;
      });
  }

  async #removeAll(): Promise<void> {
    while (this.#isAskedAgain) {
      this.#isAskedAgain = false;
      const rows = await this.#parts.write((run) => run("endpoint-leaving-step", [rowsPerStep]));
      if (rows.length > 0) this.#isAskedAgain = true;
    }
  }
}
