import type { DatabaseSync, StatementSync } from "node:sqlite";
import { parkedStateCodes } from "./attempt-codes.ts";
import {
  absent,
  attemptNumbers,
  changeCodes,
  type JournalColumns,
  laneNumbers,
  numbersPerAttempt,
  numbersPerChange,
  numbersPerLane,
} from "./journal-columns.ts";
import type { LogPlace } from "./log-place.ts";
import type { EndpointNumbers } from "./registry-writer.ts";
import { prepare } from "./sql.ts";

/** The part of the writer that stores what lanes did. */
export class JournalWriter {
  readonly #place: LogPlace;
  readonly #endpoints: EndpointNumbers;
  readonly #attemptInsert: StatementSync;
  readonly #lagPut: StatementSync;
  readonly #dispatchPut: StatementSync;
  readonly #lanePut: StatementSync;
  readonly #laneRemove: StatementSync;
  readonly #parkedPut: StatementSync;
  readonly #parkedRemove: StatementSync;
  readonly #parkedRevive: StatementSync;
  readonly #parkedRemoveAll: StatementSync;
  readonly #parkedRemoveBeyond: StatementSync;

  constructor(database: DatabaseSync, place: LogPlace, endpoints: EndpointNumbers) {
    this.#place = place;
    this.#endpoints = endpoints;
    this.#attemptInsert = prepare(database, "attempt-insert");
    this.#lagPut = prepare(database, "attempts-lag");
    this.#dispatchPut = prepare(database, "dispatch-put");
    this.#lanePut = prepare(database, "lane-put");
    this.#laneRemove = prepare(database, "lane-remove");
    this.#parkedPut = prepare(database, "parked-put");
    this.#parkedRemove = prepare(database, "parked-remove");
    this.#parkedRevive = prepare(database, "parked-revive");
    this.#parkedRemoveAll = prepare(database, "parked-remove-all");
    this.#parkedRemoveBeyond = prepare(database, "parked-remove-beyond");
  }

  /** Inside the group's transaction. */
  write(columns: JournalColumns, batch: number): void {
    this.#writeAttempts(columns);
    for (let at = 0; at < columns.changes.length; at += numbersPerChange) {
      this.#applyChange(columns.changes.subarray(at, at + numbersPerChange));
    }
    this.#writeLanes(columns);
    this.#dispatchPut.run(columns.dispatchedTo, batch);
    this.#place.journalBatch = batch;
  }

  #writeAttempts(columns: JournalColumns): void {
    const { attempts, bodies, errorDetails } = columns;
    const lagBefore = this.#place.attemptLagMs;
    let bodyStart = 0;
    for (let at = 0, index = 0; at < attempts.length; at += numbersPerAttempt, index++) {
      const startedAtMs = attempts[at + attemptNumbers.startedAtMs] as number;
      const durationMs = attempts[at + attemptNumbers.durationMs] as number;
      const bodyEnd = attempts[at + attemptNumbers.bodyEnd] as number;
      const endedAtMs = Math.max(this.#place.attemptEndedAtMs, startedAtMs + durationMs);
      this.#place.sequence += 1;
      this.#place.attemptEndedAtMs = endedAtMs;
      this.#place.attemptLagMs = Math.max(this.#place.attemptLagMs, endedAtMs - startedAtMs);
      this.#attemptInsert.run(
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
      bodyStart = bodyEnd;
    }
    if (this.#place.attemptLagMs !== lagBefore) this.#lagPut.run(this.#place.attemptLagMs);
  }

  /** What comes too late for an endpoint that was deleted is left out: nobody would ever remove it. */
  #applyChange(change: Float64Array): void {
    const [endpoint, code, ...values] = change as unknown as [number, number, number, number, number, number, number];
    if (this.#endpoints.wasDeleted(endpoint)) return;
    if (code === changeCodes.park) {
      const [position, state, attempts, step, dueAtMs] = values;
      this.#parkedPut.run(endpoint, position, parkedStateCodes.word(state), attempts, step, dueAtMs);
    } else if (code === changeCodes.unpark) {
      this.#parkedRemove.run(endpoint, values[0]);
    } else if (code === changeCodes.revive) {
      this.#parkedRevive.run(endpoint, values[0], values[1]);
    } else if (code === changeCodes.cancelBeyond) {
      this.#parkedRemoveBeyond.run(endpoint, values[0]);
    } else {
      this.#parkedRemoveAll.run(endpoint);
    }
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
