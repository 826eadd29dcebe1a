/**
 * What a move takes from one store to another: every table, as columns that each store can read and write. Numbers are
 * positions, counts and milliseconds since 1970; what is true or false is 1 or 0.
 */
export type Cell = string | number | Uint8Array | null;
export type MovedRow = readonly Cell[];

export interface MovedTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** Before the first row. The key is as many columns as this has, the first; rows come in its order. */
  readonly start: readonly (string | number)[];
}

/** In the order in which they are moved. */
export const movedTables = [
  // One row: what has left the log, the last attempt and the most that its end was noted late, up to where lanes were
  // offered the log, and numbers that are never given again.
  table(
    "state",
    [0],
    [
      ...["only", "trimmed_through", "trimmed_bytes", "trimmed_accepted_at_ms"],
      ...["attempts_trimmed_through", "attempt_sequence", "attempt_ended_at_ms", "attempt_lag_ms"],
      ...["dispatched_to", "last_endpoint", "last_source"],
    ],
  ),
  table("epochs", [""], ["id", "after_position"]),
  table("endpoints", [0], ["number", "document"]),
  table(
    "keys",
    [0],
    [
      ...["number", "id", "name", "hash", "scopes", "tenant", "created_at_ms", "expires_at_ms"],
      ...["rotated_at_ms", "previous_hash", "previous_until_ms", "last_used_at_ms"],
    ],
  ),
  table("consumers", ["", ""], ["tenant", "name", "document"]),
  table("replays", [""], ["id", "document"]),
  table("event_types", [""], ["name", "document"]),
  table("sources", [0], ["number", "document"]),
  table(
    "receipts",
    [""],
    [
      ...["id", "source", "outcome", "code", "detail", "event_id"],
      ...["received_at_ms", "body_truncated", "bytes", "request"],
    ],
  ),
  table("lanes", [0], ["endpoint", "read_position", "behind", "pending", "health"]),
  table("parked", [0, 0], ["endpoint", "position", "state", "attempts", "step", "due_at_ms", "key"]),
  table("idempotency", ["", ""], ["scope", "key", "body_hash", "items", "created_at_ms"]),
  table("redeliveries", [0], ["position", "count", "last_at_ms"]),
  table(
    "events",
    [0],
    [
      ...["position", "tenant", "id", "type", "subject", "version"],
      ...["occurred_at_ms", "accepted_at_ms", "bytes_through", "data", "request"],
    ],
  ),
  // Words stand as the numbers of attempt-codes.ts.
  table(
    "attempts",
    [0],
    [
      ...["sequence", "endpoint", "position", "number", "trigger", "started_at_ms", "duration_ms", "ended_at_ms"],
      ...["status", "error_class", "error_detail", "retry_after_ms", "response_truncated", "response_body"],
    ],
  ),
] as const satisfies readonly MovedTable[];

/** The key of a row, to go on after it. */
export const keyOf = ({ start }: MovedTable, row: MovedRow): (string | number)[] =>
  row.slice(0, start.length) as (string | number)[];

function table(name: string, start: readonly (string | number)[], columns: readonly string[]): MovedTable {
  return { name, start, columns };
}
