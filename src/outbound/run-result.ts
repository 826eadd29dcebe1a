/** What a run comes to, before its output is added to it. Part of stage 3. */
import type { AttemptResult, ErrorClass } from "../core/attempt.ts";

export type RunOutcome = Omit<AttemptResult, "responseBody" | "responseTruncated">;

export interface RunFailure {
  readonly durationMs?: number;
  readonly status?: number | null;
  readonly retryAfterMs?: number | null;
  /** The failure is the event's own: it says nothing of the endpoint's health. */
  readonly isEcho?: boolean;
}

export const ran = (durationMs: number, status: number | null): RunOutcome => ({
  status,
  errorClass: null,
  errorDetail: null,
  durationMs,
  retryAfterMs: null,
});

export const runFailed = (errorClass: ErrorClass, errorDetail: string, failure: RunFailure = {}): RunOutcome => ({
  status: null,
  durationMs: 0,
  retryAfterMs: null,
  ...failure,
  errorClass,
  errorDetail,
});

/** Of a run that did not begin: nothing was written. */
export const withoutOutput = (outcome: RunOutcome): AttemptResult => ({
  ...outcome,
  responseBody: new Uint8Array(0),
  responseTruncated: false,
});

export const waitedTooLong = (waitMs: number): RunOutcome =>
  runFailed("timeout", `It waited ${waitMs} ms for those that run already, which are as many as may.`, {
    durationMs: waitMs,
  });
