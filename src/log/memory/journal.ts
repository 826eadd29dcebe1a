import { isDueState, isSettledState, type ParkedDelivery } from "../../core/delivery.ts";
import type { LaneRecord } from "../../core/lane.ts";
import type { StandingKey } from "../../core/lane-learn.ts";
import { isToRecover } from "../../core/replay.ts";
import type {
  AttemptQuery,
  Journal,
  JournalBatch,
  JournalState,
  StoredAttempt,
  StoredDelivery,
  StoredLane,
} from "../journal.ts";
import type { KeptAttempt, MemoryData } from "./data.ts";
import type { MemoryEventLog } from "./event-log.ts";
import { applyChange, rowKey } from "./parked-changes.ts";

/** The reference of `Journal`. */
export class MemoryJournal implements Journal {
  readonly #data: MemoryData;
  readonly #events: MemoryEventLog;
  /** The shards that this process runs follow it. */
  #line = { generation: 0 };

  constructor(data: MemoryData, events: MemoryEventLog) {
    this.#data = data;
    this.#events = events;
  }

  async commit(batch: JournalBatch): Promise<void> {
    this.#data.requireOpen();
    this.#data.requireHeld(batch.dispatched);
    this.#data.commits += 1;
    this.#dispatched(batch);
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
    if (batch.announce.length > 0) this.#events.announce(batch.announce);
  }

  #dispatched({ dispatched, running: { generation, position } }: JournalBatch): void {
    if (generation !== this.#line.generation) this.#line = { generation };
    for (const { shard, position: own, isRunning } of dispatched) {
      const kept = this.#data.shards[shard];
      if (kept !== undefined) Object.assign(kept, { dispatchedTo: own, follows: isRunning ? this.#line : null });
    }
    for (const kept of this.#data.shards) if (kept.follows === this.#line) kept.dispatchedTo = position;
  }

  #putLane(lane: LaneRecord): void {
    if (lane.behind || lane.health !== null) this.#data.lanes.set(lane.endpointNumber, lane);
    else this.#data.lanes.delete(lane.endpointNumber);
  }

  async load(shards: readonly number[]): Promise<JournalState> {
    this.#data.requireOpen();
    const asked = new Set(shards);
    const isAsked = (endpointNumber: number): boolean => asked.has(this.#data.shardOf(endpointNumber));
    const parkedTotals = new Map<number, number>();
    const ordered = new Set<number>();
    const parked = [...this.#data.parked.keys()].filter(isAsked).sort((left, right) => left - right);
    for (const endpointNumber of parked) {
      const rows = this.#unsettled(endpointNumber);
      if (rows.length > 0) parkedTotals.set(endpointNumber, rows.length);
      if (rows.some((row) => !isDueState(row.state))) ordered.add(endpointNumber);
    }
    const lanes = [...this.#data.lanes.values()].filter(({ endpointNumber }) => isAsked(endpointNumber));
    lanes.sort((left, right) => left.endpointNumber - right.endpointNumber);
    const dispatchedTo = new Map(
      this.#data.shards.filter(({ shard }) => asked.has(shard)).map((kept) => [kept.shard, kept.dispatchedTo]),
    );
    return { dispatchedTo, lanes, parkedTotals, ordered };
  }

  async lanes(endpointNumbers: readonly number[]): Promise<StoredLane[]> {
    this.#data.requireOpen();
    return endpointNumbers.map((endpointNumber) => ({
      endpointNumber,
      record: this.#data.lanes.get(endpointNumber) ?? null,
      dispatchedTo: this.#data.shards[this.#data.shardOf(endpointNumber)]?.dispatchedTo ?? 0,
      parkedTotal: this.#unsettled(endpointNumber).length,
    }));
  }

  async parkedDue(endpointNumber: number, limit: number): Promise<{ rows: ParkedDelivery[]; total: number }> {
    this.#data.requireOpen();
    const unsettled = this.#unsettled(endpointNumber);
    const rows = unsettled.filter((row) => isDueState(row.state));
    rows.sort((left, right) => left.dueAtMs - right.dueAtMs || left.position - right.position);
    return { rows: rows.slice(0, limit), total: unsettled.length };
  }

  async standingKeys(
    endpointNumber: number,
    { after, limit }: { after: number; limit: number },
  ): Promise<StandingKey[]> {
    this.#data.requireOpen();
    const byKey = Map.groupBy(this.#unsettled(endpointNumber), rowKey);
    const found = [...byKey].filter(([key]) => key > after).sort(([left], [right]) => left - right);
    return found.slice(0, limit).map(([key, rows]) => {
      const first = rows.reduce((least, row) => (row.position < least.position ? row : least));
      return { key, state: first.state, rows: rows.length };
    });
  }

  async parkedOfKeys(endpointNumber: number, keys: readonly number[], limit: number): Promise<ParkedDelivery[]> {
    this.#data.requireOpen();
    const rows = this.#unsettled(endpointNumber).sort((left, right) => left.position - right.position);
    return keys.flatMap((key) => rows.filter((row) => rowKey(row) === key).slice(0, limit));
  }

  async firstExhausted(endpointNumber: number, sinceMs: number): Promise<ParkedDelivery | null> {
    this.#data.requireOpen();
    const rows = [...(this.#data.parked.get(endpointNumber)?.values() ?? [])].filter(
      (row) => (row.state === "exhausted" || row.state === "blocked") && row.dueAtMs >= sinceMs,
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

  async failedAmong(
    endpointNumber: number,
    { first, last, limit }: { first: number; last: number; limit: number },
  ): Promise<number[]> {
    this.#data.requireOpen();
    return [...(this.#data.parked.get(endpointNumber)?.values() ?? [])]
      .filter((row) => isToRecover(row) && row.position >= first && row.position <= last)
      .map((row) => row.position)
      .sort((left, right) => left - right)
      .slice(0, limit);
  }

  async attempts(query: AttemptQuery): Promise<StoredAttempt[]> {
    this.#data.requireOpen();
    const found = this.#data.attempts.filter(
      ({ attempt }) =>
        isWanted(query, attempt) &&
        (query.tenant === undefined || this.#data.eventAt(attempt.position)?.tenant === query.tenant),
    );
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

  #unsettled(endpointNumber: number): ParkedDelivery[] {
    return [...(this.#data.parked.get(endpointNumber)?.values() ?? [])].filter((row) => !isSettledState(row.state));
  }

  #stored({ attempt }: KeptAttempt): StoredAttempt {
    const event = this.#data.eventAt(attempt.position);
    return { ...attempt, eventId: event?.id ?? null, eventType: event?.type ?? null };
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
