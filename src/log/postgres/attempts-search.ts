import { defaultTenant } from "../../core/event.ts";
import { errorClassCodes, triggerCodes } from "../attempt-codes.ts";
import type { AttemptQuery, StoredAttempt } from "../journal.ts";
import type { Database, Parameter, Row } from "./database.ts";

/** Sequences that one statement looks through where no index finds what is wanted: it holds a connection meanwhile. */
const sequencesPerStep = 50_000;

/** Looks for attempts, newest first, by the index that fits best, and where none does one bounded step at a time. */
export async function searchAttempts(database: Database, query: AttemptQuery): Promise<StoredAttempt[]> {
  const { fromMs = null, beforeMs = null, beforeSequence = null } = query;
  const [bounds] = await database.run("attempt-bounds", [fromMs, beforeMs, beforeSequence]);
  const { first, beyond } = bounds as { first: number; beyond: number };
  const found: StoredAttempt[] = [];
  let end = beyond;
  while (end > first && found.length < query.limit) {
    const from = isIndexed(query) ? first : Math.max(first, end - sequencesPerStep);
    const [name, more] = statementFor(query);
    const limit = query.limit - found.length;
    const rows = await database.run(name, [from, end, ...conditions(query), limit, ...more]);
    for (const row of rows) found.push(attemptOf(row));
    end = from;
  }
  return found;
}

export async function findAttempt(database: Database, sequence: number): Promise<StoredAttempt | null> {
  const [row] = await database.run("attempt-get", [sequence]);
  return row === undefined ? null : attemptOf(row);
}

const isFailedOnly = ({ delivered, errorClass }: AttemptQuery): boolean =>
  delivered !== true && (delivered === false || errorClass !== undefined);

/** The statement, and its parameters beside those of all. */
function statementFor(query: AttemptQuery): [name: string, parameters: Parameter[]] {
  const { endpointNumber, position, tenant } = query;
  if (position !== undefined) return ["attempts-of-event", [endpointNumber ?? null, position]];
  if (endpointNumber !== undefined) {
    return [isFailedOnly(query) ? "attempts-failed-of-endpoint" : "attempts-of-endpoint", [endpointNumber]];
  }
  if (tenant !== undefined && tenant !== defaultTenant) return ["attempts-of-tenant", []];
  return [isFailedOnly(query) ? "attempts-failed" : "attempts-newest", []];
}

function conditions(query: AttemptQuery): Parameter[] {
  const { delivered, errorClass } = query;
  return [
    delivered === undefined ? null : Number(delivered),
    query.tenant ?? null,
    query.statusMin ?? null,
    query.statusMax ?? null,
    errorClass === undefined ? null : errorClassCodes.code(errorClass),
    query.fromMs ?? null,
    query.beforeMs ?? null,
  ];
}

/** True where an index gives the attempts as they are wanted, or where there can only be few. */
function isIndexed(query: AttemptQuery): boolean {
  const { position, tenant, statusMin, statusMax, errorClass, delivered } = query;
  if (position !== undefined) return true;
  const isByTenant = tenant !== undefined && statementFor(query)[0] === "attempts-of-tenant";
  if (isByTenant && delivered !== undefined) return false;
  const others = [statusMin, statusMax, errorClass, isByTenant ? undefined : tenant];
  return delivered !== true && others.every((condition) => condition === undefined);
}

function attemptOf(row: Row): StoredAttempt {
  const columns = row as AttemptColumns;
  const { error_class: errorClass } = columns;
  return {
    sequence: columns.sequence,
    endpointNumber: columns.endpoint,
    position: columns.position,
    number: columns.number,
    trigger: triggerCodes.word(columns.trigger),
    startedAtMs: columns.started_at_ms,
    durationMs: columns.duration_ms,
    status: columns.status,
    errorClass: errorClass === null ? null : errorClassCodes.word(errorClass),
    errorDetail: columns.error_detail,
    retryAfterMs: columns.retry_after_ms,
    responseTruncated: columns.response_truncated,
    responseBody: columns.response_body ?? new Uint8Array(0),
    eventId: columns.event_id,
    eventType: columns.event_type,
  };
}

type AttemptColumns = {
  readonly [column in
    | "sequence"
    | "endpoint"
    | "position"
    | "number"
    | "trigger"
    | "started_at_ms"
    | "duration_ms"]: number;
} & {
  readonly [column in "status" | "error_class" | "retry_after_ms"]: number | null;
} & {
  readonly [column in "error_detail" | "event_id" | "event_type"]: string | null;
} & { readonly response_truncated: boolean; readonly response_body: Uint8Array | null };
