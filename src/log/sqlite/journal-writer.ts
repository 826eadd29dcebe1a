import type { DatabaseSync, StatementSync } from "node:sqlite";
import {
  absent,
  attemptNumbers,
  type JournalColumns,
  laneNumbers,
  numbersPerAttempt,
  numbersPerChange,
  numbersPerLane,
} from "./journal-columns.ts";
import type { LogPlace } from "./log-place.ts";
import { ParkedWriter } from "./parked-writer.ts";
import type { EndpointNumbers } from "./registry-writer.ts";
import { prepare, prepareForRows } from "./sql.ts";

/** Attempts that one statement stores. */
const attemptsAtOnce = 16;
/** Parameters of one. */
const attemptColumns = 14;
type AttemptValue = number | string | Uint8Array | null;

/** The part of the writer that stores what lanes did. */
export class JournalWriter {
  readonly #place: LogPlace;
  readonly #endpoints: EndpointNumbers;
  readonly #attemptInsert: StatementSync;
  readonly #attemptsInsert: StatementSync;
  readonly #lagPut: StatementSync;
  readonly #dispatchPut: StatementSync;
  readonly #lanePut: StatementSync;
  readonly #laneRemove: StatementSync;
  readonly #parked: ParkedWriter;

  constructor(database: DatabaseSync, place: LogPlace, endpoints: EndpointNumbers) {
    this.#place = place;
    this.#endpoints = endpoints;
    this.#attemptInsert = prepare(database, "attempt-insert");
    this.#attemptsInsert = prepareForRows(database, "attempt-insert", attemptsAtOnce);
    this.#lagPut = prepare(database, "attempts-lag");
    this.#dispatchPut = prepare(database, "dispatch-put");
    this.#lanePut = prepare(database, "lane-put");
    this.#laneRemove = prepare(database, "lane-remove");
    this.#parked = new ParkedWriter(database);
  }

  /** Inside the group's transaction. */
  write(columns: JournalColumns, batch: number): void {
    this.#writeAttempts(columns);
    for (let at = 0; at < columns.changes.length; at += numbersPerChange) {
      const change = columns.changes.subarray(at, at + numbersPerChange);
      // What comes too late for an endpoint that was deleted is left out: nobody would ever remove it.
      if (!this.#endpoints.wasDeleted(change[0] as number)) this.#parked.apply(change);
    }
    this.#writeLanes(columns);
    this.#dispatchPut.run(orNull(columns.dispatchedTo), batch);
    this.#place.journalBatch = batch;
  }

  #writeAttempts(columns: JournalColumns): void {
    const { attempts } = columns;
    const count = attempts.length / numbersPerAttempt;
    const lagBefore = this.#place.attemptLagMs;
    let rows: AttemptValue[] = [];
    for (let index = 0; index < count; index++) {
      this.#addRow(rows, columns, index);
      // What is left at the end goes one by one.
      if (rows.length === attemptColumns && count - index <= count % attemptsAtOnce) this.#attemptInsert.run(...rows);
      else if (rows.length === attemptColumns * attemptsAtOnce) this.#attemptsInsert.run(...rows);
      else continue;
      rows = [];
    }
    if (this.#place.attemptLagMs !== lagBefore) this.#lagPut.run(this.#place.attemptLagMs);
  }

  /** Adds the parameters of the attempt at an index. */
  #addRow(rows: AttemptValue[], { attempts, bodies, errorDetails }: JournalColumns, index: number): void {
    const at = index * numbersPerAttempt;
    const startedAtMs = attempts[at + attemptNumbers.startedAtMs] as number;
    const durationMs = attempts[at + attemptNumbers.durationMs] as number;
    const bodyStart = index === 0 ? 0 : (attempts[at - numbersPerAttempt + attemptNumbers.bodyEnd] as number);
    const bodyEnd = attempts[at + attemptNumbers.bodyEnd] as number;
    const endedAtMs = Math.max(this.#place.attemptEndedAtMs, startedAtMs + durationMs);
    this.#place.sequence += 1;
    this.#place.attemptEndedAtMs = endedAtMs;
    this.#place.attemptLagMs = Math.max(this.#place.attemptLagMs, endedAtMs - startedAtMs);
    rows.push(
      this.#place.sequence,
      attempts[at + attemptNumbers.endpoint] as number,
      attempts[at + attemptNumbers.position] as number,
      attempts[at + attemptNumbers.number] as number,
      attempts[at + attemptNumbers.trigger] as number,
      startedAtMs,
      durationMs,
      endedAtMs,
      orNull(attempts[at + attemptNumbers.status] as number),
      orNull(attempts[at + attemptNumbers.errorClass] as number),
      errorDetails[index] as string | null,
      orNull(attempts[at + attemptNumbers.retryAfterMs] as number),
      attempts[at + attemptNumbers.responseTruncated] as number,
      bodyEnd === bodyStart ? null : bodies.subarray(bodyStart, bodyEnd),
    );
  }

  #writeLanes({ lanes, pending, healths }: JournalColumns): void {
    let pendingStart = 0;
    for (let at = 0, index = 0; at < lanes.length; at += numbersPerLane, index++) {
      const endpoint = lanes[at + laneNumbers.endpoint] as number;
      const behind = lanes[at + laneNumbers.behind] as number;
      const pendingEnd = lanes[at + laneNumbers.pendingEnd] as number;
      const health = healths[index] as string | null;
      const positions = JSON.stringify(Array.from(pending.subarray(pendingStart, pendingEnd)));
      pendingStart = pendingEnd;
      if (this.#endpoints.wasDeleted(endpoint)) continue;
      if (behind === 0 && health === null) this.#laneRemove.run(endpoint);
      else this.#lanePut.run(endpoint, lanes[at + laneNumbers.readPosition] as number, behind, positions, health);
    }
  }
}

const orNull = (number: number): number | null => (number === absent ? null : number);
