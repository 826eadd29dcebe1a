import type { DatabaseSync, StatementSync } from "node:sqlite";
import { addBytes, measuresOf, measuresToBytes } from "../statistics-bytes.ts";
import { grains, hourMs, minuteMs } from "../statistics-rows.ts";
import type { StatisticsTrimRule } from "../statistics-store.ts";
import type { StatisticsChange } from "./group.ts";
import { firstRow, prepare } from "./sql.ts";
import type { PackedPage, PackedRow } from "./statistics-search.ts";

/** The part of the writer that stores what attempts came to. */
export class StatisticsWriter {
  readonly #state: StatementSync;
  readonly #rolled: StatementSync;
  readonly #get: StatementSync;
  readonly #put: StatementSync;
  readonly #trim: StatementSync;

  constructor(database: DatabaseSync) {
    this.#state = prepare(database, "statistics-state");
    this.#rolled = prepare(database, "statistics-rolled");
    this.#get = prepare(database, "statistics-get");
    this.#put = prepare(database, "statistics-put");
    this.#trim = prepare(database, "statistics-trim");
  }

  /** Inside the group's transaction. Answers 1 where the page was added, or where another step has work to do. */
  apply(change: StatisticsChange): number {
    const isSo = change.do === "addStatistics" ? this.#add(change.after, change.page) : this.#trimmed(change.rule);
    return isSo ? 1 : 0;
  }

  #add(after: number, { rows, through }: PackedPage): boolean {
    if (firstRow(this.#state)?.[0] !== after) return false;
    this.#rolled.run(through);
    for (const row of rows) this.#addRow(row);
    return true;
  }

  #addRow({ grain, stepMs, beginsAtMs, tenant, endpointNumber, type, sent, measures }: PackedRow): void {
    const key = [grain, stepMs, beginsAtMs, tenant, endpointNumber, type] as const;
    const found = firstRow(this.#get, ...key)?.[0];
    if (!(found instanceof Uint8Array)) {
      this.#put.run(...key, sent, measures);
      return;
    }
    const sum = measuresOf(found);
    addBytes(sum, measures);
    this.#put.run(...key, sum.sent, measuresToBytes(sum));
  }

  #trimmed({ minutesBeforeMs, hoursBeforeMs, rowsMax }: StatisticsTrimRule): boolean {
    let more = false;
    for (const grain of Object.values(grains)) {
      const minutes = this.#trim.run(grain, minuteMs, minutesBeforeMs, rowsMax).changes;
      const hours = this.#trim.run(grain, hourMs, hoursBeforeMs, rowsMax).changes;
      more ||= Number(minutes) === rowsMax || Number(hours) === rowsMax;
    }
    return more;
  }
}
