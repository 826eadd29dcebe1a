/** A receiver whose mood follows a script: what it answers depends on when it is asked, and on the event. */
import type { AttemptResult, ErrorClass } from "../../src/core/attempt.ts";

export type Mood =
  | "well"
  | "slow"
  | "flaky"
  | "broken"
  | "unreachable"
  | "resetting"
  | "hanging"
  | "rateLimiting"
  | "gone";

export interface Receiver {
  /** Ascending; before the first phase it is well. */
  phases: readonly { readonly fromMs: number; readonly mood: Mood }[];
  /** Every n-th event is one that it never takes (400); null where it takes all. */
  readonly poisonEvery: number | null;
}

export interface Answer {
  readonly result: AttemptResult;
  readonly durationMs: number;
}

export const isPoison = (receiver: Receiver, position: number): boolean =>
  receiver.poisonEvery !== null && position % receiver.poisonEvery === 0;

export function moodAt(receiver: Receiver, nowMs: number): Mood {
  return receiver.phases.findLast((phase) => phase.fromMs <= nowMs)?.mood ?? "well";
}

export function answerOf(receiver: Receiver, position: number, now: { nowMs: number; fraction: () => number }): Answer {
  const { fraction } = now;
  const quickMs = Math.ceil(300 * fraction());
  const longMs = 900 + Math.ceil(9_000 * fraction());
  const taken = isPoison(receiver, position) ? status(400) : status(200);
  switch (moodAt(receiver, now.nowMs)) {
    case "well":
      return { result: taken, durationMs: quickMs };
    case "slow":
      return { result: taken, durationMs: longMs };
    case "flaky":
      return { result: fraction() < 0.6 ? taken : status(500), durationMs: fraction() < 0.5 ? quickMs : longMs };
    case "broken":
      return { result: status(fraction() < 0.5 ? 500 : 503), durationMs: quickMs };
    case "unreachable":
      return { result: noAnswer("connection_refused"), durationMs: 0 };
    case "resetting":
      return { result: noAnswer("connection_reset"), durationMs: quickMs };
    case "hanging":
      return { result: noAnswer("timeout"), durationMs: 15_000 };
    case "rateLimiting":
      return { result: fraction() < 0.3 ? taken : status(429, 60_000 * fraction()), durationMs: quickMs };
    case "gone":
      return { result: status(410), durationMs: quickMs };
  }
}

function status(code: number, retryAfterMs: number | null = null): AttemptResult {
  const errorClass = code < 300 ? null : "http_status";
  return result({ status: code, errorClass, retryAfterMs });
}

const noAnswer = (errorClass: ErrorClass): AttemptResult => result({ status: null, errorClass, retryAfterMs: null });

const nothing = new Uint8Array();

const result = (known: Pick<AttemptResult, "status" | "errorClass" | "retryAfterMs">): AttemptResult => ({
  ...known,
  errorDetail: known.errorClass,
  durationMs: 1,
  responseBody: nothing,
  responseTruncated: false,
});
