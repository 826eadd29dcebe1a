import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { TrimRule } from "../event-log.ts";
import type { AttemptTrimRule, TrimAnswer } from "./group.ts";
import { firstOf } from "./halving.ts";
import type { LogPlace } from "./log-place.ts";
import { allRows, firstRow, prepare } from "./sql.ts";

/** The part of the writer that retention uses, one small step at a time. */
export class TrimWriter {
  readonly #place: LogPlace;
  readonly #measure: StatementSync;
  readonly #eventsTrim: StatementSync;
  readonly #redeliveriesTrim: StatementSync;
  readonly #logTrimmed: StatementSync;
  readonly #parkedNth: StatementSync;
  readonly #parkedCancelled: StatementSync;
  readonly #parkedTrim: StatementSync;
  readonly #keysTrim: StatementSync;
  readonly #keysOld: StatementSync;
  readonly #attemptEnded: StatementSync;
  readonly #attemptsTrim: StatementSync;
  readonly #attemptsTrimmed: StatementSync;

  constructor(database: DatabaseSync, place: LogPlace) {
    this.#place = place;
    this.#measure = prepare(database, "event-measure");
    this.#eventsTrim = prepare(database, "events-trim");
    this.#redeliveriesTrim = prepare(database, "redeliveries-trim");
    this.#logTrimmed = prepare(database, "log-trimmed");
    this.#parkedNth = prepare(database, "parked-nth");
    this.#parkedCancelled = prepare(database, "parked-cancelled");
    this.#parkedTrim = prepare(database, "parked-trim");
    this.#keysTrim = prepare(database, "idempotency-trim");
    this.#keysOld = prepare(database, "idempotency-old");
    this.#attemptEnded = prepare(database, "attempt-ended");
    this.#attemptsTrim = prepare(database, "attempts-trim");
    this.#attemptsTrimmed = prepare(database, "attempts-trimmed");
  }

  /** Inside the group's transaction. */
  trim(rule: TrimRule, keysThroughMs: number): TrimAnswer {
    const before = this.#place.trimmedThrough;
    const through = this.#trimThrough(rule);
    const cancelled = new Map<number, number>();
    for (const [endpoint, total] of allRows(this.#parkedCancelled, through)) {
      cancelled.set(Number(endpoint), Number(total));
    }
    this.#parkedTrim.run(through);
    if (through > before) {
      const [acceptedAtMs, bytesThrough] = this.#event(through);
      this.#eventsTrim.run(through);
      this.#redeliveriesTrim.run(through);
      this.#logTrimmed.run(through, bytesThrough, acceptedAtMs);
      this.#place.trimmedThrough = through;
      this.#place.trimmedBytes = bytesThrough;
    }
    this.#keysTrim.run(keysThroughMs, rule.rowsMax);
    const more = this.#isDue(rule, through + 1) || firstRow(this.#keysOld, keysThroughMs) !== undefined;
    return { removed: through - before, earliest: through + 1, more, cancelled };
  }

  /**
   * The last position of this step: no more than `rowsMax` events, nor parked rows of them, yet one event if it is due.
   */
  #trimThrough(rule: TrimRule): number {
    const { trimmedThrough, head } = this.#place;
    const end = Math.min(head, trimmedThrough + rule.rowsMax) + 1;
    const firstKept = firstOf(trimmedThrough + 1, end, (position) => !this.#isDue(rule, position));
    const tooMany = firstRow(this.#parkedNth, firstKept - 1, rule.rowsMax);
    if (tooMany === undefined) return firstKept - 1;
    return Math.min(firstKept - 1, Math.max(trimmedThrough + 1, Number(tooMany[0]) - 1));
  }

  /** Later events are accepted later, and have fewer bytes after them: once it is false it stays so. */
  #isDue(rule: TrimRule, position: number): boolean {
    if (position > this.#place.head) return false;
    const [acceptedAtMs, bytesThrough, bytes] = this.#event(position);
    if (acceptedAtMs < rule.olderThanMs) return true;
    return rule.bytesMax !== null && this.#place.bytesThrough - (bytesThrough - bytes) > rule.bytesMax;
  }

  #event(position: number): [acceptedAtMs: number, bytesThrough: number, bytes: number] {
    const row = firstRow(this.#measure, position);
    if (row === undefined) throw new Error(`the log has no event at ${position}`);
    return row as [number, number, number];
  }

  /** Inside the group's transaction. True when another step has work to do. */
  trimAttempts(rule: AttemptTrimRule): boolean {
    const { attemptsTrimmedThrough, sequence } = this.#place;
    const end = Math.min(sequence, attemptsTrimmedThrough + rule.rowsMax) + 1;
    const isKept = (at: number): boolean => this.#endedAtMs(at) >= rule.olderThanMs;
    const through = firstOf(attemptsTrimmedThrough + 1, end, isKept) - 1;
    if (through > attemptsTrimmedThrough) {
      this.#attemptsTrimmed.run(through, this.#endedAtMs(through));
      this.#attemptsTrim.run(through);
      this.#place.attemptsTrimmedThrough = through;
    }
    return through < sequence && !isKept(through + 1);
  }

  #endedAtMs(sequence: number): number {
    const row = firstRow(this.#attemptEnded, sequence);
    if (row === undefined) throw new Error(`the journal has no attempt ${sequence}`);
    return Number(row[0]);
  }
}
