/** The writing half of the journal: one batch after the other, each in one transaction, and each once. */
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { TrotlineError } from "../../core/errors.ts";
import type { JournalBatch } from "../journal.ts";
import { batchStatements } from "./batch-statements.ts";
import type { Parameter } from "./database.ts";
import type { Announcer } from "./event-log.ts";
import type { StoreParts } from "./parts.ts";

/** Between two questions whether a batch is in. */
const askAgainMs = { first: 50, most: 1000 };

export class JournalCommits {
  readonly #parts: StoreParts;
  readonly #announcer: Announcer;
  readonly #attemptsPerPartition: number;
  /** Of this process's journal, as `trotline.writers` has it. */
  readonly #writer = randomUUID();
  #batches = 0;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(parts: StoreParts, announcer: Announcer, attemptsPerPartition: number) {
    this.#parts = parts;
    this.#announcer = announcer;
    this.#attemptsPerPartition = attemptsPerPartition;
  }

  commit(batch: JournalBatch): Promise<void> {
    const committed = this.#queue.then(() => this.#commit(batch));
    this.#queue = committed.catch(() => {});
    return committed;
  }

  async #commit(batch: JournalBatch): Promise<void> {
    this.#batches += 1;
    const name = [this.#writer, batch.running.generation, this.#batches];
    const batched = [...name, batch.running.position, this.#attemptsPerPartition];
    const statements = batchStatements(batch).map((parameters) => [...batched, ...parameters]);
    const [only] = statements;
    const isOne = statements.length === 1 && batch.announce.length === 0 && only !== undefined;
    let isSent = isOne;
    try {
      if (isOne) await this.#parts.writeOnce("batch-write", (epoch) => [epoch, ...only]);
      else {
        await this.#parts.write(async (run) => {
          isSent = false;
          for (const parameters of statements) await run("batch-write", [null, ...parameters]);
          // Last, as everywhere: who has the log's line keeps everybody from appending until the transaction ends.
          if (batch.announce.length > 0) await this.#announcer.announce(run, batch.announce);
          isSent = true;
        });
      }
    } catch (error) {
      if (!isSent || !isOfTheDatabase(error) || !(await this.#isIn(name))) throw error;
    }
    if (batch.announce.length > 0) await this.#announced();
  }

  /**
   * All of it was sent, and the answer is missing: nobody knows what became of it, and the next must not hold the same
   * again. Then the database is asked until it answers, and from then on it takes it no more where it has it not. Who
   * closes the store ends that.
   */
  async #isIn(name: readonly Parameter[]): Promise<boolean> {
    for (let waitMs = askAgainMs.first; ; waitMs = Math.min(2 * waitMs, askAgainMs.most)) {
      try {
        const [row] = await this.#parts.write((run) => run("batch-settle", name));
        return row?.is_in === true;
      } catch (error) {
        if (!isOfTheDatabase(error)) throw error;
      }
      await delay(waitMs);
    }
  }

  /** The batch is in, whatever becomes of those who listen. */
  async #announced(): Promise<void> {
    try {
      await this.#announcer.announced();
    } catch (error) {
      this.#parts.logger.warn({ err: error }, "What the journal announced is told later.");
    }
  }
}

/** Not so where this process, or its right to write, is at an end. */
const isOfTheDatabase = (error: unknown): boolean =>
  error instanceof TrotlineError && (error.code === "store-unavailable" || error.code === "store-full");
