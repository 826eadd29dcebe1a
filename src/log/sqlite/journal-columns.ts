import type { AttemptRecord } from "../../core/attempt.ts";
import type { LaneRecord, ParkedChange } from "../../core/lane.ts";
import { unknownKey } from "../../core/lane-key.ts";
import { errorClassCodes, parkedStateCodes, triggerCodes } from "../attempt-codes.ts";
import type { JournalBatch } from "../journal.ts";

/** Journal batches on their way to the writer, as numbers, for the reason that event-columns.ts gives. */
export interface JournalColumns {
  /** Absent where it is as it was. */
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
  /** position, state, attempts, step, dueAtMs, key */
  park: 1,
  /** position */
  unpark: 2,
  /** sinceMs, dueAtMs, 1 where order counts */
  revive: 3,
  cancelAll: 4,
  /** position */
  cancelBeyond: 5,
  holdAll: 6,
  releaseAll: 7,
  unblockAll: 8,
} as const;
export const numbersPerChange = 8;

export const laneNumbers = { endpoint: 0, readPosition: 1, behind: 2, pendingEnd: 3 } as const;
export const numbersPerLane = 4;

/** Collects batches, in order, and makes columns of them. */
export class JournalPacker {
  #dispatchedTo: number = absent;
  readonly #attempts: number[] = [];
  readonly #errorDetails: (string | null)[] = [];
  readonly #bodies: Uint8Array[] = [];
  #bodyBytes = 0;
  readonly #changes: number[] = [];
  readonly #lanes: number[] = [];
  readonly #pending: number[] = [];
  readonly #healths: (string | null)[] = [];

  add(batch: JournalBatch): void {
    // One process owns the file: there is one shard, and its fence is never another.
    this.#dispatchedTo = batch.dispatched[0]?.position ?? this.#dispatchedTo;
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

/** `numbersPerChange`, without the endpoint. */
function changeNumbers(change: ParkedChange): number[] {
  const code = changeCodes[change.do];
  switch (change.do) {
    case "park": {
      const { position, state, attempts, step, dueAtMs, key = unknownKey } = change.row;
      return [code, position, parkedStateCodes.code(state), attempts, step, dueAtMs, key];
    }
    case "unpark":
    case "cancelBeyond":
      return [code, change.position, 0, 0, 0, 0, 0];
    case "revive":
      return [code, change.sinceMs, change.dueAtMs, change.isOrdered ? 1 : 0, 0, 0, 0];
    default:
      return [code, 0, 0, 0, 0, 0, 0];
  }
}

export const journalBuffers = (columns: JournalColumns): ArrayBuffer[] => [
  columns.attempts.buffer,
  columns.bodies.buffer,
  columns.changes.buffer,
  columns.lanes.buffer,
  columns.pending.buffer,
];
