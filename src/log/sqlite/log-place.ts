import type { DatabaseSync, StatementSync } from "node:sqlite";
import { firstRow, prepare } from "./sql.ts";

/**
 * Where the log and the journal stand, as the writer knows it while a transaction runs. After a rollback it is read
 * again, so that it can never differ from the tables.
 */
export class LogPlace {
  head = 0;
  /** Bytes of data of all events ever stored. */
  bytesThrough = 0;
  acceptedAtMs = 0;
  trimmedThrough = 0;
  trimmedBytes = 0;
  /** The last attempt's. */
  sequence = 0;
  attemptEndedAtMs = Number.NEGATIVE_INFINITY;
  attemptLagMs = 0;
  attemptsTrimmedThrough = 0;
  journalBatch = 0;
  readonly #state: StatementSync;
  readonly #head: StatementSync;
  readonly #lastAttempt: StatementSync;
  readonly #dispatch: StatementSync;

  constructor(database: DatabaseSync) {
    this.#state = prepare(database, "log-state");
    this.#head = prepare(database, "log-head");
    this.#lastAttempt = prepare(database, "attempts-last");
    this.#dispatch = prepare(database, "dispatch-get");
    this.reload();
  }

  get logBytes(): number {
    return this.bytesThrough - this.trimmedBytes;
  }

  reload(): void {
    const state = firstRow(this.#state);
    if (state === undefined) throw new Error("log_state has no row");
    const [trimmedThrough, trimmedBytes, trimmedAcceptedAtMs, ...ofAttempts] = state;
    const [attemptsTrimmedThrough, attemptEndedAtMs, attemptLagMs] = ofAttempts;
    const head = firstRow(this.#head) ?? [trimmedThrough, trimmedAcceptedAtMs, trimmedBytes];
    const attempt = firstRow(this.#lastAttempt) ?? [attemptsTrimmedThrough, attemptEndedAtMs];
    this.trimmedThrough = Number(trimmedThrough);
    this.trimmedBytes = Number(trimmedBytes);
    this.head = Number(head[0]);
    this.acceptedAtMs = Number(head[1]);
    this.bytesThrough = Number(head[2]);
    this.attemptsTrimmedThrough = Number(attemptsTrimmedThrough);
    this.sequence = Number(attempt[0]);
    this.attemptEndedAtMs = attempt[1] === null ? Number.NEGATIVE_INFINITY : Number(attempt[1]);
    this.attemptLagMs = Number(attemptLagMs);
    this.journalBatch = Number(firstRow(this.#dispatch)?.[1]);
  }
}
