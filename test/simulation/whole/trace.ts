import { createHash } from "node:crypto";

const kept = 60;

/** What happened, in order: its hash tells whether two runs were the same, its end what came before a failure. */
export class Trace {
  readonly #hash = createHash("sha256");
  readonly #last: string[] = [];
  readonly #print: ((line: string) => void) | null;
  readonly #nowMs: () => number;

  constructor(nowMs: () => number, print: ((line: string) => void) | null) {
    this.#nowMs = nowMs;
    this.#print = print;
  }

  note(...facts: readonly (string | number)[]): void {
    const line = `${this.#nowMs().toFixed(3)} ${facts.join(" ")}`;
    this.#hash.update(line);
    this.#last.push(line);
    if (this.#last.length > 2 * kept) this.#last.splice(0, kept);
    this.#print?.(line);
  }

  get last(): readonly string[] {
    return this.#last.slice(-kept);
  }

  /** Ends it. */
  digest(): string {
    return this.#hash.digest("hex");
  }
}
