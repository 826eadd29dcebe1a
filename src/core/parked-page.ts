import type { ParkedDelivery } from "./delivery.ts";
import { limits } from "./limits.ts";

/**
 * The parked deliveries of one lane that come due first, in memory; the rest stay in the store, whatever their number.
 * Every row that is due before `horizonMs` is either here or in flight; at infinity, there are no others.
 */
export interface ParkedPage {
  /** Ascending by `dueAtMs`. */
  rows: ParkedDelivery[];
  horizonMs: number;
  /** About how many rows the store holds that are not settled: for the limit and for people, never for decisions. */
  total: number;
  /** While the store is being read: what changed meanwhile (null: settled), which wins over its answer. */
  loading: { readonly changed: Map<number, ParkedDelivery | null>; netChange: number } | null;
  /** False where the store is known to have none that was given up since the endpoint began to fail. */
  mayHaveGivenUp: boolean;
  /** Tells an answer to the newest load from one that was overtaken. */
  ticket: number;
}

export interface ParkedAnswer {
  readonly rows: readonly ParkedDelivery[];
  readonly total: number;
  readonly limit: number;
  readonly ticket: number;
}

/** A lane that starts knows whether the store holds rows of it, and none of them. */
export const unloadedPage = (total: number): ParkedPage => ({
  rows: [],
  horizonMs: total === 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY,
  total,
  loading: null,
  mayHaveGivenUp: true,
  ticket: 0,
});

/** A row was written, and is waiting. */
export function pageAdd(page: ParkedPage, row: ParkedDelivery, isNewRow: boolean): void {
  noteChange(page, row.position, row, isNewRow ? 1 : 0);
  if (row.dueAtMs >= page.horizonMs) return;
  insertByDue(page.rows, row);
  dropBeyondLimit(page);
}

/** A row was written for a delivery that is in flight. */
export const pageAddInFlight = (page: ParkedPage): void => {
  page.total += 1;
  if (page.loading !== null) page.loading.netChange += 1;
};

/** A row was written that is not due at a time of its own: it waits for another, or for a person. */
export const pageHeld = (page: ParkedPage, position: number, isNewRow: boolean): void =>
  noteChange(page, position, null, isNewRow ? 1 : 0);

/** What is held of the rows is no longer the truth; they are asked for again. */
export function pageForgotten(page: ParkedPage): void {
  page.rows = [];
  page.loading = null;
  page.horizonMs = Number.NEGATIVE_INFINITY;
  page.mayHaveGivenUp = true;
  page.ticket += 1;
}

/** The row of a delivery that was in flight is gone, or no longer waits. */
export const pageSettled = (page: ParkedPage, position: number, wasCounted = true): void =>
  noteChange(page, position, null, wasCounted ? -1 : 0);

/** The delivery that was in flight is given up. */
export function pageGivenUp(page: ParkedPage, position: number, wasCounted: boolean): void {
  pageSettled(page, position, wasCounted);
  page.mayHaveGivenUp = true;
}

/** Takes the row of a position out, where it is held here. */
export function pageTake(page: ParkedPage, position: number): ParkedDelivery | null {
  const index = page.rows.findIndex((row) => row.position === position);
  return index === -1 ? null : (page.rows.splice(index, 1)[0] ?? null);
}

/** True when rows may be due that only the store knows. */
export const pageWantsLoad = (page: ParkedPage): boolean =>
  page.loading === null && page.rows.length === 0 && page.horizonMs !== Number.POSITIVE_INFINITY;

/**
 * The store will be asked. Rows that were waiting here are in the store too, and come back with the answer.
 * `orGivenUp`: where none waits, it answers one that was given up, if there is one.
 */
export function pageLoadBegins(page: ParkedPage, orGivenUp = false): number {
  page.rows = [];
  page.mayHaveGivenUp = !orGivenUp;
  page.loading = { changed: new Map(), netChange: 0 };
  page.horizonMs = Number.NEGATIVE_INFINITY;
  page.ticket += 1;
  return page.ticket;
}

/** What the store answered: its first rows by due time, and how many there are in all. */
export function pageLoaded(page: ParkedPage, answer: ParkedAnswer, isInFlight: (position: number) => boolean): void {
  if (page.loading === null || answer.ticket !== page.ticket) return;
  const { changed, netChange } = page.loading;
  page.loading = null;
  page.total = Math.max(0, answer.total + netChange);
  const isWhole = answer.rows.length < answer.limit;
  page.horizonMs = isWhole ? Number.POSITIVE_INFINITY : (answer.rows.at(-1)?.dueAtMs ?? Number.NEGATIVE_INFINITY);
  if (answer.rows.length > 0) page.mayHaveGivenUp = true;
  page.rows = answer.rows.filter((row) => !changed.has(row.position) && !isInFlight(row.position));
  for (const row of changed.values()) {
    if (row !== null && row.dueAtMs < page.horizonMs && !isInFlight(row.position)) insertByDue(page.rows, row);
  }
  dropBeyondLimit(page);
}

/** What is due last leaves memory; it is in the store. */
function dropBeyondLimit(page: ParkedPage): void {
  const dropped = page.rows.splice(limits.parkedInMemory);
  page.horizonMs = dropped[0]?.dueAtMs ?? page.horizonMs;
}

function noteChange(page: ParkedPage, position: number, row: ParkedDelivery | null, netChange: number): void {
  page.total = Math.max(0, page.total + netChange);
  if (page.loading === null) return;
  page.loading.changed.set(position, row);
  page.loading.netChange += netChange;
}

function insertByDue(rows: ParkedDelivery[], row: ParkedDelivery): void {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle]?.dueAtMs ?? 0) <= row.dueAtMs) low = middle + 1;
    else high = middle;
  }
  rows.splice(low, 0, row);
}
