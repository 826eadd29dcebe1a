import type { AttemptRecord } from "../../core/attempt.ts";
import type { LaneRecord, ParkedChange } from "../../core/lane.ts";
import type { JournalBatch } from "../journal.ts";
import { errorClassCodes, parkedStateCodes, triggerCodes } from "./attempt-codes.ts";

/** Journal batches on their way to the writer, as numbers, for the reason that event-columns.ts gives. */
export interface JournalColumns {
  readonly dispatchedTo: number;
  /** `numbersPerAttempt` for each attempt: see `attemptNumbers`. */
  readonly attempts: Float64Array<ArrayBuffer>;
  readonly errorDetails: readonly (string | null)[];
  /** The answers' bodies, one after the other. */
  readonly bodies: Uint8Array<ArrayBuffer>;
  /** `numbersPerChange` for each: the endpoint, `changeCodes`, and what that code's comment says. */
  readonly changes: Float64Array<ArrayBuffer>;
  /** `numbersPerLane` for each: see `laneNumbers`. */
  readonly lanes: Float64Array<ArrayBuffer>;
  /** The pending positions of all lanes, one lane after the other. */
  readonly pending: Float64Array<ArrayBuffer>;
  /** As JSON. */
  readonly healths: readonly (string | null)[];
}

export const attemptNumbers = {
  endpoint: 0,
  position: 1,
  number: 2,
  trigger: 3,
  startedAtMs: 4,
  durationMs: 5,
  status: 6,
  errorClass: 7,
  retryAfterMs: 8,
  responseTruncated: 9,
  bodyEnd: 10,
} as const;
export const numbersPerAttempt = 11;
/** In the place of a number that is null. */
export const absent = -1;

export const changeCodes = {
  /** position, state, attempts, step, dueAtMs */
  park: 1,
  /** position */
  unpark: 2,
  /** sinceMs, dueAtMs */
  revive: 3,
  cancelAll: 4,
  /** position */
  cancelBeyond: 5,
} as const;
export const numbersPerChange = 7;

export const laneNumbers = { endpoint: 0, readPosition: 1, behind: 2, pendingEnd: 3 } as const;
export const numbersPerLane = 4;

/** Collects batches, in order, and makes columns of them. */
export class JournalPacker {
  #dispatchedTo = 0;
  readonly #attempts: number[] = [];
  readonly #errorDetails: (string | null)[] = [];
  readonly #bodies: Uint8Array[] = [];
  #bodyBytes = 0;
  readonly #changes: number[] = [];
  readonly #lanes: number[] = [];
  readonly #pending: number[] = [];
  readonly #healths: (string | null)[] = [];

  add(batch: JournalBatch): void {
    this.#dispatchedTo = batch.dispatchedTo;
    for (const attempt of batch.attempts) this.#addAttempt(attempt);
    for (const { endpointNumber, change } of batch.changes)
      this.#changes.push(endpointNumber, ...changeNumbers(change));
    for (const lane of batch.lanes) this.#addLane(lane);
  }

  finish(): JournalColumns {
    const bodies = new Uint8Array(this.#bodyBytes);
    let at = 0;
    for (const body of this.#bodies) {
      bodies.set(body, at);
      at += body.length;
    }
    return {
      dispatchedTo: this.#dispatchedTo,
      attempts: new Float64Array(this.#attempts),
      errorDetails: this.#errorDetails,
      bodies,
      changes: new Float64Array(this.#changes),
      lanes: new Float64Array(this.#lanes),
      pending: new Float64Array(this.#pending),
      healths: this.#healths,
    };
  }

  #addAttempt(attempt: AttemptRecord): void {
    const { responseBody, errorClass } = attempt;
    if (responseBody.length > 0) {
      this.#bodies.push(responseBody);
      this.#bodyBytes += responseBody.length;
    }
    this.#attempts.push(
      attempt.endpointNumber,
      attempt.position,
      attempt.number,
      triggerCodes.code(attempt.trigger),
      attempt.startedAtMs,
      attempt.durationMs,
      attempt.status ?? absent,
      errorClass === null ? absent : errorClassCodes.code(errorClass),
      attempt.retryAfterMs ?? absent,
      attempt.responseTruncated ? 1 : 0,
      this.#bodyBytes,
    );
    this.#errorDetails.push(attempt.errorDetail);
  }

  #addLane(lane: LaneRecord): void {
    for (const position of lane.pending) this.#pending.push(position);
    this.#lanes.push(lane.endpointNumber, lane.readPosition, lane.behind ? 1 : 0, this.#pending.length);
    this.#healths.push(lane.health === null ? null : JSON.stringify(lane.health));
  }
}

function changeNumbers(change: ParkedChange): number[] {
  if (change.do === "park") {
    const { position, state, attempts, step, dueAtMs } = change.row;
    return [changeCodes.park, position, parkedStateCodes.code(state), attempts, step, dueAtMs];
  }
  if (change.do === "unpark") return [changeCodes.unpark, change.position, 0, 0, 0, 0];
  if (change.do === "revive") return [changeCodes.revive, change.sinceMs, change.dueAtMs, 0, 0, 0];
  if (change.do === "cancelBeyond") return [changeCodes.cancelBeyond, change.position, 0, 0, 0, 0];
  return [changeCodes.cancelAll, 0, 0, 0, 0, 0];
}

export const journalBuffers = (columns: JournalColumns): ArrayBuffer[] => [
  columns.attempts.buffer,
  columns.bodies.buffer,
  columns.changes.buffer,
  columns.lanes.buffer,
  columns.pending.buffer,
];
