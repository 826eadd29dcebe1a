import { defaultTenant } from "../../core/event.ts";
import { Measures } from "../../core/measures.ts";
import {
  type FoundAttempt,
  GroupSums,
  grainFor,
  groupKeyOf,
  hourMs,
  minuteMs,
  RowSums,
  rowKeyText,
} from "../statistics-rows.ts";
import type {
  FoundGroup,
  RolledPage,
  RollState,
  StatisticsQuery,
  StatisticsRow,
  StatisticsStore,
  StatisticsTrimRule,
} from "../statistics-store.ts";
import type { KeptAttempt, MemoryData } from "./data.ts";

/** The reference of `StatisticsStore`. */
export class MemoryStatisticsStore implements StatisticsStore {
  readonly #data: MemoryData;

  constructor(data: MemoryData) {
    this.#data = data;
  }

  async state(): Promise<RollState> {
    this.#data.requireOpen();
    return { rolledTo: this.#data.statistics.rolledTo, lastSequence: this.#data.attemptsMade };
  }

  async page(query: { after: number; limit: number; minutesFromMs: number }): Promise<RolledPage> {
    this.#data.requireOpen();
    const sums = new RowSums();
    let attempts = 0;
    let through = query.after;
    // Sequences are dense.
    const first = this.#data.attempts[0]?.attempt.sequence ?? 0;
    const from = Math.max(0, query.after + 1 - first);
    const histories = this.#histories(from, from + query.limit);
    for (let at = from; attempts < query.limit && !sums.isFull; at++) {
      const kept = this.#data.attempts[at];
      if (kept === undefined) break;
      sums.add(this.#found(kept, histories.get(kept.attempt.position) ?? []));
      attempts += 1;
      through = kept.attempt.sequence;
    }
    return { rows: sums.rows(query.minutesFromMs), attempts, through };
  }

  async add({ after, through, rows }: RolledPage & { readonly after: number }): Promise<boolean> {
    this.#data.requireOpen();
    const { statistics } = this.#data;
    if (statistics.rolledTo !== after) return false;
    this.#data.commits += 1;
    statistics.rolledTo = through;
    for (const row of rows) {
      const key = rowKeyText(row);
      const measures = statistics.rows.get(key)?.measures ?? new Measures();
      measures.merge(row.measures);
      statistics.rows.set(key, { ...row, measures });
    }
    return true;
  }

  async read(query: StatisticsQuery): Promise<readonly FoundGroup[]> {
    this.#data.requireOpen();
    const rows = [...this.#data.statistics.rows.values()].filter((row) => isAsked(query, row));
    const sent = new Map<string | number | null, number>();
    for (const row of rows) {
      const key = groupKeyOf(query.groupBy, row);
      sent.set(key, (sent.get(key) ?? 0) + row.measures.sent);
    }
    const keys = [...sent].sort(([leftKey, left], [rightKey, right]) => right - left || ascending(leftKey, rightKey));
    const alone = query.groupBy === "none" ? [null] : keys.slice(0, query.groupsMax).map(([key]) => key);
    const sums = new GroupSums(query, alone);
    for (const row of rows) {
      sums.of({ key: groupKeyOf(query.groupBy, row), beginsAtMs: row.beginsAtMs }).merge(row.measures);
    }
    return sums.finish();
  }

  async trim({ minutesBeforeMs, hoursBeforeMs, rowsMax }: StatisticsTrimRule): Promise<boolean> {
    this.#data.requireOpen();
    this.#data.commits += 1;
    const { rows } = this.#data.statistics;
    let more = false;
    for (const [stepMs, beforeMs] of [
      [minuteMs, minutesBeforeMs],
      [hourMs, hoursBeforeMs],
    ] as const) {
      const old = [...rows].filter(([, row]) => row.stepMs === stepMs && row.beginsAtMs < beforeMs);
      for (const [key] of old.slice(0, rowsMax)) rows.delete(key);
      more ||= old.length > rowsMax;
    }
    return more;
  }

  /** All attempts of the events that these are of, by position, in one pass for a page. */
  #histories(from: number, to: number): ReadonlyMap<number, KeptAttempt[]> {
    const histories = new Map<number, KeptAttempt[]>();
    for (const { attempt } of this.#data.attempts.slice(from, to)) histories.set(attempt.position, []);
    if (histories.size === 0) return histories;
    for (const kept of this.#data.attempts.slice(0, to)) histories.get(kept.attempt.position)?.push(kept);
    return histories;
  }

  #found({ attempt }: KeptAttempt, history: readonly KeptAttempt[]): FoundAttempt {
    const { endpointNumber, position, sequence } = attempt;
    const event = this.#data.eventAt(position);
    const before = history
      .map((kept) => kept.attempt)
      .filter((other) => other.endpointNumber === endpointNumber && other.sequence < sequence);
    return {
      ...attempt,
      tenant: event?.tenant ?? this.#data.endpoints.get(endpointNumber)?.tenant ?? defaultTenant,
      type: event?.type ?? null,
      occurredAtMs: event?.occurredAtMs ?? null,
      acceptedAtMs: event?.acceptedAtMs ?? null,
      isOfReplay: attempt.number !== 1 && before.some((other) => other.number === 1 && other.trigger === "replay"),
      wasSent: before.some((other) => other.number === 1 && other.trigger !== "replay"),
      wasDelivered: before.some((other) => other.errorClass === null && other.trigger !== "replay"),
    };
  }
}

function isAsked(query: StatisticsQuery, row: StatisticsRow): boolean {
  const { tenant = row.tenant, endpointNumber = row.endpointNumber, type = row.type } = query;
  if (row.grain !== grainFor(query) || row.stepMs !== query.stepMs) return false;
  if (row.beginsAtMs < query.fromMs || row.beginsAtMs >= query.beforeMs) return false;
  return row.tenant === tenant && row.endpointNumber === endpointNumber && row.type === type;
}

const ascending = (left: string | number | null, right: string | number | null): number =>
  (left ?? 0) < (right ?? 0) ? -1 : 1;
