/**
 * Makes the writer fail on purpose, for tests only: at its n-th call, counted from the start of the store over the
 * calls that each group makes (begin, events, changes, journal, trims, commit; with `exit` also after the commit).
 */
export interface WriterFaultRule {
  readonly call: number;
  /** `fail`: the call throws as SQLite does on an I/O error. `exit`: the writer's thread ends there. */
  readonly how: "fail" | "exit";
}

export class WriterFault {
  readonly #rule: WriterFaultRule | null;
  #calls = 0;

  constructor(rule: WriterFaultRule | null) {
    this.#rule = rule;
  }

  reach(point: "call" | "committed"): void {
    if (this.#rule === null || (point === "committed" && this.#rule.how === "fail")) return;
    this.#calls += 1;
    if (this.#calls !== this.#rule.call) return;
    if (this.#rule.how === "exit") process.exit(1);
    throw Object.assign(new Error("disk I/O error (on purpose)"), { errcode: 10 });
  }
}
