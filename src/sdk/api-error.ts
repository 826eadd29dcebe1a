/** One refused item of a batch. */
export interface RefusedItem {
  readonly index: number;
  readonly code: string;
  readonly detail: string;
  readonly field?: string;
}

export interface ApiErrorFacts {
  /** HTTP status of the answer. */
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly field?: string | null;
  readonly resume?: string | null;
  readonly lost?: number | null;
  readonly retryable?: boolean;
  readonly requestId?: string | null;
  readonly errors?: readonly RefusedItem[];
  readonly retryAfterMs?: number | null;
}

/** The server understood the request and refused it, or could not do it. */
export class TrotlineApiError extends Error {
  override readonly name: string = "TrotlineApiError";
  /** HTTP status of the answer. */
  readonly status: number;
  /**
   * Stable: `event-id-conflict`, `lease-held` and so on, as the server's catalogue of errors has them; `http-502` and
   * the like where something between answered.
   */
  readonly code: string;
  /** A sentence about this very case; also the `message`. */
  readonly detail: string;
  /** JSON pointer of the member, or name of the parameter. */
  readonly field: string | null;
  /** A cursor to go on from. */
  readonly resume: string | null;
  /** Events that are gone. */
  readonly lost: number | null;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** To be told to whoever runs the server. */
  readonly requestId: string | null;
  /** One for each refused event of an array. */
  readonly errors: readonly RefusedItem[];
  /** What the server asked to wait with `Retry-After`. */
  readonly retryAfterMs: number | null;

  constructor(facts: ApiErrorFacts) {
    super(facts.detail);
    this.status = facts.status;
    this.code = facts.code;
    this.detail = facts.detail;
    this.field = facts.field ?? null;
    this.resume = facts.resume ?? null;
    this.lost = facts.lost ?? null;
    this.retryable = facts.retryable ?? false;
    this.requestId = facts.requestId ?? null;
    this.errors = facts.errors ?? [];
    this.retryAfterMs = facts.retryAfterMs ?? null;
  }
}

/**
 * The log does not go on from where the reader stands: retention passed it (`cursor-expired`; `lost` counts what is
 * gone), or the log was replaced (`cursor-forked`). Reading on from `resume` is for the program to decide.
 */
export class TrotlineCursorError extends TrotlineApiError {
  override readonly name = "TrotlineCursorError";
  declare readonly code: "cursor-expired" | "cursor-forked";
  declare readonly resume: string;
}

export function apiError(facts: ApiErrorFacts): TrotlineApiError {
  const isOfCursor = facts.code === "cursor-expired" || facts.code === "cursor-forked";
  return isOfCursor && typeof facts.resume === "string" ? new TrotlineCursorError(facts) : new TrotlineApiError(facts);
}
