/**
 * The durable half of the simulation: what survives a crash. It follows the words of `log/journal.ts`: a batch is
 * stored whole or not at all.
 */
import { isDueState, isSettledState, type ParkedDelivery } from "../../src/core/delivery.ts";
import type { LaneRecord, ParkedChange } from "../../src/core/lane.ts";
import type { StandingKey } from "../../src/core/lane-learn.ts";
import type { JournalBatch } from "../../src/log/journal.ts";
import { applyChange as changeRows, rowKey } from "../../src/log/memory/parked-changes.ts";

export type Rows = Map<number, ParkedDelivery>;

/** What the harness remembers with a batch, to judge it: it is durable exactly when the batch is. */
export interface Verdicts {
  /** Deliveries that a person gave up by moving on, or whose event had left the log. */
  readonly excused: { readonly endpointNumber: number; readonly position: number }[];
  /** Outages that ended: what was given up in them must be sent again. */
  readonly recoveries: { readonly endpointNumber: number; readonly sinceMs: number; readonly atMs: number }[];
}

export interface JudgedBatch extends JournalBatch {
  readonly verdicts: Verdicts;
}

/** Applies a change to rows as a store does; answers the positions that were revived. */
export function applyChange(rows: Rows, change: ParkedChange): number[] {
  const isRevived = ({ state, dueAtMs }: ParkedDelivery): boolean =>
    change.do === "revive" && (state === "exhausted" || state === "blocked") && dueAtMs >= change.sinceMs;
  const revived = [...rows.values()].filter(isRevived).map((row) => row.position);
  changeRows(rows, change);
  return revived;
}

export const isUnsettled = (row: ParkedDelivery): boolean => !isSettledState(row.state);

export interface StoredLane {
  record: LaneRecord;
  readonly rows: Rows;
  readonly delivered: Set<number>;
  readonly excused: Set<number>;
  readonly attempts: Map<number, number>;
  readonly firstStartedAtMs: Map<number, number>;
  readonly lastStartedAtMs: Map<number, number>;
  readonly recoveries: { readonly sinceMs: number; readonly atMs: number }[];
}

export class SimulatedStore {
  head = 0;
  earliest = 1;
  dispatchedTo = 0;
  commits = 0;
  readonly lanes = new Map<number, StoredLane>();

  createLane(endpointNumber: number): void {
    this.lanes.set(endpointNumber, {
      record: { endpointNumber, readPosition: this.dispatchedTo, pending: [], behind: false, health: null },
      rows: new Map(),
      delivered: new Set(),
      excused: new Set(),
      attempts: new Map(),
      firstStartedAtMs: new Map(),
      lastStartedAtMs: new Map(),
      recoveries: [],
    });
  }

  lane(endpointNumber: number): StoredLane {
    return this.lanes.get(endpointNumber)!;
  }

  /**
   * What a process that starts is told of a lane: of one that is neither behind nor unwell, only where all such stand.
   */
  load(endpointNumber: number): LaneRecord {
    const { record } = this.lane(endpointNumber);
    if (record.behind) return record;
    return { ...record, readPosition: this.dispatchedTo, pending: [] };
  }

  commit(batch: JudgedBatch): void {
    this.commits += 1;
    for (const { position } of batch.dispatched) this.dispatchedTo = Math.max(this.dispatchedTo, position);
    for (const attempt of batch.attempts) {
      const lane = this.lane(attempt.endpointNumber);
      const { position, startedAtMs } = attempt;
      lane.attempts.set(position, (lane.attempts.get(position) ?? 0) + 1);
      if (attempt.errorClass === null) lane.delivered.add(position);
      if (attempt.trigger === "manual") continue;
      if (!lane.firstStartedAtMs.has(position)) lane.firstStartedAtMs.set(position, startedAtMs);
      lane.lastStartedAtMs.set(position, startedAtMs);
    }
    for (const { endpointNumber, change } of batch.changes) {
      const lane = this.lane(endpointNumber);
      const revived = applyChange(lane.rows, change);
      if (change.do === "revive") for (const position of revived) lane.firstStartedAtMs.set(position, change.dueAtMs);
    }
    for (const record of batch.lanes) this.lane(record.endpointNumber).record = record;
    for (const { endpointNumber, position } of batch.verdicts.excused) this.lane(endpointNumber).excused.add(position);
    for (const recovery of batch.verdicts.recoveries) this.lane(recovery.endpointNumber).recoveries.push(recovery);
  }

  parkedDue(endpointNumber: number, limit: number): { rows: ParkedDelivery[]; total: number } {
    const unsettled = [...this.lane(endpointNumber).rows.values()].filter(isUnsettled);
    const rows = unsettled.filter((row) => isDueState(row.state));
    rows.sort((left, right) => left.dueAtMs - right.dueAtMs || left.position - right.position);
    return { rows: rows.slice(0, limit), total: unsettled.length };
  }

  standingKeys(endpointNumber: number): StandingKey[] {
    const rows = this.#byPosition(endpointNumber);
    return [...Map.groupBy(rows, rowKey)].map(([key, ofKey]) => ({
      key,
      state: ofKey[0]!.state,
      rows: ofKey.length,
    }));
  }

  parkedOfKeys(endpointNumber: number, keys: readonly number[], limit: number): ParkedDelivery[] {
    const rows = this.#byPosition(endpointNumber);
    return keys.flatMap((key) => rows.filter((row) => rowKey(row) === key).slice(0, limit));
  }

  #byPosition(endpointNumber: number): ParkedDelivery[] {
    const rows = [...this.lane(endpointNumber).rows.values()].filter(isUnsettled);
    return rows.sort((left, right) => left.position - right.position);
  }

  firstExhausted(endpointNumber: number, sinceMs: number): ParkedDelivery | null {
    const rows = [...this.lane(endpointNumber).rows.values()];
    const given = rows.filter(
      ({ state, dueAtMs }) => (state === "exhausted" || state === "blocked") && dueAtMs >= sinceMs,
    );
    given.sort((left, right) => left.dueAtMs - right.dueAtMs || left.position - right.position);
    return given[0] ?? null;
  }

  /** One step of retention: the rows of what went are cancelled with it. Answers which endpoints had some. */
  trim(earliest: number): Set<number> {
    const concerned = new Set<number>();
    this.earliest = Math.max(this.earliest, earliest);
    for (const [endpointNumber, lane] of this.lanes) {
      for (const position of [...lane.rows.keys()]) {
        if (position >= this.earliest) continue;
        lane.rows.delete(position);
        concerned.add(endpointNumber);
      }
    }
    return concerned;
  }
}
