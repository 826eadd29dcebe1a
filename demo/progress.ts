/** Progress for people: one line that is rewritten on a terminal, a plain line now and then elsewhere. */
const columns = 30;

export class Progress {
  readonly #isTerminal = process.stdout.isTTY === true;
  #shown = -1;
  #open = false;
  #closed = false;

  /** The last line: nothing is shown after it. */
  end(line: string): void {
    this.say(line);
    this.#closed = true;
  }

  say(line: string): void {
    if (this.#closed) return;
    if (this.#open) process.stdout.write("\n");
    this.#open = false;
    this.#shown = -1;
    process.stdout.write(`${line}\n`);
  }

  /** `done` of `total`, and what else there is to tell. */
  step(done: number, total: number, rest: string): void {
    if (this.#closed) return;
    if (this.#isTerminal) {
      const filled = Math.round((done / total) * columns);
      const bar = "━".repeat(filled) + "╌".repeat(columns - filled);
      process.stdout.write(`\r\x1b[K  ${bar} ${done}/${total}  ${rest}`);
      this.#open = true;
      return;
    }
    const quarter = Math.floor((done / total) * 4);
    if (quarter === this.#shown) return;
    this.#shown = quarter;
    process.stdout.write(`  ${done}/${total}  ${rest}\n`);
  }
}
