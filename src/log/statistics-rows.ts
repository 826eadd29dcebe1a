/** How attempts become rows of statistics, and rows the answer to a question. The same for every store. */
import type { AttemptTrigger } from "../core/attempt.ts";
import { type CountedAttempt, Measures } from "../core/measures.ts";
import type { FoundGroup, RowKey, StatisticsGroup, StatisticsQuery, StatisticsRow } from "./statistics-store.ts";

export const minuteMs = 60_000;
export const hourMs = 3_600_000;
/** How long steps of a minute are kept. */
export const minutesAgeMs = 48 * hourMs;

/** What a row tells apart. Part of the tables' format. */
export const grains = { endpointAndType: 0, tenant: 1, all: 2, endpoint: 3, type: 4 } as const;

/** An attempt with what is known of its event and of its delivery. */
export interface FoundAttempt extends CountedAttempt {
  readonly endpointNumber: number;
  readonly trigger: AttemptTrigger;
  /** Of the event; of the endpoint where that has left the log. */
  readonly tenant: string;
  readonly type: string | null;
  /** A replay began the delivery: nothing of it counts. */
  readonly isOfReplay: boolean;
}

/** A write shares the writer with publishers: of endpoints, types and minutes no more than this go into one. */
const rowsPerPage = 250;

/** Attempts on their way to rows. */
export class RowSums {
  readonly #minutes = new Map<string, StatisticsRow>();

  get isFull(): boolean {
    return this.#minutes.size >= rowsPerPage;
  }

  add(attempt: FoundAttempt): void {
    if (attempt.trigger === "replay" || attempt.isOfReplay) return;
    const { endpointNumber, tenant, type, acceptedAtMs, startedAtMs } = attempt;
    const beginsAtMs = floorTo(acceptedAtMs ?? startedAtMs, minuteMs);
    const key = `${beginsAtMs} ${endpointNumber} ${tenant} ${type ?? ""}`;
    let row = this.#minutes.get(key);
    if (row === undefined) {
      const rest = { beginsAtMs, tenant, endpointNumber, type: type ?? "", measures: new Measures() };
      row = { grain: grains.endpointAndType, stepMs: minuteMs, ...rest };
      this.#minutes.set(key, row);
    }
    row.measures.count(attempt);
  }

  /** Of each grain and step; those of minutes only where they are kept. */
  rows(minutesFromMs: number): StatisticsRow[] {
    const rows = new Map<string, { row: StatisticsRow; isShared: boolean }>();
    for (const minute of this.#minutes.values()) {
      for (const stepMs of [minuteMs, hourMs]) {
        if (stepMs === minuteMs && minute.beginsAtMs < minutesFromMs) continue;
        const beginsAtMs = floorTo(minute.beginsAtMs, stepMs);
        const { tenant, endpointNumber, type, measures } = minute;
        addRow(rows, { ...minute, stepMs, beginsAtMs });
        const whole = { stepMs, beginsAtMs, endpointNumber: 0, type: "", measures };
        addRow(rows, { ...whole, grain: grains.endpoint, tenant, endpointNumber });
        addRow(rows, { ...whole, grain: grains.type, tenant, type });
        addRow(rows, { ...whole, grain: grains.tenant, tenant });
        addRow(rows, { ...whole, grain: grains.all, tenant: "" });
      }
    }
    // In the order of the table: whoever writes the same rows waits and does not deadlock.
    return [...rows.entries()].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, { row }]) => row);
  }
}

export const rowKeyText = ({ grain, stepMs, beginsAtMs, tenant, endpointNumber, type }: RowKey): string =>
  `${grain} ${stepMs} ${beginsAtMs} ${tenant} ${endpointNumber} ${type}`;

/** Most rows have the measures of one minute: they are shared, and copied where others come to them. */
function addRow(rows: Map<string, { row: StatisticsRow; isShared: boolean }>, row: StatisticsRow): void {
  const key = rowKeyText(row);
  const sum = rows.get(key);
  if (sum === undefined) {
    rows.set(key, { row, isShared: true });
    return;
  }
  if (sum.isShared) {
    const measures = new Measures();
    measures.merge(sum.row.measures);
    sum.row = { ...row, measures };
    sum.isShared = false;
  }
  sum.row.measures.merge(row.measures);
}

/** The coarsest grain that still tells apart what is asked. */
export function grainFor({ endpointNumber, type, tenant, groupBy }: StatisticsQuery): number {
  const tellsEndpoints = endpointNumber !== undefined || groupBy === "endpoint";
  const tellsTypes = type !== undefined || groupBy === "type";
  if (tellsEndpoints) return tellsTypes ? grains.endpointAndType : grains.endpoint;
  if (tellsTypes) return grains.type;
  return tenant !== undefined || groupBy === "tenant" ? grains.tenant : grains.all;
}

/** By the columns of a row: null where all are one group. */
export function groupKeyOf(groupBy: StatisticsGroup, row: RowKey): string | number | null {
  if (groupBy === "tenant") return row.tenant;
  if (groupBy === "endpoint") return row.endpointNumber;
  return groupBy === "type" ? row.type : null;
}

const others = Symbol("others");

/** Rows on their way to an answer. `keys` are the groups that stand alone. */
export class GroupSums {
  readonly #query: StatisticsQuery;
  readonly #keys: ReadonlySet<string | number | null>;
  readonly #groups = new Map<string | number | null | typeof others, Map<number, Measures>>();

  constructor(query: StatisticsQuery, keys: readonly (string | number | null)[]) {
    this.#query = query;
    this.#keys = new Set(keys);
    for (const key of keys) this.#groups.set(key, new Map());
  }

  /** The measures that a row is to be added to. */
  of(row: { readonly key: string | number | null; readonly beginsAtMs: number }): Measures {
    const key = this.#keys.has(row.key) ? row.key : others;
    let buckets = this.#groups.get(key);
    if (buckets === undefined) {
      buckets = new Map();
      this.#groups.set(key, buckets);
    }
    const at = floorTo(row.beginsAtMs, this.#query.bucketMs);
    let measures = buckets.get(at);
    if (measures === undefined) {
      measures = new Measures();
      buckets.set(at, measures);
    }
    return measures;
  }

  finish(): FoundGroup[] {
    return [...this.#groups].map(([key, buckets]) => ({
      key: key === others ? null : key,
      isOthers: key === others,
      buckets: new Map([...buckets].sort(([left], [right]) => left - right)),
    }));
  }
}

export const floorTo = (timeMs: number, stepMs: number): number => Math.floor(timeMs / stepMs) * stepMs;
