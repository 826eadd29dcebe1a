/** What a move says while it runs, and at its end: lines for people, JSON lines for programs. */
import type { MovedTableReport, MoveStep } from "../log/move/move.ts";
import type { Output } from "./output.ts";
import type { Progress } from "./progress.ts";
import { tableText } from "./table.ts";

/** How often a program hears of a table that takes long. */
const intervalMs = 5000;
const hashDigitsShown = 16;

export class MoveOutput {
  readonly #output: Output;
  readonly #progress: Progress;
  readonly #now: () => number;
  #step = "";
  #startedAtMs = 0;
  #rowsBefore = 0;
  #writtenAtMs = 0;

  constructor(output: Output, progress: Progress, now: () => number = () => performance.now()) {
    this.#output = output;
    this.#progress = progress;
    this.#now = now;
  }

  readonly onStep = (step: MoveStep): void => {
    const name = `${step.step} ${step.table}`;
    if (name !== this.#step) {
      this.#step = name;
      this.#startedAtMs = this.#now();
      this.#writtenAtMs = this.#startedAtMs;
      this.#rowsBefore = step.rows;
    }
    const rate = this.#rate(step);
    this.#progress.show(progressText(step, rate));
    if (this.#output.isTable || (!step.isLast && this.#now() - this.#writtenAtMs < intervalMs)) return;
    this.#writtenAtMs = this.#now();
    void this.#output.writeJsonLines([JSON.stringify(lineOf(step, rate))]);
  };

  async end(reports: readonly MovedTableReport[]): Promise<void> {
    this.#progress.clear();
    if (!this.#output.isTable) {
      await this.#output.writeJsonLines([
        ...reports.map((report) => JSON.stringify(reportOf(report))),
        '{"step":"done"}',
      ]);
      return;
    }
    const columns = [
      { title: "TABLE", of: ({ table }: MovedTableReport) => table },
      { title: "ROWS FROM", of: ({ rowsFrom }: MovedTableReport) => rowsFrom },
      { title: "ROWS TO", of: ({ rowsTo }: MovedTableReport) => rowsTo },
      { title: "SHA-256 FROM", of: ({ sha256From }: MovedTableReport) => sha256From.slice(0, hashDigitsShown) },
      { title: "SHA-256 TO", of: ({ sha256To }: MovedTableReport) => sha256To.slice(0, hashDigitsShown) },
    ];
    const { title, rows } = tableText(reports, columns, { width: this.#output.width, widthsBefore: null });
    await this.#output.write(`${this.#output.dim(title ?? "")}\n${rows}`);
  }

  /** Rows a second since the table was begun; null where nothing can be said yet. */
  #rate({ rows }: MoveStep): number | null {
    const seconds = (this.#now() - this.#startedAtMs) / 1000;
    return seconds > 0 && rows > this.#rowsBefore ? (rows - this.#rowsBefore) / seconds : null;
  }
}

function progressText({ step, table, rows, rowsTotal, bytes }: MoveStep, rate: number | null): string {
  const part = rowsTotal === 0 ? "" : ` (${Math.floor((rows / rowsTotal) * 100)} %)`;
  const doing = step === "copy" ? "copying" : "comparing";
  const parts = [`${doing} ${table}: ${rows} of ${rowsTotal} rows${part}`, `${(bytes / 1e6).toFixed(1)} MB`];
  if (rate !== null) parts.push(`${Math.round(rate)} rows/s`, `${Math.ceil((rowsTotal - rows) / rate)} s left`);
  return parts.join(", ");
}

function lineOf({ step, table, rows, rowsTotal, bytes, isLast }: MoveStep, rate: number | null): object {
  return {
    step,
    table,
    rows,
    rows_total: rowsTotal,
    bytes,
    rows_per_second: rate === null ? null : Math.round(rate),
    seconds_left: rate === null ? null : Math.ceil((rowsTotal - rows) / rate),
    done: isLast,
  };
}

const reportOf = ({ table, rowsFrom, rowsTo, sha256From, sha256To }: MovedTableReport): object => ({
  step: "moved",
  table,
  rows_from: rowsFrom,
  rows_to: rowsTo,
  sha256_from: sha256From,
  sha256_to: sha256To,
});
