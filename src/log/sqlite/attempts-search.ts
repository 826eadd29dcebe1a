import type { DatabaseSync, StatementSync } from "node:sqlite";
import { errorClassCodes, triggerCodes } from "../attempt-codes.ts";
import type { AttemptQuery, StoredAttempt } from "../journal.ts";
import { firstOf } from "./halving.ts";
import { firstRow, prepare, type Row } from "./sql.ts";

/** Sequences that one step looks through: conditions without an index must not keep other readers waiting. */
const sequencesPerStep = 20_000;

export interface SearchStep {
  readonly attempts: StoredAttempt[];
  /** Where the next step goes on (`beforeSequence`); null when the search has ended. */
  readonly next: number | null;
}

/**
 * Looks for attempts, newest first, one bounded step at a time. The sequences to look through are narrowed by halving:
 * `ended_at_ms` never decreases, an attempt starts no later than that, and no earlier by more than `attempt_lag_ms`.
 */
export class AttemptsSearch {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();
  readonly #state: StatementSync;
  readonly #last: StatementSync;
  readonly #ended: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#state = prepare(database, "log-state");
    this.#last = prepare(database, "attempts-last");
    this.#ended = prepare(database, "attempt-ended");
  }

  step(query: AttemptQuery): SearchStep {
    const [first, end] = this.#bounds(query);
    const from = needsNoSteps(query) ? first : Math.max(first, end - sequencesPerStep);
    const rows = end <= first ? [] : this.#rows(query, from, end);
    const hasEnded = rows.length >= query.limit || from <= first;
    return { attempts: rows.map(attemptOf), next: hasEnded ? null : from };
  }

  /** The first sequence to look at, and the one after the last. */
  #bounds({ fromMs, beforeMs, beforeSequence }: AttemptQuery): [first: number, end: number] {
    const state = firstRow(this.#state) ?? [];
    const oldest = Number(state[3]) + 1;
    const lagMs = Number(state[5]);
    const newest = Number(firstRow(this.#last)?.[0] ?? oldest - 1);
    const endedAtMs = (sequence: number): number => Number(firstRow(this.#ended, sequence)?.[0]);
    let end = Math.min(newest + 1, beforeSequence ?? Number.POSITIVE_INFINITY);
    let first = oldest;
    if (fromMs !== undefined) first = firstOf(first, Math.max(first, end), (at) => endedAtMs(at) >= fromMs);
    if (beforeMs !== undefined) end = firstOf(first, Math.max(first, end), (at) => endedAtMs(at) >= beforeMs + lagMs);
    return [first, end];
  }

  #rows(query: AttemptQuery, from: number, end: number): Row[] {
    const { delivered, errorClass } = query;
    const failedOnly = delivered === false || errorClass !== undefined;
    const parameters: Record<string, string | number | null> = {
      from_sequence: from,
      before_sequence: end,
      tenant: query.tenant ?? null,
      status_min: query.statusMin ?? null,
      status_max: query.statusMax ?? null,
      error_class: errorClass === undefined ? null : errorClassCodes.code(errorClass),
      from_ms: query.fromMs ?? null,
      before_ms: query.beforeMs ?? null,
      limit: query.limit,
    };
    const { endpointNumber, position } = query;
    const isDelivered = delivered === undefined ? null : Number(delivered);
    if (position !== undefined) {
      const more = { position, endpoint: endpointNumber ?? null, delivered: isDelivered };
      return this.#run("attempts-of-event", { ...parameters, ...more });
    }
    if (failedOnly && delivered !== true) {
      if (endpointNumber === undefined) return this.#run("attempts-failed", parameters);
      return this.#run("attempts-failed-of-endpoint", { ...parameters, endpoint: endpointNumber });
    }
    if (endpointNumber === undefined) return this.#run("attempts-newest", { ...parameters, delivered: isDelivered });
    return this.#run("attempts-of-endpoint", { ...parameters, endpoint: endpointNumber, delivered: isDelivered });
  }

  #run(name: string, parameters: Record<string, string | number | null>): Row[] {
    let statement = this.#prepared.get(name);
    if (statement === undefined) {
      statement = prepare(this.#database, name);
      this.#prepared.set(name, statement);
    }
    return statement.all(parameters) as unknown as Row[];
  }
}

/** True where an index gives the attempts as they are wanted, or where there can only be few. */
function needsNoSteps(query: AttemptQuery): boolean {
  if (query.position !== undefined) return true;
  const { tenant, statusMin, statusMax, errorClass, fromMs, beforeMs } = query;
  const conditions = [tenant, statusMin, statusMax, errorClass, fromMs, beforeMs];
  return query.delivered !== true && conditions.every((condition) => condition === undefined);
}

/** An attempt, by the columns of sql/attempt-get.sql. */
export function attemptOf(row: Row): StoredAttempt {
  const [sequence, endpointNumber, position, number, trigger, startedAtMs, durationMs, ...rest] = row as [
    ...number[],
  ] as [number, number, number, number, number, number, number, ...Row];
  const [status, errorClass, errorDetail, retryAfterMs, truncated, responseBody, eventId, eventType] = rest;
  return {
    sequence,
    endpointNumber,
    position,
    number,
    trigger: triggerCodes.word(trigger),
    startedAtMs,
    durationMs,
    status: status as number | null,
    errorClass: errorClass === null ? null : errorClassCodes.word(errorClass as number),
    errorDetail: errorDetail as string | null,
    retryAfterMs: retryAfterMs as number | null,
    responseTruncated: truncated === 1,
    responseBody: (responseBody as Uint8Array | null) ?? new Uint8Array(0),
    eventId: eventId as string | null,
    eventType: eventType as string | null,
  };
}
