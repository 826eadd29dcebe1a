import { nextDeliveryState, type ParkedDelivery } from "../../core/delivery.ts";
import type { LaneRecord, ParkedChange } from "../../core/lane.ts";
import type { AttemptQuery, Journal, JournalBatch, JournalState, StoredAttempt, StoredDelivery } from "../journal.ts";
import type { KeptAttempt, MemoryData } from "./data.ts";

/** The reference of `Journal`. */
export class MemoryJournal implements Journal {
  readonly #data: MemoryData;

  constructor(data: MemoryData) {
    this.#data = data;
  }

  async commit(batch: JournalBatch): Promise<void> {
    this.#data.requireOpen();
    this.#data.commits += 1;
    this.#data.dispatchedTo = batch.dispatchedTo;
    for (const record of batch.attempts) {
      this.#data.attemptsMade += 1;
      this.#data.attemptEndedAtMs = Math.max(this.#data.attemptEndedAtMs, record.startedAtMs + record.durationMs);
      const attempt = { ...record, sequence: this.#data.attemptsMade };
      this.#data.attempts.push({ attempt, endedAtMs: this.#data.attemptEndedAtMs });
    }
    for (const { endpointNumber, change } of batch.changes) {
      if (!this.#data.wasDeleted(endpointNumber)) applyChange(this.#data.parkedOf(endpointNumber), change);
    }
    for (const lane of batch.lanes) if (!this.#data.wasDeleted(lane.endpointNumber)) this.#putLane(lane);
  }

  #putLane(lane: LaneRecord): void {
    if (lane.behind || lane.health !== null) this.#data.lanes.set(lane.endpointNumber, lane);
    else this.#data.lanes.delete(lane.endpointNumber);
  }

  async load(): Promise<JournalState> {
    this.#data.requireOpen();
    const parkedTotals = new Map<number, number>();
    for (const endpointNumber of [...this.#data.parked.keys()].sort((left, right) => left - right)) {
      const total = this.#due(endpointNumber).length;
      if (total > 0) parkedTotals.set(endpointNumber, total);
    }
    const lanes = [...this.#data.lanes.values()].sort((left, right) => left.endpointNumber - right.endpointNumber);
    return { dispatchedTo: this.#data.dispatchedTo, lanes, parkedTotals };
  }

  async parkedDue(endpointNumber: number, limit: number): Promise<{ rows: ParkedDelivery[]; total: number }> {
    this.#data.requireOpen();
    const rows = this.#due(endpointNumber);
    rows.sort((left, right) => left.dueAtMs - right.dueAtMs || left.position - right.position);
    return { rows: rows.slice(0, limit), total: rows.length };
  }

  async firstExhausted(endpointNumber: number, sinceMs: number): Promise<ParkedDelivery | null> {
    this.#data.requireOpen();
    const rows = [...(this.#data.parked.get(endpointNumber)?.values() ?? [])].filter(
      (row) => row.state === "exhausted" && row.dueAtMs >= sinceMs,
    );
    rows.sort((left, right) => left.dueAtMs - right.dueAtMs || left.position - right.position);
    return rows[0] ?? null;
  }

  async delivery(endpointNumber: number, position: number): Promise<StoredDelivery> {
    this.#data.requireOpen();
    const attempts = this.#data.attempts.filter(
      ({ attempt }) => attempt.endpointNumber === endpointNumber && attempt.position === position,
    );
    return {
      parked: this.#data.parked.get(endpointNumber)?.get(position) ?? null,
      attempts: attempts.length,
      delivered: attempts.some(({ attempt }) => attempt.errorClass === null),
    };
  }

  async deliveredAmong(endpointNumber: number, { first, last }: { first: number; last: number }): Promise<number[]> {
    this.#data.requireOpen();
    const positions = this.#data.attempts
      .map(({ attempt }) => attempt)
      .filter((attempt) => attempt.endpointNumber === endpointNumber && attempt.errorClass === null)
      .map((attempt) => attempt.position)
      .filter((position) => position >= first && position <= last);
    return [...new Set(positions)].sort((left, right) => left - right);
  }

  async attempts(query: AttemptQuery): Promise<StoredAttempt[]> {
    this.#data.requireOpen();
    const found = this.#data.attempts.filter(({ attempt }) => isWanted(query, attempt));
    return found
      .reverse()
      .slice(0, query.limit)
      .map((kept) => this.#stored(kept));
  }

  async attempt(sequence: number): Promise<StoredAttempt | null> {
    this.#data.requireOpen();
    const kept = this.#data.attempts.find(({ attempt }) => attempt.sequence === sequence);
    return kept === undefined ? null : this.#stored(kept);
  }

  async trimAttempts(rule: { olderThanMs: number; rowsMax: number }): Promise<boolean> {
    this.#data.requireOpen();
    this.#data.commits += 1;
    const isOld = (kept: KeptAttempt | undefined): boolean => kept !== undefined && kept.endedAtMs < rule.olderThanMs;
    for (let removed = 0; removed < rule.rowsMax && isOld(this.#data.attempts[0]); removed++)
      this.#data.attempts.shift();
    return isOld(this.#data.attempts[0]);
  }

  #due(endpointNumber: number): ParkedDelivery[] {
    return [...(this.#data.parked.get(endpointNumber)?.values() ?? [])].filter((row) => row.state !== "exhausted");
  }

  #stored({ attempt }: KeptAttempt): StoredAttempt {
    const event = this.#data.eventAt(attempt.position);
    return { ...attempt, eventId: event?.id ?? null, eventType: event?.type ?? null };
  }
}

function applyChange(rows: Map<number, ParkedDelivery>, change: ParkedChange): void {
  if (change.do === "park") rows.set(change.row.position, change.row);
  else if (change.do === "unpark") rows.delete(change.position);
  else if (change.do === "cancelAll") rows.clear();
  else if (change.do === "cancelBeyond") {
    for (const position of [...rows.keys()]) if (position > change.position) rows.delete(position);
  } else {
    for (const row of rows.values()) {
      if (row.state !== "exhausted" || row.dueAtMs < change.sinceMs) continue;
      const state = nextDeliveryState(row.state, "revived") as "retrying";
      rows.set(row.position, { ...row, state, step: 0, dueAtMs: change.dueAtMs });
    }
  }
}

function isWanted(query: AttemptQuery, attempt: KeptAttempt["attempt"]): boolean {
  const { endpointNumber, position, delivered, statusMin, statusMax, errorClass, fromMs, beforeMs } = query;
  const { status } = attempt;
  return (
    (endpointNumber === undefined || attempt.endpointNumber === endpointNumber) &&
    (position === undefined || attempt.position === position) &&
    (delivered === undefined || (attempt.errorClass === null) === delivered) &&
    (statusMin === undefined || (status !== null && status >= statusMin)) &&
    (statusMax === undefined || (status !== null && status <= statusMax)) &&
    (errorClass === undefined || attempt.errorClass === errorClass) &&
    (fromMs === undefined || attempt.startedAtMs >= fromMs) &&
    (beforeMs === undefined || attempt.startedAtMs < beforeMs) &&
    (query.beforeSequence === undefined || attempt.sequence < query.beforeSequence)
  );
}
