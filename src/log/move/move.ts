/**
 * Moves a store: copy → compare → finish. Every page is one transaction of the store that is moved to, with the note of
 * how far its table has come: whoever ends the process, the next run goes on behind the last page.
 */
import { createHash } from "node:crypto";
import { TrotlineError } from "../../core/errors.ts";
import type { MovedRows, StoreExport, StoreImport, TableProgress } from "./move-ports.ts";
import { keyOf, type MovedRow, type MovedTable, movedTables } from "./moved-tables.ts";
import { rowBytes, rowSize } from "./row-bytes.ts";

/** Of one page. */
const rowsMaxDefault = 1000;
const bytesMaxDefault = 4 * 1024 * 1024;

export interface MoveStep {
  readonly step: "copy" | "compare";
  readonly table: string;
  /** So far, with those of a run before. */
  readonly rows: number;
  readonly rowsTotal: number;
  /** Carried by this run. */
  readonly bytes: number;
  readonly isLast: boolean;
}

export interface MovedTableReport {
  readonly table: string;
  readonly rowsFrom: number;
  readonly rowsTo: number;
  /** Of all rows, in the order of their key. */
  readonly sha256From: string;
  readonly sha256To: string;
}

export interface MoveOptions {
  readonly from: StoreExport;
  readonly to: StoreImport;
  /** Aborted: the move ends between two pages, and rejects with the reason. */
  readonly signal: AbortSignal;
  readonly onStep: (step: MoveStep) => void;
  readonly rowsMax?: number;
}

/**
 * Answers when everything is there, was compared, and servers may open it. Refuses as `begin` does, and with
 * `move-differs`.
 */
export async function moveStore(options: MoveOptions): Promise<readonly MovedTableReport[]> {
  const { from, to, signal } = options;
  signal.throwIfAborted();
  const progress = await to.begin(from.life);
  const totals = await from.counts();
  for (const table of movedTables) {
    const rowsTotal = totals.get(table.name) ?? 0;
    await copyTable(options, { table, rowsTotal, done: progress.get(table.name) });
  }
  const reports: MovedTableReport[] = [];
  for (const table of movedTables) reports.push(await compareTable(options, table, totals.get(table.name) ?? 0));
  signal.throwIfAborted();
  await to.finish();
  return reports;
}

async function copyTable(
  { from, to, signal, onStep, rowsMax = rowsMaxDefault }: MoveOptions,
  { table, rowsTotal, done }: { table: MovedTable; rowsTotal: number; done: TableProgress | undefined },
): Promise<void> {
  let { after, rows } = done ?? { after: table.start, rows: 0 };
  let bytes = 0;
  onStep({ step: "copy", table: table.name, rows, rowsTotal, bytes, isLast: false });
  for (;;) {
    signal.throwIfAborted();
    const page = await from.page(table, { after, rowsMax, bytesMax: bytesMaxDefault });
    const last = page.at(-1);
    if (last !== undefined) {
      after = keyOf(table, last);
      rows += page.length;
      for (const row of page) bytes += rowSize(row);
      await to.write(table, page, { after, rows });
    }
    onStep({ step: "copy", table: table.name, rows, rowsTotal, bytes, isLast: last === undefined });
    if (last === undefined) return;
  }
}

/** Reads both sides, page by page, from their beginning. Both have the same pages for as long as they are the same. */
async function compareTable(
  { from, to, signal, onStep, rowsMax = rowsMaxDefault }: MoveOptions,
  table: MovedTable,
  rowsTotal: number,
): Promise<MovedTableReport> {
  const hashes = { from: createHash("sha256"), to: createHash("sha256") };
  let after: readonly (string | number)[] = table.start;
  let [rowsFrom, rowsTo, bytes] = [0, 0, 0];
  onStep({ step: "compare", table: table.name, rows: 0, rowsTotal, bytes, isLast: false });
  for (;;) {
    signal.throwIfAborted();
    const page = await from.page(table, { after, rowsMax, bytesMax: bytesMaxDefault });
    const other = await pageLike(to, table, { after, page });
    const [ours, theirs] = [rowBytes(page), rowBytes(other)];
    if (!ours.equals(theirs)) {
      throw differs(`\`${table.name}\` after ${JSON.stringify(lastAlike(table, page, other) ?? after)}`);
    }
    hashes.from.update(ours);
    hashes.to.update(theirs);
    rowsFrom += page.length;
    rowsTo += other.length;
    bytes += ours.length;
    const last = page.at(-1);
    onStep({ step: "compare", table: table.name, rows: rowsFrom, rowsTotal, bytes, isLast: last === undefined });
    if (last === undefined) {
      const [sha256From, sha256To] = [hashes.from.digest("hex"), hashes.to.digest("hex")];
      return { table: table.name, rowsFrom, rowsTo, sha256From, sha256To };
    }
    after = keyOf(table, last);
  }
}

/** As many rows as the other side's page has; one where that has none, for there must be none here. */
function pageLike(
  store: MovedRows,
  table: MovedTable,
  { after, page }: { after: readonly (string | number)[]; page: readonly MovedRow[] },
): Promise<readonly MovedRow[]> {
  return store.page(table, { after, rowsMax: Math.max(1, page.length), bytesMax: Number.POSITIVE_INFINITY });
}

/** The key of the last row before the first that differs; null where that is the first of the page. */
function lastAlike(
  table: MovedTable,
  page: readonly MovedRow[],
  other: readonly MovedRow[],
): (string | number)[] | null {
  const index = page.findIndex((row, at) => !rowBytes([row]).equals(rowBytes(other.slice(at, at + 1))));
  const row = page[(index === -1 ? page.length : index) - 1];
  return row === undefined ? null : keyOf(table, row);
}

const differs = (what: string): TrotlineError =>
  new TrotlineError("move-differs", `What was copied is not what the store has: ${what}.`);
