/** Why an attempt failed, in one word that statistics and alerts can count. */
export const errorClasses = [
  "http_status",
  "timeout",
  "connection_refused",
  "connection_reset",
  "connection_failed",
  "dns",
  "tls",
  "address_refused",
  "bad_response",
  "interrupted",
  "authorization",
  "proxy",
  "transform",
  "payload",
  "exit_status",
  "signal",
  "spawn",
  "command",
  "handler",
] as const;
export type ErrorClass = (typeof errorClasses)[number];

/**
 * What made Trotline send: the first time, by schedule, to see whether a failing endpoint is back, by hand, or as part
 * of a replay.
 */
export type AttemptTrigger = "first" | "retry" | "probe" | "manual" | "replay";

/** What came of one attempt, as the sender saw it. */
export interface AttemptResult {
  /** Status of the answer, or of a program's exit; null where none came. */
  readonly status: number | null;
  /** Null exactly when the attempt delivered. */
  readonly errorClass: ErrorClass | null;
  /** A sentence for people; null when it delivered. */
  readonly errorDetail: string | null;
  readonly durationMs: number;
  /** The answer's body, cut at `limits.responseBodyBytes`; of a program or a handler what it wrote. */
  readonly responseBody: Uint8Array;
  readonly responseTruncated: boolean;
  /** The pause that the receiver asked for with `Retry-After`. */
  readonly retryAfterMs: number | null;
  /**
   * The failure says nothing of the endpoint's health: another delivery of the same request tells of it, or it is the
   * event's own.
   */
  readonly isEcho?: boolean;
  /** Where some were asked for: those that came, by name in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Whether the answer delivers: 2xx, exit status 0, and the statuses that the endpoint counts as well. */
export const isDelivered = ({ errorClass, status }: AttemptResult, successStatuses: readonly number[]): boolean =>
  errorClass === null ||
  ((errorClass === "http_status" || errorClass === "exit_status") &&
    status !== null &&
    successStatuses.includes(status));

/** One attempt as the journal keeps it. */
export interface AttemptRecord extends AttemptResult {
  readonly endpointNumber: number;
  readonly position: number;
  /** 1 for the first attempt of a delivery. */
  readonly number: number;
  readonly trigger: AttemptTrigger;
  readonly startedAtMs: number;
}

/** Statuses and errors that say "too much": the window is halved. */
export function isCongestion(result: AttemptResult): boolean {
  if (result.errorClass === null) return false;
  if (result.errorClass === "timeout") return true;
  const { status } = result;
  return status === 429 || status === 502 || status === 503 || status === 504;
}
